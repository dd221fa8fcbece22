import { alive, expectHealthy } from '../support/journeys.ts';
import { Console } from '../support/console.ts';
import { appName, expect, setUp, test } from '../support/test.ts';

test.describe('a network that goes and comes back', () => {
  test.use({ expectedErrors: [/ERR_|net::|Failed to fetch|status of 502/] });

  test('the page catches up with what it missed', async ({ page, context, deck }) => {
    const name = appName('offline');
    await deck.createApp(name, 1);
    await page.goto('/apps');
    await alive(page);
    await context.setOffline(true);
    await deck.api('POST', `/environments/local/apps/${name}/scale`, { instances: 2, reason: 'meanwhile' });
    await deck.settled(name);
    await context.setOffline(false);
    await expectHealthy(page, name, 2);
  });

  test('a proxy that answers for a console that is away does not end the stream for good', async ({ page, deck }) => {
    const name = appName('proxy');
    await deck.createApp(name, 1);
    await page.route('**/api/v1/events*', (route) => route.fulfill({ status: 502, body: 'Bad gateway' }));
    await page.goto('/apps');
    await expect(page.getByText('Not connected')).toBeVisible();
    await page.unroute('**/api/v1/events*');
    await expect(page.getByText('Not connected')).toBeHidden();
    await deck.api('POST', `/environments/local/apps/${name}/scale`, { instances: 2, reason: 'meanwhile' });
    await expectHealthy(page, name, 2);
  });

  test('the console restarts under an open page, instances and page live on', async ({ browser }) => {
    const deck = new Console();
    await deck.start();
    try {
      const page = await browser.newPage({ baseURL: deck.url });
      await setUp(page, deck.setUpLink);
      const name = appName('restart');
      await deck.createApp(name, 2);
      const before = await deck.api('GET', `/environments/local/apps/${name}/instances`);
      await page.goto('/apps');
      await expectHealthy(page, name, 2);
      await deck.stop('SIGKILL');
      await expect(page.getByText('Not connected')).toBeVisible();
      await deck.start();
      await expect(page.getByText('Not connected')).toBeHidden();
      const app = await deck.settled(name);
      expect(app.instances.healthy).toBe(2);
      const after = await deck.api('GET', `/environments/local/apps/${name}/instances`);
      const ids = (list: { items: { id: string }[] }) => list.items.map((each) => each.id).sort();
      expect(ids(after as never)).toEqual(ids(before as never));
      await deck.api('POST', `/environments/local/apps/${name}/scale`, { instances: 3, reason: 'after' });
      await expectHealthy(page, name, 3);
      await page.context().close();
    } finally {
      await deck.remove();
    }
  });
});
