import { demo } from '../support/console.ts';
import { appName, expect, test } from '../support/test.ts';

const work = {
  kind: 'http',
  name: 'work',
  path: '/work?ms=1',
  expect: { status: 200 },
  interval: '500ms',
  failure_limit: 2,
};

function staged(binary: string, verify: string, env: Record<string, string> = {}) {
  return {
    ...demo(binary),
    instances: 3,
    env,
    strategy: { kind: 'staged', steps: [{ set: 1 }, { verify }, { set: '100%' }], progress_deadline: '30s' },
    checks: [work],
  };
}

async function running(deck: { api: (method: string, path: string) => Promise<any> }, name: string): Promise<string[]> {
  const { items } = await deck.api('GET', `/environments/local/apps/${name}/instances`);
  return items
    .filter((each: { state: string }) => each.state === 'running')
    .map((each: { id: string }) => each.id)
    .sort();
}

test('a failing canary goes back by itself while one watches, and the history says why', async ({ page, deck }) => {
  const name = appName('canary');
  const before = await deck.createApp(name, 3, staged(deck.binary, '30s'));
  const ids = await running(deck, name);
  await page.goto(`/environments/local/apps/${name}/edit`);
  const json = page.getByRole('textbox', { name: 'Definition as JSON' });
  await json.fill(JSON.stringify(staged(deck.binary, '30s', { DEMO_BROKEN: 'true' }), null, 2));
  await page.getByLabel('Reason').fill('a faster cart');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText('Rolled back').first()).toBeVisible({ timeout: 45_000 });
  const why = /Check work failed 3 of 3 at step 2: .*500 ≠ 200/;
  await expect(page.getByText(why).first()).toBeVisible();
  const after = await deck.settled(name);
  expect(after.revision).toBe(before.revision);
  const kept = (await running(deck, name)).filter((id) => ids.includes(id));
  expect(kept.length, 'old instances that were never touched').toBeGreaterThanOrEqual(2);
  await page.goto(`/deployments?app=${name}`);
  await expect(page.getByText(why).first()).toBeVisible();
});

test('a good canary goes out step by step', async ({ page, deck }) => {
  const name = appName('good');
  await deck.createApp(name, 3, staged(deck.binary, '2s'));
  const { deployment } = await deck.api('PUT', `/environments/local/apps/${name}`, {
    definition: staged(deck.binary, '2s', { DEMO_VERSION: '2' }),
    reason: 'a faster cart',
  });
  await page.goto(`/deployments/${deployment.id}`);
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText(/Step 2: Verify for 2s/)).toBeVisible();
  const { items } = await deck.api('GET', `/deployments/${deployment.id}/measurements?check=work`);
  expect(items.length).toBeGreaterThan(1);
  expect(items.every((each: { verdict: string }) => each.verdict === 'pass')).toBe(true);
});
