import { Console } from '../support/console.ts';
import { ADMIN, expect, expectAccessible, setUp, test, watch } from '../support/test.ts';

for (const javaScriptEnabled of [true, false]) {
  test(`from the link to a running app, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({ browser }) => {
    const deck = new Console();
    await deck.start();
    try {
      const context = await browser.newContext({ baseURL: deck.url, javaScriptEnabled, storageState: undefined });
      const page = await context.newPage();
      const seen = watch(page);
      await page.goto('/');
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      await expect(page.getByText('Follow the set-up link')).toBeVisible();

      await setUp(page, deck.setUpLink);
      await expect(page.getByText('Reachable')).toBeVisible();
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByRole('button', { name: /Demo server/ }).click();

      await expect(page).toHaveURL(/\/environments\/local\/apps\//);
      const name = new URL(page.url()).pathname.split('/').at(-1)!;
      await expect(page.getByRole('heading', { name })).toBeVisible();
      const app = await deck.settled(name);
      expect(app.instances.healthy).toBeGreaterThan(0);
      expect(seen).toEqual([]);
      await context.close();
    } finally {
      await deck.remove();
    }
  });
}

test('the link works once, and one account is made', async ({ visitor, deck, signedIn }) => {
  expect(signedIn.cookies.length).toBeGreaterThan(0);
  await visitor.goto(deck.setUpLink);
  await expect(visitor.getByRole('button', { name: 'Create administrator' })).toHaveCount(0);
  const { items } = await deck.api('GET', '/users');
  const admins = items.filter((user: { role: string }) => user.role === 'admin');
  expect(admins.map((user: { name: string }) => user.name)).toEqual([ADMIN.name]);
});

test('two different passwords are refused at their field, and the name is kept', async ({ browser }) => {
  const deck = new Console();
  await deck.start();
  try {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(deck.setUpLink);
    await page.getByLabel('Name').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill('long enough, is it not');
    await page.getByLabel('Password again').fill('another one altogether');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(page.getByText('The two passwords differ')).toBeVisible();
    await expect(page.getByLabel('Password again')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Name')).toHaveValue('anna');
    await page.context().close();
  } finally {
    await deck.remove();
  }
});
