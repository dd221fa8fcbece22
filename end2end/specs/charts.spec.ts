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
  await expect(page.locator('.metrics-chart line.cursor')).toBeAttached();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/split=instance.*from=\d+&to=\d+/);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSideways(page);
});

test('an expression becomes a chart of the app, is compared with an hour before, and is read by keyboard', async ({ page, deck }) => {
  const name = appName('own');
  await deck.createApp(name, 1);
  const at = `/environments/local/apps/${name}/metrics`;
  await expect(async () => {
    await page.goto(at);
    await expect(page.getByRole('link', { name: 'quarterdeck_instance_threads' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 45_000 });
  await page.getByRole('link', { name: 'quarterdeck_instance_threads' }).click();
  await page.getByRole('link', { name: 'Keep as a chart of this app' }).click();
  const own = page.getByRole('region', { name: 'Own charts' });
  await expect(own.getByLabel('PromQL')).toHaveValue(/quarterdeck_instance_threads/);
  // Nothing typed is lost by a mistake.
  await own.getByLabel('Threshold').fill('many');
  await own.getByLabel('Title').fill('Threads');
  await own.getByRole('button', { name: 'Save' }).click();
  await expect(own.getByLabel('Threshold')).toHaveValue('many');
  await expect(own.getByRole('alert')).toBeVisible();
  await own.getByLabel('Threshold').fill('4');
  await own.getByRole('button', { name: 'Save' }).click();
  const chart = own.locator('.chart').filter({ has: page.getByRole('heading', { name: 'Threads' }) });
  await expect(chart.getByText('limit 4')).toBeVisible();
  await expectAccessible(page);

  await page.goto(`${at}?compare=60`);
  await alive(page);
  await expect(page.getByLabel('Beside it')).toHaveValue('60');
  // By keyboard: to the last point, three to the left with Shift, shown with Enter.
  await chart.locator('.plot-frame').focus();
  await page.keyboard.press('End');
  await expect(chart.locator('line.cursor')).toBeAttached();
  await expect(chart.getByRole('link', { name: 'Logs of this moment' })).toHaveAttribute('href', /\/logs\?at=\d+/);
  for (let step = 0; step < 3; step += 1) {
    await page.keyboard.press('Shift+ArrowLeft');
  }
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/compare=60&from=\d+&to=\d+/);

  await own.getByRole('link', { name: 'Change Threads' }).click();
  await own.getByLabel('Title').fill('Threads of all');
  await own.getByLabel('Unit').selectOption('Percent');
  await own.getByRole('button', { name: 'Save' }).click();
  await expect(own.getByRole('heading', { name: 'Threads of all' })).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSideways(page);
  await own.getByRole('button', { name: 'Remove Threads of all' }).click();
  await expect(own.getByText('Any expression can be kept')).toBeVisible();
});

test('the overview has requests and latency as well, and charts go on by themselves', async ({ page, deck }) => {
  const name = appName('going-on');
  await deck.createApp(name, 1);
  const use = page.getByRole('region', { name: 'How it fares' });
  await expect(async () => {
    await page.goto(`/environments/local/apps/${name}`);
    await expect(use.getByRole('img', { name: 'Latency' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 45_000 });
  await alive(page);
  await expect(use.getByRole('heading')).toHaveText([/./, 'CPU', 'Memory', 'Requests in a second', 'Latency']);
  const requests = use.locator('.chart').filter({ has: page.getByRole('heading', { name: 'Requests in a second' }) });
  await expect(requests.locator('.legend')).toHaveText([/^all/, /^5xx/]);

  // What is opened and where the crosshair stands outlives fresh figures.
  await requests.getByText('As a table').click();
  await requests.locator('.plot-frame').focus();
  await page.keyboard.press('End');
  await expect(requests.locator('line.cursor')).toBeAttached();
  for (const chart of [requests, use.locator('.chart').first()]) {
    const line = chart.locator('svg path').first();
    const before = await line.getAttribute('d');
    await expect(line).not.toHaveAttribute('d', before!, { timeout: 30_000 });
  }
  await expect(requests.getByRole('table')).toBeVisible();
  await expect(requests.locator('.plot-frame')).toBeFocused();
  await expect(requests.locator('line.cursor')).toBeAttached();

  // A stretch of the past stands still.
  const now = Date.now();
  await page.goto(`/environments/local/apps/${name}/metrics?from=${now - 60_000}&to=${now}`);
  await expect(page.locator('[data-live="standing"]')).toBeVisible();
  await expect(page.locator('[data-every]')).toHaveCount(0);
});
