import { alive, expectHealthy, row } from '../support/journeys.ts';
import { appName, expect, expectAccessible, test } from '../support/test.ts';

test('the palette finds an app and scales it', async ({ page, deck }) => {
  const name = appName('palette');
  await deck.createApp(name, 1);
  await page.goto('/apps');
  await alive(page);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog');
  await expect(palette).toBeVisible();
  await palette.getByRole('combobox').fill(`${name} 2`);
  await expect(palette.getByText(`Scale ${name} to 2`)).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/deployments\//);
  await page.goto('/apps');
  await expectHealthy(page, name, 2);
});

test('a question mark lists the keys, Escape closes them', async ({ page }) => {
  await page.goto('/apps');
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((each) => each.name.endsWith('.wasm')));
  await expect(async () => {
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByRole('heading', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('all of it without a mouse: to the list, scale, create', async ({ page, deck }) => {
  const name = appName('keyboard');
  await deck.createApp(name, 1);
  await page.goto('/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await tabTo('Apps');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/apps$/);
  await alive(page);

  await row(page, name).getByRole('button', { name: /One fewer/ }).focus();
  await page.keyboard.press('Tab');
  await expect(row(page, name).getByRole('spinbutton')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(row(page, name).getByRole('button', { name: /One more/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await expectHealthy(page, name, 2);

  await page.goto('/apps/new?template=demo');
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.press('Control+a');
  const made = appName('typed');
  await page.keyboard.type(made);
  await page.getByLabel('Reason').focus();
  await page.keyboard.type('no mouse');
  await page.keyboard.press('Tab');
  await expect(page.locator('button[value=deploy]')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/deployments\//);
  await deck.settled(made);

  async function tabTo(link: string): Promise<void> {
    for (let step = 0; step < 30; step += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
      if (focused.startsWith(link)) return;
    }
    throw new Error(`${link} is not reached by the Tab key`);
  }
});
