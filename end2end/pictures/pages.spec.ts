import { resolve } from 'node:path';
import { demo } from '../support/console.ts';
import { pages } from '../support/pages.ts';
import { test } from '../support/test.ts';

const FOLDER = resolve(import.meta.dirname, '../../target/pictures');
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 780 } };

test('every page, light and dark, wide and narrow', async ({ page, deck }) => {
  const apps: [string, number, string][] = [
    ['checkout', 6, 'shop'],
    ['catalogue', 4, 'shop'],
    ['search', 3, 'shop'],
    ['ledger', 2, 'billing'],
    ['invoices', 2, 'billing'],
    ['mailer', 1, 'platform'],
  ];
  for (const [name, count, project] of apps) {
    await deck.createApp(name, count, { project, env: { DEMO_VERSION: '1.4.1' } });
  }
  await deck.api('PUT', '/environments/local/apps/checkout', {
    definition: { ...demo(deck.binary), project: 'shop', env: { DEMO_VERSION: '1.4.2', LOG_LEVEL: 'info' } },
    reason: 'SHOP-214: faster basket',
  });
  await deck.settled('checkout');
  await deck.api('POST', '/environments/local/apps/catalogue/scale', { instances: 5, reason: 'sale at noon' });
  await deck.settled('catalogue');
  const flaky = { health_checks: [], env: { DEMO_EXIT_AFTER: '200' }, restart: { backoff: '60s' } };
  await deck.api('POST', '/environments/local/apps', {
    name: 'thumbnails',
    definition: { ...demo(deck.binary), ...flaky, instances: 1, strategy: { kind: 'rolling', progress_deadline: '3s', on_failure: 'fail' } },
    reason: 'first try',
  });
  await page.waitForTimeout(20_000);
  const { items } = await deck.api('GET', '/deployments?app=checkout&kind=update');
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [title, path] of pages) {
        await page.goto(path('checkout', items[0].id));
        await page.waitForTimeout(500);
        await page.screenshot({ path: `${FOLDER}/${title}-${colorScheme}-${size}.png`, fullPage: size === 'narrow' });
      }
    }
  }
});
