import { demo } from '../support/console.ts';
import { appName, expect, test } from '../support/test.ts';

test('a new version replaces the old one and the difference is kept', async ({ page, deck }) => {
  const name = appName('update');
  const before = await deck.createApp(name, 2);
  await page.goto(`/environments/local/apps/${name}/edit`);
  await page.getByLabel('Memory per instance, MiB').fill('80');
  await page.getByLabel('Reason').fill('more room');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('/resources/memory_mb').or(page.getByText('memory_mb')).first()).toBeVisible();
  const after = await deck.settled(name);
  expect(after.revision).toBe(before.revision + 1);
  const { items } = await deck.api('GET', `/environments/local/apps/${name}/instances`);
  const running = items.filter((each: { state: string }) => each.state === 'running');
  expect(running.map((each: { revision: number }) => each.revision)).toEqual([after.revision, after.revision]);
});

test('a version that cannot run goes back by itself, and the old one keeps running', async ({ page, deck }) => {
  const name = appName('bad');
  const before = await deck.createApp(name, 2);
  const ids = await instances(deck, name);
  await page.goto(`/environments/local/apps/${name}/edit`);
  const json = page.getByRole('textbox', { name: 'Definition as JSON' });
  await json.fill(JSON.stringify({ ...demo(deck.binary), instances: 2, command: ['/nowhere/at-all'] }, null, 2));
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText('Rolled back').first()).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText(/not found/i).first()).toBeVisible();
  const after = await deck.settled(name);
  expect(after.revision).toBe(before.revision);
  expect(await instances(deck, name)).toEqual(ids);
});

test('going back shows what it will do first', async ({ page, deck }) => {
  const name = appName('back');
  await deck.createApp(name, 1);
  await deck.api('PUT', `/environments/local/apps/${name}`, {
    definition: { ...demo(deck.binary), env: { COLOUR: 'red' } },
    reason: 'red',
  });
  const second = await deck.settled(name);
  expect(second.revision).toBe(2);
  await page.goto(`/deployments?app=${name}`);
  await expect(page.getByText('red').first()).toBeVisible();
  await page.goto(`/environments/local/apps/${name}/rollback?revision=1`);
  await expect(page.getByRole('heading', { name: new RegExp(name) })).toBeVisible();
  await expect(page.getByText('COLOUR').first()).toBeVisible();
  await page.getByLabel('Reason, for the history').fill('red was wrong');
  await page.getByRole('button', { name: /^Roll/ }).click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 30_000 });
  const app = await deck.settled(name);
  expect(app.definition.env).toEqual({});
  const { items } = await deck.api('GET', `/deployments?app=${name}&kind=rollback`);
  expect(items[0]).toMatchObject({ reason: 'red was wrong', actor: { kind: 'user' } });
});

async function instances(deck: { api: (method: string, path: string) => Promise<any> }, name: string): Promise<string[]> {
  const { items } = await deck.api('GET', `/environments/local/apps/${name}/instances`);
  return items
    .filter((each: { state: string }) => each.state === 'running')
    .map((each: { id: string }) => each.id)
    .sort();
}
