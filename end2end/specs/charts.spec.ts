import { alive } from '../support/journeys.ts';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

test('an app shows how it fares, whole and by instance, and a stretch is chosen by dragging', async ({ page, deck }) => {
  const name = appName('faring');
  await deck.createApp(name, 2);
  const at = `/environments/local/apps/${name}/metrics`;
  const standing = page.getByRole('region', { name: 'How it fares' });
  // What the program itself tells comes with its first flush.
  await expect(async () => {
    await page.goto(`${at}?split=whole`);
    await expect(standing.getByRole('img', { name: 'Requests in a second' })).toBeVisible({ timeout: 1_000 });
    await expect(standing.getByRole('img', { name: 'Latency' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 45_000 });
  await alive(page);
  for (const title of ['CPU', 'Memory', 'Restarts of what runs', 'Answers 5xx in a second']) {
    await expect(standing.getByRole('img', { name: title, exact: true })).toBeVisible();
  }
  const latency = standing.locator('.chart').filter({ has: page.getByRole('heading', { name: 'Latency' }) });
  await expect(latency.locator('.legend')).toHaveText([/^p50/, /^p95/, /^p99/]);
  await expectAccessible(page);

  await standing.getByRole('link', { name: 'Each instance' }).click();
  await expect(page).toHaveURL(/split=instance/);
  await alive(page);
  const cpu = standing.locator('.chart').filter({ has: page.getByRole('heading', { name: 'CPU' }) });
  await expect(cpu.locator('.legend')).toHaveCount(2);
  await cpu.getByText('As a table').click();
  await expect(cpu.getByRole('columnheader')).toHaveCount(3);
  await cpu.getByText('As a table').click();

  // The crosshair stands in all charts at once; the stretch goes into the address and the split stays.
  const box = (await cpu.locator('.plot-frame').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  expect(await standing.locator('line.cursor').count()).toBeGreaterThan(2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/split=instance.*from=\d+&to=\d+/);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSideways(page);
});
