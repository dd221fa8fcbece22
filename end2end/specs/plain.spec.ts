import { row } from '../support/journeys.ts';
import { appName, expect, test } from '../support/test.ts';

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('an app is created, scaled, changed and taken back', async ({ page, deck }) => {
    const name = appName('plain');
    await page.goto('/apps/new?template=demo');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Reason').fill('by form alone');
    await page.locator('button[value=deploy]').click();
    await expect(page).toHaveURL(/\/deployments\//);
    const made = await deck.settled(name);

    await page.goto('/apps');
    await row(page, name).getByRole('button', { name: /One more/ }).click();
    await expect(row(page, name).getByRole('spinbutton')).toHaveValue(String(made.instances.wanted + 1));
    await deck.settled(name);

    await page.goto(`/environments/local/apps/${name}/edit`);
    await page.getByLabel('Memory per instance, MiB').fill('72');
    await page.locator('button[value=deploy]').click();
    await expect(page).toHaveURL(/\/deployments\//);
    await deck.settled(name);

    await page.goto(`/environments/local/apps/${name}/rollback?revision=1`);
    await page.getByRole('button', { name: /^Roll/ }).click();
    await expect(page).toHaveURL(/\/deployments\//);
    const back = await deck.settled(name);
    expect(back.definition.resources.memory_mb).toBe(made.definition.resources.memory_mb);
    await page.reload();
    await expect(page.getByText('Succeeded').first()).toBeVisible();
  });

  test('mistakes come back with what was typed', async ({ page }) => {
    await page.goto('/apps/new?template=demo');
    await page.getByLabel('Name', { exact: true }).fill('no good name');
    await page.getByLabel('Reason').fill('kept');
    await page.locator('button[value=deploy]').click();
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('no good name');
    await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Reason')).toHaveValue('kept');
  });

  test('language and theme are chosen by form', async ({ page }) => {
    await page.goto('/apps');
    await page.getByRole('button', { name: '中文' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
    await page.getByRole('button', { name: 'English' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
  });
});

test.describe('with JavaScript but no WebAssembly', () => {
  test.use({ expectedErrors: [/wasm|WebAssembly|Failed to fetch|ERR_FAILED|hydrat/i] });

  test('an app is scaled all the same', async ({ page, deck }) => {
    await page.route('**/*.wasm', (route) => route.abort());
    const name = appName('nowasm');
    await deck.createApp(name, 1);
    await page.goto('/apps');
    await row(page, name).getByRole('button', { name: /One more/ }).click();
    await expect(row(page, name).getByRole('spinbutton')).toHaveValue('2');
    const app = await deck.settled(name);
    expect(app.instances.wanted).toBe(2);
  });
});
