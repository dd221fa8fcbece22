import { alive, expectHealthy, row } from '../support/journeys.ts';
import { appName, expect, test } from '../support/test.ts';

test('one click shows the wanted count at once and turns healthy without a reload', async ({ page, deck }) => {
  const name = appName('scale');
  await deck.createApp(name, 2);
  await page.goto('/apps');
  await expectHealthy(page, name, 2);
  await alive(page);
  const loaded = await page.evaluate(() => performance.timeOrigin);

  await row(page, name).getByRole('button', { name: /One more/ }).click();
  const bar = row(page, name).getByRole('img', { name: /wanted/ });
  await expect(bar).toHaveAttribute('aria-label', /of 3 wanted/, { timeout: 1_000 });
  await expectHealthy(page, name, 3);

  await row(page, name).getByRole('spinbutton').fill('1');
  await row(page, name).getByRole('spinbutton').press('Enter');
  await expectHealthy(page, name, 1);
  expect(await page.evaluate(() => performance.timeOrigin), 'no reload').toBe(loaded);

  const { items } = await deck.api('GET', `/deployments?app=${name}&kind=scale`);
  expect(items.map((each: { to_instances: number }) => each.to_instances)).toContain(1);
});

test('what one tab does another shows', async ({ page, context, deck }) => {
  const name = appName('tabs');
  await deck.createApp(name, 1);
  const other = await context.newPage();
  await page.goto('/apps');
  await other.goto('/apps');
  await expectHealthy(other, name, 1);
  await row(page, name).getByRole('button', { name: /One more/ }).click();
  await expectHealthy(other, name, 2);
});

test('a new app appears in an open list, a destroyed one leaves it', async ({ page, deck }) => {
  const name = appName('appears');
  await page.goto('/apps');
  await deck.createApp(name, 1);
  await expectHealthy(page, name, 1);
  await deck.api('DELETE', `/environments/local/apps/${name}`, { reason: 'end to end' });
  await expect(row(page, name)).toHaveCount(0, { timeout: 30_000 });
});

test('many are suspended and resumed at once, and the page stays where it is', async ({ page, deck }) => {
  const names = [appName('many'), appName('many')];
  for (const name of names) await deck.createApp(name, 1);
  await page.goto('/apps');
  await alive(page);
  const loaded = await page.evaluate(() => performance.timeOrigin);
  for (const name of names) await row(page, name).getByRole('checkbox').check();
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.getByRole('button', { name: 'Suspend', exact: true }).click();
  for (const name of names) await expect(row(page, name).getByText('Suspended', { exact: true })).toBeVisible();
  await expect(page.getByText('2 selected')).toBeHidden();
  for (const name of names) await row(page, name).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  for (const name of names) await expectHealthy(page, name, 1);
  expect(await page.evaluate(() => performance.timeOrigin), 'no reload').toBe(loaded);
});

test.describe('an app that goes', () => {
  test.use({ expectedErrors: [/status of 404/] });

  test('an app that is destroyed says so on its open page, which stays', async ({ page, deck }) => {
    const name = appName('leaves');
    await deck.createApp(name, 1);
    await page.goto(`/environments/local/apps/${name}`);
    await alive(page);
    await deck.api('DELETE', `/environments/local/apps/${name}`, { reason: 'end to end' });
    await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  });
});
