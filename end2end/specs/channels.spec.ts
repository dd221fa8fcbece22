import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

/** Whoever takes the messages; `broken` makes it refuse them. */
class Receiver {
  broken = false;
  readonly titles: string[] = [];
  #server?: Server;
  url = '';

  async start(): Promise<void> {
    this.#server = createServer(async (request: IncomingMessage, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      this.titles.push(JSON.parse(body).title);
      response.writeHead(this.broken ? 410 : 200).end(this.broken ? 'this hook was deleted' : 'thank you');
    });
    await new Promise<void>((done) => this.#server!.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/here`;
  }

  stop(): void {
    this.#server?.close();
  }
}

const receiver = new Receiver();
test.beforeAll(() => receiver.start());
test.afterAll(() => receiver.stop());

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a channel is made, tried, broken, and what failed is sent again', async ({ page, deck }) => {
      const name = appName(javaScriptEnabled ? 'ops' : 'plain-ops');
      receiver.broken = false;
      await page.goto('/settings/channels');
      await page.getByRole('link', { name: 'Webhook' }).click();
      await page.getByLabel('Name').fill(name);
      await page.getByLabel('Web address').fill('hooks.example');
      await page.getByRole('button', { name: 'Add a channel' }).click();
      // Both mistakes at once, and the name stays.
      await expect(page.getByRole('alert')).toContainText('Secret');
      await expect(page.getByLabel('Name')).toHaveValue(name);
      await expect(page.getByLabel('Web address')).toHaveAttribute('aria-invalid', 'true');
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByLabel('Web address').fill(receiver.url);
      await page.getByLabel('Secret').fill('a secret that both sides know');
      await page.getByRole('button', { name: 'Add a channel' }).click();
      await expect(page.getByRole('heading', { name })).toBeVisible();
      await expect(page.getByText('Nothing was sent yet.')).toBeVisible();

      await page.getByRole('button', { name: 'Send a test message' }).click();
      await expect(page.locator('.alert.ok')).toContainText('The test message was taken');
      const row = (title: string) => page.getByRole('row').filter({ hasText: title }).first();
      await expect(row('a test message')).toContainText('thank you');
      if (javaScriptEnabled) await expectAccessible(page);
      await expectNoSideways(page);

      receiver.broken = true;
      const app = appName(javaScriptEnabled ? 'told' : 'plain-told');
      await deck.createApp(app, 1);
      await expect.poll(() => receiver.titles).toContain(`${app} in local: Succeeded`);
      await page.getByRole('button', { name: 'Send a test message' }).click();
      await expect(page.getByRole('alert')).toContainText('It does not take the message');
      await expect(page.getByRole('alert')).toContainText('this hook was deleted');
      await expect(row(`${app} in local`)).toContainText('given up');
      receiver.broken = false;
      await page.getByRole('button', { name: `Send again: ${app} in local` }).click();
      await expect(page.locator('.alert.ok')).toContainText('It is sent again');
      await expect
        .poll(async () => {
          await page.goto(`/settings/channels/${name}`);
          return row(`${app} in local`).innerText();
        })
        .toContain('delivered');

      await page.getByLabel(`Type ${name} to confirm`).fill(name);
      await page.getByRole('button', { name: 'Remove this channel' }).click();
      await expect(page).toHaveURL(/\/settings\/channels$/);
      await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
    });
  });
}
