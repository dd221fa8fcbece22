import { resolve } from 'node:path';
import { demo } from '../support/console.ts';
import { pages } from '../support/pages.ts';
import { test } from '../support/test.ts';

const FOLDER = resolve(import.meta.dirname, '../../target/pictures');
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 780 } };

test('every page, light and dark, wide and narrow', async ({ page, deck }) => {
  const ask = async (method: string, path: string, data: object) => {
    const answer = await page.request.fetch(`${deck.url}/api/v1${path}`, { method, data, headers: { origin: deck.url } });
    if (!answer.ok()) throw new Error(await answer.text());
  };
  const define = (artifact: string, project: string, change: object = {}) => ({
    ...demo(deck.binary),
    command: ['./server'],
    artifact,
    project,
    ...change,
  });
  const apps: [string, number, string, string][] = [
    ['checkout', 6, 'shop', '1.4.1'],
    ['catalogue', 4, 'shop', '2.0.3'],
    ['search', 3, 'shop', '0.9.0'],
    ['ledger', 2, 'billing', '5.2.0'],
    ['invoices', 2, 'billing', '3.1.4'],
    ['mailer', 1, 'platform', '1.0.7'],
  ];
  for (const [name, instances, project, version] of apps) {
    const artifact = await deck.upload(name, version);
    const definition = { ...define(artifact, project), instances };
    await ask('POST', '/environments/local/apps', { name, definition, reason: 'Move to Quarterdeck' });
    await deck.settled(name);
  }
  await ask('PUT', '/environments/local/apps/checkout', {
    definition: define(await deck.upload('checkout', '1.4.2'), 'shop', { env: { LOG_LEVEL: 'info' } }),
    reason: 'SHOP-214: faster basket',
  });
  await deck.settled('checkout');
  await ask('POST', '/environments/local/apps/catalogue/scale', { instances: 5, reason: 'Sale at noon' });
  await deck.settled('catalogue');
  const broken = { health_checks: [], env: { DEMO_EXIT_AFTER: '200' }, restart: { backoff: '60s' } };
  const strategy = { kind: 'rolling', progress_deadline: '3s', on_failure: 'fail' };
  const artifact = await deck.upload('thumbnails', '0.1.0');
  const definition = { ...define(artifact, 'shop', { ...broken, strategy }), instances: 1 };
  await ask('POST', '/environments/local/apps', { name: 'thumbnails', definition, reason: 'First try' });
  // Time for charts to have something to show.
  await page.waitForTimeout(90_000);
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
