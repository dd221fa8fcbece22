import { alive, editorLives } from '../support/journeys.ts';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

test('a staged strategy with a check is written by mouse and keyboard', async ({ page, deck }) => {
  const name = appName('staged');
  await page.goto('/apps/new?template=demo');
  await editorLives(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Instances', { exact: true }).fill('4');
  await page.getByRole('button', { name: /^Careful/ }).click();
  await expect(page.getByRole('button', { name: /^Careful/ })).toHaveAttribute('aria-pressed', 'true');
  const step = (number: number) => page.getByRole('group', { name: `Step ${number}`, exact: true });
  await expect(step(3).getByLabel('Count or share')).toHaveValue('50%');
  await expect(step(3)).toContainText('2 of 4');

  // By keyboard alone: one more step, another kind of it, up it goes; the keyboard stays with it.
  await page.getByRole('button', { name: 'Wait', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(step(6).getByLabel('What the step does')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('2s');
  await expect(step(6).getByLabel('Time')).toHaveValue('2s');
  await step(6).getByRole('button', { name: 'Move step 6 up' }).focus();
  await page.keyboard.press('Enter');
  await expect(step(5).getByRole('button', { name: 'Move step 5 up' })).toBeFocused();
  await expect(step(5).getByLabel('Time')).toHaveValue('2s');
  await step(2).getByLabel('Time').fill('2s');
  await step(4).getByLabel('What the step does').selectOption('Approval');
  await step(4).getByLabel('People needed').fill('2');
  await step(4).getByRole('button', { name: 'Remove step 4' }).click();
  await expect(step(5).getByLabel('Count or share')).toHaveValue('100%');

  // A mistake is said at its field, and gone when it is mended.
  await step(2).getByLabel('Time').fill('soon');
  await expect(step(2).getByText(/must be a duration/)).toBeVisible();
  await expect(step(2).getByLabel('Time')).toHaveAttribute('aria-invalid', 'true');
  await step(2).getByLabel('Time').fill('3s');

  const checks = page.getByRole('group', { name: 'Checks', exact: true });
  await checks.getByRole('button', { name: 'Log lines' }).click();
  const log = page.getByRole('group', { name: 'Check 2', exact: true });
  await log.getByLabel('Pattern').fill('ERROR(');
  // Only the server knows patterns.
  await expect(log.getByText(/not a regular expression.*character 6/)).toBeVisible();
  await log.getByLabel('Pattern').fill('ERROR');
  await expect(log.getByText(/not a regular expression/)).toBeHidden();
  await log.getByLabel('Times').fill('3');

  const plan = page.getByRole('region', { name: 'What will happen' });
  await expect(plan.getByText(/Nothing ran before/)).toBeVisible();
  await expect(plan.getByText('Verify for 3s')).toBeVisible();
  await expect(page.locator('.plan.stale')).toHaveCount(0);
  // What stands half below the bar at the top is no target.
  await page.evaluate(() => scrollTo(0, 0));
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 780 });
  await expectNoSideways(page);

  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  const { definition } = await deck.settled(name);
  expect(definition.strategy.kind).toBe('staged');
  expect(definition.strategy.steps).toEqual([{ set: 1 }, { verify: '3s' }, { set: '50%' }, { wait: '2s' }, { set: '100%' }]);
  expect(definition.checks.map((check: { name: string; kind: string }) => [check.name, check.kind])).toEqual([
    ['work', 'http'],
    ['errors', 'log'],
  ]);
  expect(definition.checks[1]).toMatchObject({ pattern: 'ERROR', max: 3 });

  // The next change is planned with its steps, counts and times.
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`/environments/local/apps/${name}/edit`);
  await editorLives(page);
  await page.getByLabel('Memory per instance, MiB').fill('96');
  await expect(plan.getByText('Watch them for 3s and ask: work, errors')).toBeVisible();
  await expect(plan.getByText('Wait for 2s')).toBeVisible();
  await expect(plan.getByText(/Takes at least 5s/)).toBeVisible();
  await page.goto(`/environments/local/apps/${name}`);
  await alive(page);
  await expect(page.getByText(/\/ERROR\/ at most 3 times in 1m/)).toBeVisible();
  await expect(page.getByText('50 % new')).toBeVisible();
});

test('each kind of check and strategy has its fields, and what the form does not know stays', async ({ page }) => {
  await page.goto('/apps/new?template=demo');
  await editorLives(page);
  const json = page.getByRole('textbox', { name: 'Definition as JSON' });
  const strategy = page.getByRole('group', { name: 'Release strategy' });
  await page.getByRole('button', { name: /^Blue\/green/ }).click();
  await strategy.getByLabel('Before the switch').selectOption('People have to approve');
  await strategy.getByLabel('People needed').fill('2');
  await expect(json).toHaveValue(/"approve": \{ "approvers": 2 \}/);
  await page.getByRole('button', { name: /^Cannot run twice/ }).click();
  await expect(strategy.getByLabel('Keep the old ones for')).toBeHidden();
  await strategy.getByLabel('Kind', { exact: true }).selectOption('Staged: step by step');
  // What is read before the JSON follows the form would undo the choice.
  await expect(json).toHaveValue(/"kind": "staged"/);

  const check = page.getByRole('group', { name: 'Check 1', exact: true });
  await json.fill((await json.inputValue()).replace('"kind": "http"', '"kind": "http", "note": 1'));
  await check.getByLabel('What is asked').selectOption('Metric');
  await expect(json).toHaveValue(/"note": 1/);
  await expect(check.getByLabel('Query')).toHaveValue(/quarterdeck_instance_cpu_cores/);
  await check.getByLabel('Is good when').selectOption('it is like the old version');
  await check.getByLabel('Compared by').selectOption('Mann-Whitney test');
  await check.getByLabel('Confidence').fill('0.95');
  await expect(json).toHaveValue(/"confidence": 0.95/);
  await check.getByLabel('Is good when').selectOption('its value lies within limits');
  await check.getByLabel('At most').fill('');
  await expect(check.getByLabel('At most')).toBeVisible();
  await check.getByText('More settings').click();
  await check.getByLabel(/Only look/).check();
  await expect(json).toHaveValue(/"observe_only": true/);
  await json.fill((await json.inputValue()).replace(/,\s*"note": 1/, ''));
  await check.getByLabel('At most').fill('0.8');
  await check.getByLabel('Query').fill('sum(rate(');
  await expect(check.getByText(/is not a query/)).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a staged strategy with a check is written by form alone', async ({ page, deck }) => {
    const name = appName('plainly');
    await page.goto('/apps/new?template=demo');
    await page.getByLabel('Name', { exact: true }).fill(name);
    const step = (number: number) => page.getByRole('group', { name: `Step ${number}`, exact: true });
    const check = (number: number) => page.getByRole('group', { name: `Check ${number}`, exact: true });
    const plan = page.getByRole('button', { name: 'Show the plan' });

    // A kind brings its fields with the next answer.
    await step(4).getByLabel('What the step does').selectOption('Wait for');
    await check(2).getByLabel('What is asked').selectOption('Restarts');
    await plan.click();
    await step(4).getByLabel('Time').fill('1s');
    await step(4).getByLabel('Place').fill('3');
    await step(2).getByLabel('Time').fill('soon');
    await check(2).getByLabel('Restarts at most').fill('1');
    await plan.click();
    await expect(step(2).getByText(/must be a duration/)).toBeVisible();
    await expect(step(3).getByLabel('Time')).toHaveValue('1s');
    await expect(step(4).getByLabel('Count or share')).toHaveValue('100%');
    await step(2).getByLabel('Time').fill('2s');
    await check(3).getByLabel('What is asked').selectOption('Log lines');
    await plan.click();
    await check(3).getByLabel('Pattern').fill('(');
    await plan.click();
    await expect(check(3).getByText(/not a regular expression/)).toBeVisible();
    await check(3).getByLabel('Remove', { exact: true }).check();
    await page.locator('button[value=deploy]').click();
    await expect(page).toHaveURL(/\/deployments\//);
    const { definition } = await deck.settled(name);
    expect(definition.strategy.steps).toEqual([{ set: 1 }, { verify: '2s' }, { wait: '1s' }, { set: '100%' }]);
    expect(definition.checks.map((each: { kind: string }) => each.kind)).toEqual(['http', 'restarts']);
    expect(definition.checks[1]).toMatchObject({ max: 1, window: '5m' });
  });
});
