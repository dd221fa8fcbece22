import { alive } from '../support/journeys.ts';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

/** Figures are taken every 15 s, rules asked every 10 s. */
const ROUNDS = { timeout: 50_000 };

test('an alert fires, is acknowledged, silenced and resolved', async ({ page, deck }) => {
  test.setTimeout(180_000);
  const name = appName('crowded');
  await deck.createApp(name, 2);
  await page.goto('/alerts/rules');
  await expect(page.getByRole('row').filter({ hasText: 'crash-loop' })).toContainText('built in');
  await page.getByText('Add a rule').click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Query').fill(`quarterdeck_app_ready_instances{app="${name}"}`);
  await page.getByLabel('Threshold').fill('1');
  await page.getByLabel('For', { exact: true }).fill('0s');
  await page.getByLabel('Severity', { exact: true }).selectOption('critical');
  await page.getByLabel('Summary').fill('{{app}} has {{value}} instances');
  // What it would say, as soon as the first figures are there; what was typed stays.
  await expect(async () => {
    await page.getByRole('button', { name: 'What would it say now?' }).click();
    await expect(page.getByRole('main').getByRole('status')).toContainText(`${name} has 2 instances`, { timeout: 2_000 });
  }).toPass(ROUNDS);
  await expect(page.getByLabel('Threshold')).toHaveValue('1');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/alerts/rules/${name}$`));

  // The open page hears of it.
  await page.goto('/alerts');
  await alive(page);
  const group = page.getByRole('region', { name, exact: true });
  await expect(group.getByText(`${name} has 2 instances`)).toBeVisible(ROUNDS);
  await expect(group.getByText('Critical')).toBeVisible();
  await expectAccessible(page);
  await page.goto('/');
  const wrong = page.locator('[data-live=wrong]');
  await expect(wrong.getByRole('listitem').filter({ hasText: `${name} has 2 instances` })).toBeVisible();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Alerts [1-9]/ }).click();

  await group.getByRole('button', { name: /^Acknowledge/ }).click();
  await expect(group.getByText(/acknowledged by captain/)).toBeVisible();
  await expect(group.getByRole('button', { name: /^Acknowledge/ })).toHaveCount(0);
  await group.getByLabel(/^Silence for/).selectOption('4h');
  await group.getByRole('button', { name: /^Silence/ }).click();
  await expect(group.getByText(/silenced until/)).toBeVisible();
  await page.goto('/');
  await expect(wrong.getByText(`${name} has 2 instances`)).toHaveCount(0);
  await page.goto('/alerts/silences');
  await expect(page.getByRole('row').filter({ hasText: `app=${name}` })).toContainText('captain');

  await page.goto(`/environments/local/apps/${name}/alerts`);
  await alive(page);
  await expect(group.getByText(`${name} has 2 instances`)).toBeVisible();
  await expectAccessible(page);
  await deck.api('POST', `/environments/local/apps/${name}/scale`, { instances: 1 });
  await expect(page.getByText('No alert names this app')).toBeVisible(ROUNDS);
  const record = page.getByRole('row').filter({ hasText: `${name} has 2 instances` });
  await expect(record).toContainText('captain');
  await expect(record).not.toContainText('still firing');
  await page.goto('/alerts');
  await expect(page.getByRole('region', { name: 'Lately resolved' })).toContainText(name);

  await page.goto(`/alerts/rules/${name}`);
  await expect(page.getByRole('img', { name: /quarterdeck_app_ready_instances/ })).toBeVisible();
  await expect(page.locator('.plot line.mark')).toHaveCount(1);
  await expect(page.locator('.plot line.limit')).toHaveCount(1);
  await expectAccessible(page);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('rules are kept, refused and removed, and silences begun and ended', async ({ page }) => {
    const name = appName('plain');
    await page.goto('/alerts/rules');
    await page.getByText('Add a rule').click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Query').fill('sum(up');
    await page.getByLabel('Threshold').fill('much');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('Threshold');
    await expect(page.getByLabel('Query')).toHaveValue('sum(up');
    await page.getByLabel('Threshold').fill('5');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('Query');
    await page.getByLabel('Query').fill('vector(7)');
    await page.getByLabel('For', { exact: true }).fill('0s');
    await page.getByLabel('Labels').fill(`team=${name}`);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
    await expect(page.getByRole('img', { name: 'vector(7)' })).toBeVisible();
    const group = page.getByRole('region', { name, exact: true });
    await expect(async () => {
      await page.goto('/alerts');
      await expect(group).toBeVisible({ timeout: 500 });
    }).toPass(ROUNDS);
    await group.getByRole('link', { name: /Silence this one/ }).click();
    await expect(page.getByLabel('Labels')).toHaveValue(new RegExp(`team=${name}`));
    await page.getByLabel('For', { exact: true }).fill('soon');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.getByLabel('For', { exact: true }).fill('2h');
    await page.getByLabel('Reason').fill('a planned move');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    const silence = page.getByRole('row').filter({ hasText: `team=${name}` });
    await expect(silence).toContainText('a planned move');
    await silence.getByRole('button', { name: /^End/ }).click();
    await expect(silence).toHaveCount(0);

    await page.goto(`/alerts/rules/${name}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSideways(page);
    await page.getByRole('button', { name: 'Remove this rule' }).click();
    await expect(page).toHaveURL(/\/alerts\/rules$/);
    await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
  });

  test('a rule of every console is changed and put back', async ({ page }) => {
    await page.goto('/alerts/rules/certificate-ends');
    await page.getByLabel('Switched on').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('main').getByRole('status')).toContainText('Saved');
    await page.goto('/alerts/rules');
    const row = page.getByRole('row').filter({ hasText: 'certificate-ends' });
    await expect(row).toContainText('off');
    await expect(row).toContainText('changed');
    await row.getByRole('link').click();
    await page.getByRole('button', { name: 'Put back' }).click();
    await expect(page.getByLabel('Switched on')).toBeChecked();
    await expect(page.getByRole('button', { name: 'Put back' })).toHaveCount(0);
  });
});
