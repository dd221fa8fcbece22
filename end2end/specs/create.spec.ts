import { demo } from '../support/console.ts';
import { createByForm, editorLives } from '../support/journeys.ts';
import { appName, expect, expectAccessible, test } from '../support/test.ts';

test('from a template to a healthy app', async ({ page, deck }) => {
  const name = appName('template');
  await page.goto('/apps/new');
  await page.getByRole('link', { name: /Demo server/ }).click();
  await expect(page.getByLabel('Name', { exact: true })).not.toHaveValue('');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Reason').fill('to try it');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 30_000 });
  const app = await deck.settled(name);
  expect(app.status).toBe('running');
  const { items } = await deck.api('GET', `/deployments?app=${name}`);
  expect(items[0]).toMatchObject({ kind: 'create', reason: 'to try it', actor: { kind: 'user' } });
});

test('every mistake is shown at its field, and in the list above', async ({ page }) => {
  await page.goto('/apps/new?template=demo');
  await page.getByLabel('Name', { exact: true }).fill('Not A Name');
  await page.getByLabel('Instances', { exact: true }).fill('99999');
  await page.getByLabel('CPU cores per instance').fill('0');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/apps\/new/);
  for (const label of ['Name', 'Instances', 'CPU cores per instance']) {
    await expect(page.getByLabel(label, { exact: true })).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page.getByText(/Mend 3 mistakes/)).toBeVisible();
  await expectAccessible(page);
});

test('the form and the JSON are one definition', async ({ page, deck }) => {
  const name = appName('twin');
  await page.goto('/apps/new?template=demo');
  await page.getByLabel('Name', { exact: true }).fill(name);
  const json = page.getByRole('textbox', { name: 'Definition as JSON' });
  await page.getByLabel('Memory per instance, MiB').fill('96');
  await expect(json).toHaveValue(/"memory_mb": 96/);

  const definition = { ...demo(deck.binary), instances: 1, env: { COLOUR: 'teal' } };
  await json.fill(JSON.stringify(definition, null, 2));
  await expect(page.getByLabel('Memory per instance, MiB')).toHaveValue('64');
  await json.fill('{ "command": ');
  await expect(page.getByText('The JSON has a mistake', { exact: false })).toBeVisible();
  await json.fill(JSON.stringify(definition, null, 2));
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  const app = await deck.settled(name);
  expect(app.definition.env).toEqual({ COLOUR: 'teal' });
});

test('what is typed before the scripts have come counts when they come', async ({ page }) => {
  await page.route('**/pkg/**', async (route) => {
    await new Promise((done) => setTimeout(done, 1_500));
    await route.continue();
  });
  await page.goto('/apps/new?template=demo', { waitUntil: 'commit' });
  await page.getByLabel('Memory per instance, MiB').fill('96');
  await expect(page.locator('body.twin-live')).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: 'Definition as JSON' })).toHaveValue(/"memory_mb": 96/);
});

test('a refusal that came before the scripts stays when they come, and they ask nothing by themselves', async ({ page, deck }) => {
  const name = appName('taken');
  await deck.createApp(name, 1);
  await page.route('**/pkg/**', async (route) => {
    await new Promise((done) => setTimeout(done, 1_500));
    await route.continue();
  });
  await page.goto('/apps/new?template=demo', { waitUntil: 'commit' });
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.locator('button[value=deploy]').click();
  await expect(page.getByRole('alert').getByText(name)).toBeVisible();
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.method() === 'POST')));
  await editorLives(page);
  await page.waitForTimeout(1_000);
  await expect(page.getByRole('alert').getByText(name)).toBeVisible();
  expect(asked).toBe(0);
});

test('lines of a file become variables, and what runs can be changed and changed back', async ({ page }) => {
  await page.goto('/apps/new?template=demo');
  await editorLives(page);
  const json = page.getByRole('textbox', { name: 'Definition as JSON' });
  await page.getByRole('button', { name: 'Add a variable' }).click();
  const variable = page.locator('[id="row/env/0"] input').first();
  await expect(variable).toBeFocused();
  await variable.evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', '# of the shop\nCOLOUR=teal\nexport SIZE="very large"');
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect(json).toHaveValue(/"COLOUR": "teal"/);
  await expect(json).toHaveValue(/"SIZE": "very large"/);
  await page.getByRole('button', { name: 'Remove COLOUR' }).click();
  await expect(json).not.toHaveValue(/COLOUR/);

  await page.getByRole('button', { name: /^Artifact/ }).click();
  await page.getByLabel('Artifact', { exact: true }).fill('shop/1.0.0');
  await expect(json).toHaveValue(/"artifact": "shop\/1.0.0"/);
  await page.getByRole('button', { name: /^Command/ }).click();
  await expect(page.getByLabel('Artifact', { exact: true })).toBeHidden();
  await expect(json).not.toHaveValue(/artifact/);
  await page.getByRole('button', { name: /^Artifact/ }).click();
  await expect(page.getByLabel('Artifact', { exact: true })).toHaveValue('shop/1.0.0');
});

test('a name that is taken is said where it is typed', async ({ page, deck }) => {
  const name = appName('taken');
  await deck.createApp(name, 1);
  await page.goto('/apps/new?template=demo');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await expect(page.getByRole('region', { name: 'What will happen' })).toContainText(`There is an app ${name} here already`);
  await page.locator('button[value=deploy]').click();
  await expect(page.getByRole('alert').filter({ hasText: name }).first()).toBeVisible();
});

test('a template suggests a name that is free', async ({ page, deck }) => {
  await page.goto('/apps/new?template=shell');
  const first = await page.getByLabel('Name', { exact: true }).inputValue();
  await deck.createApp(first, 1);
  await page.goto('/apps/new?template=shell');
  await expect(page.getByLabel('Name', { exact: true })).not.toHaveValue(first);
});

test('the page of the deployment shows it come up live', async ({ page, deck }) => {
  const name = appName('watch');
  await createByForm(page, name);
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 30_000 });
  await deck.settled(name);
});
