import { alive } from '../support/journeys.ts';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

test('any expression of an app is drawn, looked at closer, and a mistake has its place', async ({ page, deck }) => {
  const name = appName('measured');
  await deck.createApp(name, 2);
  const at = `/environments/local/apps/${name}/metrics`;
  // Figures come with the first measurement and the first flush of what the program itself sends.
  await expect(async () => {
    await page.goto(at);
    await expect(page.getByRole('link', { name: 'quarterdeck_instance_cpu_cores' })).toBeVisible({ timeout: 1_000 });
    await expect(page.getByRole('link', { name: /request/ }).first()).toBeVisible({ timeout: 1_000 });
    // A chart that comes later would move what is below it.
    await expect(page.getByRole('img', { name: 'Answer to health checks' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 45_000 });
  await alive(page);
  const chart = page.locator('.metrics-chart .chart');
  await expect(chart.getByRole('img', { name: /quarterdeck_instance_cpu_cores/ })).toBeVisible();
  // Two instances, two lines, told apart by their ids.
  await expect(chart.locator('.legend')).toHaveCount(2);
  await expect(chart.locator('.legend').first()).toContainText('instance=');
  await expectAccessible(page);

  // What may follow is offered: a name, one of its labels, one of that label's values.
  const query = page.getByRole('combobox', { name: 'PromQL' });
  await query.fill('');
  await query.pressSequentially('sum(demo_req');
  await page.getByRole('option', { name: 'demo_requests', exact: true }).click();
  await expect(query).toHaveValue(/^sum\(demo_requests\{environment="local",app=/);
  await query.press('ArrowLeft');
  await query.pressSequentially(',stat');
  await query.press('ArrowDown');
  await query.press('Enter');
  await query.pressSequentially('2');
  await query.press('ArrowDown');
  await query.press('Enter');
  await expect(query).toHaveValue(/,status="200"\}$/);
  await query.press('Escape');
  await expect(page.getByRole('listbox', { name: 'What may follow' }).locator('li')).toHaveCount(0);

  await page.getByRole('link', { name: 'quarterdeck_instance_memory_bytes' }).click();
  await expect(page).toHaveURL(/query=quarterdeck_instance_memory_bytes/);
  await alive(page);
  await expect(chart.getByText(/MiB|KiB/).first()).toBeVisible();
  const frame = chart.locator('.plot-frame');
  await frame.scrollIntoViewIfNeeded();
  const box = (await frame.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
  await expect(chart.locator('line.cursor')).toBeAttached();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.95, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/query=quarterdeck_instance_memory_bytes.*from=\d+&to=\d+/);

  await page.getByLabel('PromQL').fill('sum(rate(x[1m])');
  await page.getByLabel('PromQL').press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('PromQL')).toHaveValue('sum(rate(x[1m])');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSideways(page);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the chart and its table are there', async ({ page, deck }) => {
    const name = appName('plainly-measured');
    await deck.createApp(name, 1);
    await page.goto(`/environments/local/apps/${name}/metrics?query=${encodeURIComponent('vector(7)')}`);
    await expect(page.getByRole('img', { name: 'vector(7)' })).toBeVisible();
    const explored = page.locator('.metrics-chart');
    await explored.getByText('As a table').click();
    await expect(explored.getByRole('cell', { name: '7', exact: true }).first()).toBeVisible();
  });
});
