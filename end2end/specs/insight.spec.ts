import { appName, expect, test } from '../support/test.ts';

const minute = (time: string) => time.slice(0, 16);

/** The minute after a moment, as the box writes it. */
const after = (time: string) => minute(new Date(Date.parse(time) + 60_000).toISOString());

test.describe('what ran then', () => {
  test.use({ timezoneId: 'Asia/Shanghai' });

  test('the box asks in the viewer\'s zone and the link keeps it', async ({ page, deck }) => {
    const name = appName('then');
    await deck.createApp(name, 1);
    const { items } = await deck.api('GET', `/deployments?app=${name}`);
    await page.goto('/deployments');
    const box = page.getByRole('search', { name: 'What ran then?' });
    await expect(box.getByLabel('Time zone')).toHaveValue('Asia/Shanghai');
    const there = new Date(Date.parse(items[0].ended_at) + 8 * 3_600_000).toISOString();
    await box.getByLabel('Moment').fill(after(there));
    await box.getByRole('button', { name: 'Show' }).click();
    await expect(page).toHaveURL(/zone=Asia%2FShanghai/);
    const row = page.getByRole('row').filter({ hasText: name });
    await expect(row).toContainText('demo');
    await expect(row).toContainText('revision 1');

    await page.getByLabel('Moment').fill('2020-01-01T00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.getByText('Nothing ran at that moment')).toBeVisible();
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('what ran then is asked in UTC', async ({ page, deck }) => {
    const name = appName('plainly');
    await deck.createApp(name, 1);
    const { items } = await deck.api('GET', `/deployments?app=${name}`);
    await page.goto('/deployments/at');
    await expect(page.getByText('Choose a moment')).toBeVisible();
    await page.getByLabel('Moment').fill(after(items[0].ended_at));
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.getByRole('row').filter({ hasText: name })).toBeVisible();
  });
});

test('the overview shows how well releasing goes', async ({ page, deck }) => {
  await deck.createApp(appName('figures'), 1);
  await page.goto('/');
  const card = page.getByRole('region', { name: 'Releasing, the last 30 days' });
  for (const figure of ['Deployment frequency', 'Lead time', 'Change failure rate', 'Time to restore']) {
    await expect(card.getByRole('heading', { name: figure })).toBeVisible();
  }
  await expect(card.getByRole('img', { name: /^By week: / })).toHaveCount(4);
  await expect(card.getByText(/^\d+ of \d+$/)).toBeVisible();
});

test('the figures can be those of one app, and a link shows the same', async ({ page, deck }) => {
  const name = appName('counted');
  await deck.createApp(name, 1);
  await page.goto('/');
  const card = page.getByRole('region', { name: 'Releasing, the last 30 days' });
  await card.getByRole('searchbox', { name: 'App' }).fill(name);
  await card.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(new RegExp(`app=${name}`));
  await expect(card.getByText('0 of 1', { exact: true })).toBeVisible();
  await expect(card.getByRole('searchbox', { name: 'App' })).toHaveValue(name);
  await card.getByRole('link', { name: 'Clear' }).click();
  await expect(card.getByRole('searchbox', { name: 'App' })).toHaveValue('');
});
