import { appName, expect, test } from '../support/test.ts';

test('filters are in the URL, two deployments can be compared, all of it can be taken along', async ({ page, deck }) => {
  const name = appName('history');
  await deck.createApp(name, 1);
  await deck.api('POST', `/environments/local/apps/${name}/scale`, { instances: 2, reason: 'second' });
  await deck.settled(name);

  await page.goto('/deployments');
  await page.getByLabel('App', { exact: true }).fill(name);
  await page.getByRole('combobox', { name: /^Kind/ }).selectOption('scale');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(new RegExp(`app=${name}.*kind=scale`));
  await expect(page.getByRole('row')).toHaveCount(2);

  await page.goto(`/deployments?app=${name}`);
  const boxes = page.getByRole('table').getByRole('checkbox');
  await expect(boxes).toHaveCount(2);
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByRole('button', { name: 'Compare two' }).click();
  await expect(page.getByRole('heading', { name: 'Compare deployments' })).toBeVisible();
  await expect(page.getByText('Both run the same definition.')).toBeVisible();

  await page.goto(`/deployments?app=${name}`);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const text = await (await (await download).createReadStream()).toArray();
  const csv = Buffer.concat(text).toString();
  expect(csv.trim().split('\n')).toHaveLength(3);
  expect(csv).toContain('second');
});

test('a newer deployment is announced on an open history', async ({ page, deck }) => {
  const name = appName('newer');
  await deck.createApp(name, 1);
  await page.goto(`/deployments?app=${name}`);
  await deck.api('POST', `/environments/local/apps/${name}/restart`, { reason: 'later' });
  await expect(page.getByText('There are newer deployments')).toBeVisible({ timeout: 20_000 });
  await deck.settled(name);
});
