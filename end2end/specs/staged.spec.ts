import type { Browser, BrowserContext, Page } from '@playwright/test';
import { type Console, type Json, demo } from '../support/console.ts';
import { alive } from '../support/journeys.ts';
import { ADMIN, appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

const work = { kind: 'http', name: 'work', path: '/work?ms=1', expect: { status: [200] }, interval: '500ms' };

function definition(binary: string, steps: Json[], colour: string): Json {
  return {
    ...demo(binary),
    instances: 4,
    env: { COLOUR: colour },
    strategy: { kind: 'staged', steps, progress_deadline: '30s' },
    checks: [work],
  };
}

/** A release with these steps on its way, asked for by the administrator that `page` is signed in as. */
async function release(deck: Console, page: Page, name: string, steps: Json[]): Promise<string> {
  await deck.createApp(name, 4, definition(deck.binary, steps, 'blue'));
  const answer = await page.request.put(`${deck.url}/api/v1/environments/local/apps/${name}`, {
    data: { definition: definition(deck.binary, steps, 'red'), reason: 'SHOP-2211' },
    headers: { origin: deck.url },
  });
  expect(answer.status(), await answer.text()).toBe(202);
  return (await answer.json()).deployment.id;
}

/** Somebody else, signed in by the form. */
async function second(browser: Browser, deck: Console, name: string): Promise<[Page, BrowserContext]> {
  const password = ADMIN.password;
  await deck.api('POST', '/users', { name, password, role: 'operator' });
  const context = await browser.newContext({ baseURL: deck.url, storageState: undefined, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: /sign in/i }).click();
  await expect(page).not.toHaveURL(/sign-in/);
  return [page, context];
}

/** Opens a button of the page, gives a reason, and presses it. */
async function press(page: Page, word: string, reason = ''): Promise<void> {
  const act = page.locator('details.act').filter({ has: page.locator(`summary:has-text("${word}")`) }).last();
  await act.locator('> summary').click();
  await act.getByLabel('Reason').fill(reason);
  await act.getByRole('button', { name: word, exact: true }).click();
}

const mark = (page: Page, word: string) => page.locator('.deployment-name .state').filter({ hasText: word });
const leg = (page: Page, word: string) => page.locator('.leg').filter({ hasText: word });

test('a gate is opened by a second person, not by the author', async ({ page, browser, deck }) => {
  const name = appName('gate');
  const id = await release(deck, page, name, [{ set: 1 }, { verify: '2s' }, { approve: {} }, { set: '100%' }]);
  await page.goto(`/deployments/${id}`);
  await alive(page);
  await expect(mark(page, 'Awaiting approval')).toBeVisible({ timeout: 30_000 });
  // Author's own approval: the button says why not.
  const own = page.getByRole('button', { name: /Approve.*Somebody else/ });
  await expect(own).toBeDisabled();
  await expect(leg(page, 'Verify 2 s')).toContainText('passed');
  const check = page.getByRole('article', { name: 'work' });
  await expect(check.getByText('passed').first()).toBeVisible();
  await expect(check.getByRole('img', { name: /work: measurements/ })).toBeVisible();
  // The second person sees it, agrees, and the author's page moves by itself.
  const [other, context] = await second(browser, deck, `olga-${process.pid}`);
  await other.goto(`/deployments/${id}`);
  await press(other, 'Approve', 'watched the canary');
  await expect(mark(page, 'Succeeded')).toBeVisible({ timeout: 30_000 });
  await expect(leg(page, 'Approval')).toContainText('olga');
  await expect(page.getByText(/approved step 3: “watched the canary”/)).toBeVisible();
  await context.close();
});

test('a verification is paused, continued and skipped, and the rest promoted', async ({ page, deck }) => {
  const name = appName('steps');
  const id = await release(deck, page, name, [{ set: 1 }, { verify: '10m' }, { set: 2 }, { wait: '10m' }, { set: '100%' }]);
  await page.goto(`/deployments/${id}`);
  await alive(page);
  await expect(leg(page, 'Verify 10 min')).toContainText(/9:\d\d left/, { timeout: 30_000 });
  await expect(page.getByRole('article', { name: 'work' }).getByText('good so far')).toBeVisible();
  await press(page, 'Pause', 'lunch');
  await expect(mark(page, 'Paused')).toBeVisible();
  await expect(page.getByText('paused it: “lunch”').first()).toBeVisible();
  await press(page, 'Continue');
  await expect(mark(page, 'Running')).toBeVisible();
  await expect(page.locator('summary').filter({ hasText: 'Skip step' })).toContainText('then: start 1');
  await press(page, 'Skip step', 'looks good');
  await expect(leg(page, 'Verify 10 min')).toContainText('skipped');
  await expect(leg(page, 'Wait 10 min')).toContainText(/left/, { timeout: 30_000 });
  await page.locator('details.more > summary').click();
  await press(page, 'Promote to the end', 'no time');
  await expect(mark(page, 'Succeeded')).toBeVisible({ timeout: 30_000 });
});

test('a reason being typed stays while the page moves', async ({ page, deck }) => {
  const name = appName('typing');
  const id = await release(deck, page, name, [{ set: 1 }, { verify: '10m' }, { set: '100%' }]);
  await page.goto(`/deployments/${id}`);
  await alive(page);
  await expect(leg(page, 'Verify 10 min')).toContainText(/left/, { timeout: 30_000 });
  const act = page.locator('details.act').filter({ has: page.locator('summary:has-text("Roll back")') });
  await act.locator('> summary').click();
  await act.getByLabel('Reason').fill('errors in the');
  const asked = page.getByRole('article', { name: 'work' }).getByText(/\d+ asked/);
  const before = await asked.textContent();
  await expect(asked).not.toHaveText(before ?? '');
  await expect(act.getByLabel('Reason')).toHaveValue('errors in the');
  await act.getByRole('button', { name: 'Roll back', exact: true }).click();
  await expect(mark(page, 'Rolled back')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/asked to go back: “errors in the”/).first()).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page is whole, and its forms work', async ({ page, deck }) => {
    const name = appName('plain');
    const id = await release(deck, page, name, [{ set: 1 }, { verify: '10m' }, { set: '100%' }]);
    await expect(async () => {
      await page.goto(`/deployments/${id}`);
      await expect(page.getByRole('article', { name: 'work' }).getByRole('img')).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await expect(leg(page, 'Verify 10 min')).toContainText(/left/);
    await page.locator('details.more > summary').click();
    await press(page, 'Abort', 'enough');
    await expect(async () => {
      await page.reload();
      await expect(mark(page, 'Aborted')).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await expect(page.getByText(/aborted it: “enough”/).first()).toBeVisible();
  });
});

test('a link asks who one is, answers once, and says when it was used', async ({ page, browser, deck }) => {
  const name = appName('link');
  const id = await release(deck, page, name, [{ set: 1 }, { verify: '1s' }, { approve: {} }, { set: '100%' }]);
  await expect.poll(async () => (await deck.api('GET', `/deployments/${id}`)).state, { timeout: 30_000 }).toBe('awaiting_approval');
  const { url } = await deck.api('POST', `/deployments/${id}/approval-link`, { expires_in: '1h' });
  const [other, context] = await second(browser, deck, `otto-${process.pid}`);
  await other.goto(url);
  await expect(other.getByRole('heading', { name: new RegExp(name) })).toBeVisible();
  await expect(other.getByText('COLOUR').first()).toBeVisible();
  await expectAccessible(other);
  await other.getByLabel('Reason').fill('fine by me');
  await other.getByRole('button', { name: 'Approve' }).click();
  await expect(other).toHaveURL(new RegExp(`/deployments/${id}`));
  const again = await other.goto(url);
  expect(again?.status()).toBe(410);
  await expect(other.getByRole('heading', { name: 'This link was used' })).toBeVisible();
  await context.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a staged release is accessible and fits a phone, ${colorScheme}`, async ({ page, deck }) => {
    await page.emulateMedia({ colorScheme });
    const name = appName(`axe-${colorScheme}`);
    const id = await release(deck, page, name, [{ set: 1 }, { verify: '2s' }, { approve: { approvers: 2 } }, { set: '100%' }]);
    await page.goto(`/deployments/${id}`);
    await expect(mark(page, 'Awaiting approval')).toBeVisible({ timeout: 30_000 });
    await page.getByRole('article', { name: 'work' }).locator('summary').click();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 780 });
    await expectNoSideways(page);
    await expectAccessible(page);
  });
}
