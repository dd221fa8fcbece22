import { row } from '../support/journeys.ts';
import { appName, expect, test } from '../support/test.ts';

test('an app whose instances keep ending is delayed, says until when, and can be started now', async ({ page, deck }) => {
  const name = appName('delayed');
  const change = {
    health_checks: [],
    env: { DEMO_EXIT_AFTER: '300' },
    restart: { backoff: '20s', factor: 2, max_delay: '5m' },
    strategy: { kind: 'rolling', progress_deadline: '5s', on_failure: 'fail' },
  };
  await deck.createApp(name, 1, change);
  await expect
    .poll(async () => (await deck.api('GET', `/environments/local/apps/${name}`)).status, { timeout: 40_000 })
    .toBe('delayed');
  await page.goto('/apps');
  await expect(row(page, name).getByText('Delayed', { exact: true })).toBeVisible();
  await expect(row(page, name).getByText(/next try/)).toBeVisible();

  await page.goto(`/environments/local/apps/${name}`);
  const before = await restarts();
  await page.getByRole('button', { name: 'Start now' }).click();
  await expect.poll(restarts, { timeout: 10_000 }).toBeGreaterThan(before);

  async function restarts(): Promise<number> {
    const { items } = await deck.api('GET', `/environments/local/apps/${name}/instances`);
    return Math.max(0, ...items.map((each: { restarts: number }) => each.restarts));
  }
});
