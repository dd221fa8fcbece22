import { appName, expect, expectAccessible, test } from '../support/test.ts';

const RULES = '/settings/environments/staging';
const NEVER = '2099-01-01T00:00';

/** An environment of its own, so that nothing else is kept out. */
test.beforeEach(async ({ deck }) => {
  const { items } = await deck.api('GET', '/environments');
  const body = { name: 'staging', engine: { kind: 'local' }, rules: {} };
  if (items.some((each: { name: string }) => each.name === 'staging')) await deck.api('PUT', '/environments/staging', body);
  else await deck.api('POST', '/environments', body);
});

test.describe.configure({ mode: 'serial' });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a calendar and a freeze are written, mended and taken away', async ({ page, deck }) => {
      await page.goto(RULES);
      await page.getByLabel('Time zone').fill('Europe/Nowhere');
      const monday = page.getByRole('group', { name: 'Window 1' });
      await monday.getByText('Mon').click();
      await monday.getByLabel('From').fill('9 am');
      await monday.getByLabel('To').fill('17:00');
      await page.getByRole('button', { name: 'Save rules' }).last().click();
      await expect(page.getByText('must be a time zone such as')).toBeVisible();
      await expect(page.getByText('Window 1, From:')).toBeVisible();
      await expect(monday.getByLabel('From')).toHaveValue('9 am');
      await expect(monday.getByLabel('From')).toHaveAttribute('aria-invalid', 'true');

      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await monday.getByLabel('From').fill('09:00');
      const freeze = page.getByRole('group', { name: 'Freeze 1' });
      await freeze.getByLabel('Name').fill('Holidays');
      await freeze.getByLabel('From').fill('2026-07-01T09:00');
      await freeze.getByLabel('To').fill(NEVER);
      await page.getByRole('button', { name: 'Save rules' }).last().click();
      await expect(page.getByText('Saved.')).toBeVisible();
      await expect(page.getByText('Closed for new versions')).toBeVisible();
      const { rules } = await deck.api('GET', '/environments/staging');
      expect(rules.windows).toEqual([{ days: ['mon'], from: '09:00', to: '17:00' }]);
      // Nine o'clock in Berlin, in summer.
      expect(rules.freezes[0]).toMatchObject({ name: 'Holidays', from: '2026-07-01T07:00:00.000Z' });

      await page.getByRole('button', { name: 'Another freeze' }).click();
      await expect(page.getByRole('group', { name: 'Freeze 3' })).toBeVisible();
      await page.getByRole('button', { name: 'Remove Freeze 1' }).click();
      await expect(page.getByRole('group', { name: 'Freeze 1' }).getByLabel('Name')).toHaveValue('');
      await page.getByRole('button', { name: 'Save rules' }).last().click();
      await expect(page.getByText('Saved.')).toBeVisible();
      const now = await deck.api('GET', '/environments/staging');
      expect(now.rules.freezes ?? []).toEqual([]);
      // axe itself needs scripts.
      if (javaScriptEnabled) await expectAccessible(page);
    });
  });
}

test('a closed environment says so, and an administrator goes past it with a reason', async ({ page, deck }) => {
  const freezes = [{ name: 'Holidays', from: '2020-01-01T00:00:00.000Z', to: `${NEVER}:00.000Z` }];
  const put = (rules: object) => deck.api('PUT', '/environments/staging', { name: 'staging', engine: { kind: 'local' }, rules });
  await put({ freezes });
  const name = appName('closed');
  await page.goto('/apps/new?template=demo&environment=staging');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await expect(page.getByText('freeze “Holidays”').first()).toBeVisible();
  await page.locator('textarea[name=reason]').fill('cannot wait');
  await page.locator('button[value=deploy]').click();
  await expect(page.getByRole('alert').getByText('staging is frozen (Holidays)')).toBeVisible();
  await page.getByLabel(/^Override/).check();
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText(/overrode Holidays/)).toBeVisible({ timeout: 20_000 });
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const app = await deck.api('GET', `/environments/staging/apps/${name}`);
    if (!app.deployment) break;
    await new Promise((done) => setTimeout(done, 100));
  }

  await page.goto(`/environments/staging/apps/${name}`);
  await expect(page.getByText('freeze “Holidays”')).toBeVisible();
  await page.getByText('Restart', { exact: true }).click();
  const ask = page.locator('form').filter({ has: page.getByRole('button', { name: 'Restart now' }) });
  await ask.locator('input[name=reason]').fill('leaks');
  await ask.getByLabel(/^Override/).check();
  await ask.getByRole('button', { name: 'Restart now' }).click();
  await expect.poll(async () => (await deck.api('GET', `/deployments?app=${name}&kind=restart`)).items.length).toBe(1);
  await put({});
});
