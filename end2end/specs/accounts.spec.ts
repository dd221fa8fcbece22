import { ADMIN, appName, expect, expectAccessible, test } from '../support/test.ts';

test('signing in, going where one wanted to go, and out again', async ({ visitor, signedIn }) => {
  expect(signedIn.cookies).not.toHaveLength(0);
  await visitor.goto('/deployments?kind=scale');
  await expect(visitor).toHaveURL(/\/sign-in/);
  await expectAccessible(visitor);
  await visitor.getByLabel('Name').fill(ADMIN.name);
  await visitor.getByLabel('Password').fill(ADMIN.password);
  await visitor.getByRole('button', { name: 'Sign in' }).click();
  await expect(visitor).toHaveURL(/\/deployments\?kind=scale/);
  await visitor.goto('/sign-out');
  await visitor.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
  await expect(visitor).toHaveURL(/\/sign-in/);
  await visitor.goto('/apps');
  await expect(visitor).toHaveURL(/\/sign-in/);
});

test('a wrong password is refused without saying which of the two is wrong', async ({ visitor, signedIn }) => {
  expect(signedIn.cookies).not.toHaveLength(0);
  await visitor.goto('/sign-in');
  await visitor.getByLabel('Name').fill(ADMIN.name);
  await visitor.getByLabel('Password').fill('certainly not this');
  await visitor.getByRole('button', { name: 'Sign in' }).click();
  await expect(visitor.getByRole('alert')).toBeVisible();
  await expect(visitor.getByLabel('Name')).toHaveValue(ADMIN.name);
  await expect(visitor.getByLabel('Password')).toHaveValue('');
});

test('a viewer sees everything and may change nothing', async ({ visitor, deck }) => {
  const app = appName('viewed');
  await deck.createApp(app, 1);
  const viewer = { name: appName('viewer'), password: 'only here to look around' };
  await deck.api('POST', '/users', { ...viewer, role: 'viewer' });
  await visitor.goto('/sign-in');
  await visitor.getByLabel('Name').fill(viewer.name);
  await visitor.getByLabel('Password').fill(viewer.password);
  await visitor.getByRole('button', { name: 'Sign in' }).click();
  await visitor.goto('/apps');
  const row = visitor.getByRole('row').filter({ has: visitor.getByRole('link', { name: app, exact: true }) });
  await expect(row).toBeVisible();
  await expect(row.getByRole('button', { name: /One more/ })).toBeDisabled();
  const answer = await visitor.request.post(`${deck.url}/api/v1/environments/local/apps/${app}/scale`, {
    data: { instances: 5 },
    headers: { origin: deck.url },
  });
  expect(answer.status()).toBe(403);
});

test('a token is shown once, works, and works no more once revoked', async ({ page, deck }) => {
  const name = appName('ci');
  await page.goto('/settings/tokens');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create token' }).click();
  const secret = (await page.locator('#secret').innerText()).trim();
  expect(secret).toMatch(/^qd_/);
  const ask = async () =>
    (await fetch(`${deck.url}/api/v1/apps`, { headers: { authorization: `Bearer ${secret}` } })).status;
  expect(await ask()).toBe(200);
  await page.goto('/settings/tokens');
  await expect(page.getByText(secret)).toHaveCount(0);
  await page.getByRole('row').filter({ hasText: name }).getByRole('button', { name: /Revoke/ }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).toHaveCount(0);
  expect(await ask()).toBe(401);
});
