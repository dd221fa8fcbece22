import { AxeBuilder } from '@axe-core/playwright';
import { type BrowserContext, type Page, test as base, expect } from '@playwright/test';
import { Console } from './console.ts';

export { expect } from '@playwright/test';
export type { Page } from '@playwright/test';

export const ADMIN = { name: 'captain', password: 'correct horse battery staple' };

type Fixtures = {
  /** Messages of the page that this test expects; anything else in the console is a failure. */
  expectedErrors: RegExp[];
  /** A page of a visitor nobody knows. */
  visitor: Page;
};

type WorkerFixtures = {
  /** Shared by the tests of a worker; each uses apps of its own name. */
  deck: Console;
  /** Cookies of the administrator. */
  signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;
};

export const test = base.extend<Fixtures, WorkerFixtures>({
  deck: [
    async ({}, use) => {
      const deck = new Console();
      await deck.start();
      await use(deck);
      await deck.remove();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  signedIn: [
    async ({ browser, deck }, use) => {
      const page = await browser.newPage({ javaScriptEnabled: false });
      await setUp(page, deck.setUpLink);
      const state = await page.context().storageState();
      await page.close();
      await use(state);
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  expectedErrors: [[], { option: true }],

  baseURL: async ({ deck }, use) => use(deck.url),
  storageState: async ({ signedIn }, use) => use(signedIn),

  page: async ({ page, expectedErrors }, use) => {
    await page.addInitScript(countStreams);
    const seen = watch(page);
    await use(page);
    expect(unexpected(seen, expectedErrors), 'messages in the browser').toEqual([]);
  },

  visitor: async ({ browser, deck, expectedErrors }, use) => {
    const context = await browser.newContext({ baseURL: deck.url, storageState: undefined, locale: 'en-GB' });
    const page = await context.newPage();
    const seen = watch(page);
    await use(page);
    await context.close();
    expect(unexpected(seen, expectedErrors), 'messages in the browser').toEqual([]);
  },
});

/** Lets a test know that the page's islands hear of changes. */
function countStreams(): void {
  const counted = window as unknown as { openStreams: number };
  counted.openStreams = 0;
  const Real = window.EventSource;
  window.EventSource = class extends Real {
    constructor(url: string | URL, options?: EventSourceInit) {
      super(url, options);
      this.addEventListener('open', () => (counted.openStreams += 1), { once: true });
    }
  };
}

/** Chromium's note on an answer that the page shows: refused, in the way, invalid. */
const ANSWER = /Failed to load resource: the server responded with a status of (401|403|409|422)/;

/** Collects what a person would find in the browser's console: errors, warnings of the policy, uncaught exceptions. */
export function watch(page: Page): string[] {
  const seen: string[] = [];
  page.on('console', (message) => {
    if (ANSWER.test(message.text())) return;
    if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text())) seen.push(message.text());
  });
  page.on('pageerror', (error) => seen.push(String(error)));
  return seen;
}

/** Chromium says so of a page that is left while the view transition to it still runs; nobody can see it. */
const TRANSITION_CUT_SHORT = /Transition was (aborted|skipped)/;

function unexpected(seen: string[], expected: RegExp[]): string[] {
  const known = [TRANSITION_CUT_SHORT, ...expected];
  return seen.filter((text) => !known.some((pattern) => pattern.test(text)));
}

/** Follows the one-time link and makes the administrator. */
export async function setUp(page: Page, link: string): Promise<void> {
  const answer = await page.goto(link);
  expect(answer?.status(), 'the set-up page').toBe(200);
  await page.getByLabel('Name').fill(ADMIN.name);
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
  const again = page.getByLabel('Password again');
  if (await again.count()) await again.fill(ADMIN.password);
  await page.getByRole('button', { name: /create/i }).click();
  await expect(page).not.toHaveURL(link);
}

/** Every rule of axe for WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const result = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = result.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.slice(0, 4).map((node) => `${node.target.join(' ')}: ${node.html.slice(0, 160)}`),
  }));
  expect(found).toEqual([]);
}

/** Nothing is wider than the window. */
export async function expectNoSideways(page: Page): Promise<void> {
  const { inner, whole } = await page.evaluate(() => ({
    inner: document.documentElement.clientWidth,
    whole: document.documentElement.scrollWidth,
  }));
  expect(whole, 'width of the page').toBeLessThanOrEqual(inner);
}

let names = 0;
/** A name for an app that no other test uses. */
export function appName(what: string): string {
  names += 1;
  return `${what}-${process.pid}-${names}`;
}
