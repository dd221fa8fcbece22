import { Relay } from '../support/relay.ts';
import { appName, expect, test } from '../support/test.ts';

test('logs follow, are searched, and hold still when paused', async ({ page, deck }) => {
  const name = appName('logs');
  await deck.createApp(name, 1);
  const { items } = await deck.api('GET', `/environments/local/apps/${name}/instances`);
  const port = items[0].ports[0].host_port;
  const print = (lines: number) => fetch(`http://127.0.0.1:${port}/log?lines=${lines}&bytes=60`);

  await page.goto(`/environments/local/apps/${name}/logs`);
  await expect(page.getByText(/demo version .* listens/).first()).toBeVisible();
  await print(7);
  await expect(page.getByText(/line 7 of 7/).first()).toBeVisible();

  await page.getByRole('button', { name: 'Pause' }).click();
  await print(9);
  await expect(page.getByText(/line 9 of 9/)).toHaveCount(0);
  await page.getByRole('button', { name: 'Follow' }).click();
  await expect(page.getByText(/line 9 of 9/).first()).toBeVisible();

  await page.getByRole('searchbox', { name: 'Search the log' }).or(page.getByLabel('Search the log')).first().fill('line 3 of 7');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/line 3 of 7/).first()).toBeVisible();
  await expect(page.getByText(/line 7 of 7/)).toHaveCount(0);
});

test('a line of JSON comes as its fields, or as it was printed', async ({ page, deck }) => {
  const name = appName('fields');
  const line = '{"level":"error","msg":"payment refused","status":502,"cart":{"items":3}}';
  await deck.createApp(name, 1, { command: ['sh', '-c', `echo '${line}'; exec sleep 1000`], health_checks: [] });
  await page.goto(`/environments/local/apps/${name}/logs`);
  const row = page.getByRole('log').locator(':scope > div').filter({ hasText: 'payment refused' });
  await expect(row.locator('.log-field')).toHaveText(['level=error', 'cart.items=3', 'status=502']);
  await expect(row.locator('.log-field.bad')).toHaveText('level=error');
  // What is searched for is marked in its field; what only the line itself has shows that.
  await page.getByLabel('Search the log').fill('502');
  await expect(row.locator('mark')).toHaveText('502');
  await page.getByLabel('Search the log').fill('"status":502');
  await expect(row).toContainText('"msg":"payment refused"');
  await page.getByLabel('Search the log').fill('');
  await page.getByLabel('JSON as printed').check();
  await expect(row).toContainText(line);
  await page.getByLabel('JSON as printed').uncheck();
  await expect(row.locator('.log-field')).toHaveCount(3);
});

test.describe('a connection that breaks', () => {
  test.use({ expectedErrors: [/ERR_|net::/] });

  test('no line is missed and none is told twice', async ({ page, deck }) => {
    const name = appName('again');
    await deck.createApp(name, 1);
    const { items } = await deck.api('GET', `/environments/local/apps/${name}/instances`);
    const print = (lines: number) => fetch(`http://127.0.0.1:${items[0].ports[0].host_port}/log?lines=${lines}&bytes=60`);
    const relay = new Relay(deck.url);
    await relay.start();
    try {
      await page.goto(`${relay.url}/environments/local/apps/${name}/logs`);
      await print(3);
      await expect(page.getByText(/line 3 of 3/)).toHaveCount(1);
      await print(5);
      await expect(page.getByText(/line 5 of 5/)).toHaveCount(1);
      relay.cut();
      await print(4);
      await expect(page.getByText(/line 4 of 4/)).toHaveCount(1);
      await expect(page.getByText(/line 3 of 3/)).toHaveCount(1);
      await expect(page.getByText(/demo version .* listens/)).toHaveCount(1);
    } finally {
      relay.stop();
    }
  });
});
