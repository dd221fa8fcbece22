import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, expectAccessible, test } from '../support/test.ts';

test('look', async ({ browser, page, deck }) => {
  test.setTimeout(240_000);
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      count += 1;
      const status = count % 3 === 0 ? 410 : count % 2 === 0 ? 500 : 200;
      response.writeHead(status).end(status === 200 ? 'thank you' : 'this hook was deleted by the administrator');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/here`;
  const wants = { alerts: 'warning', deployments: 'all', approvals: true };
  await deck.api('POST', '/channels', { name: 'ops', kind: 'webhook', url, secret: 'a secret of both sides', wants });
  await deck.api('POST', '/channels', { name: 'team-chat', kind: 'slack', url: 'https://127.0.0.1:9/T/B', wants: { deployments: 'failed' } });
  await deck.api('POST', '/channels', { name: 'mail', kind: 'email', password: 'x', language: 'zh-Hans', wants: { alerts: 'critical', approvals: true }, mail: { host: 'localhost', port: 9, security: 'none', username: 'robot', from: 'q@example.com', to: ['ops@example.com', 'ann@example.com'] } });
  for (const name of ['team-chat', 'mail', 'ops']) await deck.api('POST', `/channels/${name}/test`);
  for (const name of ['shop-api', 'checkout-service']) await deck.createApp(name, 1);
  await page.waitForTimeout(3000);
  for (const [theme, locale, width] of [['light', 'en', 1440], ['dark', 'zh-Hans', 360]] as const) {
    const context = await browser.newContext({
      baseURL: deck.url, viewport: { width, height: 900 }, colorScheme: theme, storageState: await page.context().storageState(),
    });
    await context.addCookies([
      { name: 'qd_locale', value: locale, url: deck.url },
      { name: 'qd_theme', value: theme, url: deck.url },
    ]);
    const look = await context.newPage();
    for (const [name, path] of [
      ['list', '/settings/channels'], ['ops', '/settings/channels/ops'], ['mail', '/settings/channels/mail'],
      ['new-webhook', '/settings/channels?new=webhook'], ['new-email', '/settings/channels?new=email'], ['new-am', '/settings/channels?new=alertmanager'],
    ]) {
      await look.goto(path);
      await look.waitForTimeout(400);
      await look.screenshot({ path: `/tmp/look/${name}-${theme}.png`, fullPage: true });
      await expectAccessible(look);
      const wide = await look.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      expect(wide, `${name} ${width}`).toBe(false);
    }
    await context.close();
  }
  server.close();
});
