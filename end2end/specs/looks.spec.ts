import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';
import { demo } from '../support/console.ts';
import { pages } from '../support/pages.ts';

let name: string;
let deployment: string;

test.beforeEach(async ({ deck }) => {
  if (name) return;
  name = appName('look');
  const definition = { ...demo(deck.binary), command: ['./server'] };
  await deck.createApp(name, 2, { ...definition, artifact: await deck.upload(name, '1.0.0') });
  // With a second version every row has its way back.
  await deck.api('PUT', `/environments/local/apps/${name}`, {
    definition: { ...definition, artifact: await deck.upload(name, '1.1.0'), env: { COLOUR: 'blue' } },
  });
  await deck.settled(name);
  await deck.environment('production', { protected: true });
  await deck.api('PUT', `/environments/local/apps/${name}/pin`, { reason: 'the sale' });
  await deck.api('PUT', `/environments/local/apps/${name}/auto-deploy`, { follow: 'semver', range: '~1.0' });
  const releases = await deck.api('GET', `/releases?repository=${name}`);
  await deck.api('POST', `/releases/${releases.items[1].id}/bad`, { reason: 'it leaks' });
  const { items } = await deck.api('GET', `/deployments?app=${name}`);
  deployment = items[0].id;
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    for (const [title, path] of pages) {
      test(`${title} has no fault that axe knows`, async ({ page }) => {
        const answer = await page.goto(path(name, deployment));
        expect(answer?.status()).toBe(200);
        await expect(page.getByRole('main')).toBeVisible();
        await expectAccessible(page);
      });
    }

    for (const [title, path, status] of [['api-docs', '/api/docs', 200], ['not-found', '/nowhere', 404]] as const) {
      test.describe(title, () => {
        test.use({ expectedErrors: status === 200 ? [] : [/status of 404/] });

        test(`${title} has no fault that axe knows`, async ({ page }) => {
          const answer = await page.goto(path);
          expect(answer?.status()).toBe(status);
          await expectAccessible(page);
        });
      });
    }

    test('the doors have no fault that axe knows', async ({ visitor }) => {
      await visitor.emulateMedia({ colorScheme });
      for (const path of ['/sign-in', '/sign-out']) {
        await visitor.goto(path);
        await expectAccessible(visitor);
      }
    });
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 } });

  for (const [title, path] of pages) {
    test(`${title} is not wider than 360 px`, async ({ page }) => {
      await page.goto(path(name, deployment));
      await expect(page.getByRole('main')).toBeVisible();
      await expectNoSideways(page);
    });
  }
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  for (const [title, path] of pages) {
    test(`${title} speaks it`, async ({ page }) => {
      await page.goto(path(name, deployment));
      await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
      await expect(page.getByRole('navigation', { name: '主导航' })).toBeVisible();
      const text = await page.getByRole('main').innerText();
      expect(text).toMatch(/\p{Script=Han}/u);
      await expectAccessible(page);
    });
  }
});
