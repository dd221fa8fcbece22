import { alive } from '../support/journeys.ts';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

const tab = (name: string) => `/environments/local/apps/${name}/scaling`;

/** A date and time as its field takes it, so many minutes from now, by the clocks of UTC. */
function reading(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled, timezoneId: 'UTC' });

    test('an entry of the calendar lifts the count at once, and is switched off again', async ({ page, deck }) => {
      const name = appName(javaScriptEnabled ? 'sale' : 'plain-sale');
      await deck.createApp(name, 1);
      await page.goto(tab(name));
      await expect(page.getByText('1 instance, set by a person')).toBeVisible();
      await page.getByText('Add a date').click();
      const form = page.locator('form').filter({ has: page.locator('input[value=once]') });
      await form.getByLabel('Name').fill('sale');
      await form.getByLabel('From').fill(reading(-5));
      await form.getByLabel('To', { exact: true }).fill(reading(60));
      await form.getByLabel('Instances').fill('3');
      await form.getByRole('button', { name: 'Add' }).click();
      await expect(page.getByRole('row', { name: /sale.*at least 3/ })).toBeVisible();
      await deck.settled(name);
      if (!javaScriptEnabled) await page.reload();
      await expect(page.getByText('3 instances, set by the entry sale')).toBeVisible();
      await expect(page.getByText('holds now')).toBeVisible();
      await expect(page.locator('.month .chip').first()).toHaveText('sale ≥ 3');
      if (javaScriptEnabled) await expectAccessible(page);
      const { items } = await deck.api('GET', `/deployments?app=${name}&limit=1`);
      expect(items[0].actor).toMatchObject({ kind: 'policy', name: 'schedule' });

      await page.getByRole('button', { name: 'Switch off sale' }).click();
      await expect(page.getByText('switched off')).toBeVisible();
      await expect
        .poll(async () => (await deck.api('GET', `/environments/local/apps/${name}`)).instances.wanted)
        .toBe(1);
      await page.getByRole('button', { name: 'Remove sale' }).click();
      await expect(page.getByText('No entries.', { exact: false })).toBeVisible();
    });
  });
}

test('a mistake stands at its field, and what was typed stays', async ({ page, deck }) => {
  const name = appName('mistaken');
  await deck.createApp(name, 1);
  await page.goto(tab(name));
  await page.getByText('Add a repetition').click();
  const form = page.locator('form').filter({ has: page.locator('input[value=recurring]') });
  await form.getByLabel('Name').fill('night');
  await form.getByLabel('Begins (cron)').fill('0 25 * * *');
  await form.getByLabel('Time zone').fill('Mars/Base');
  await form.getByLabel('Instances').fill('2');
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(form.getByLabel('Begins (cron)')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('Begins (cron)')).toHaveValue('0 25 * * *');
  await expect(form.locator('em')).toHaveCount(2);
  await expectAccessible(page);
});

test('a policy is tried on the last day, set, and its decision with its numbers is in the history', async ({ page, deck }) => {
  const name = appName('policy');
  await deck.createApp(name, 1);
  await page.goto(tab(name));
  await alive(page);
  await page.getByText('Set up').click();
  const form = page.locator('.scaling-form').first();
  await form.getByLabel('At most').fill('4');
  await form.getByLabel('CPU target, %').fill('');
  await form.getByText('Query target').first().click();
  await form.getByLabel('Query target').fill('vector(6)');
  await form.getByLabel('Value', { exact: true }).fill('2');
  await form.getByRole('button', { name: 'Try on the last day' }).click();
  await expect(page.getByText('What it would have done in the last 24 hours')).toBeVisible();
  await expect(form.getByLabel('At most')).toHaveValue('4');
  await expectAccessible(page);
  await form.getByLabel('Mode').selectOption('on');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('1 to 4 instances: vector(6) = 2')).toBeVisible();
  await expect(page.getByText('3 instances, set by the autoscaler')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('row', { name: /1 → 3.*vector\(6\) 6.00 of 2.00/ })).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSideways(page);
  await page.getByRole('button', { name: 'Remove the policy' }).click();
  await expect(page.getByText('No policy:', { exact: false })).toBeVisible();
});

test('a project is scaled by a factor, after a look at what it does, and put back', async ({ page, deck }) => {
  const project = `fleet-${process.pid}`;
  const names = [appName('one'), appName('two')];
  for (const name of names) await deck.createApp(name, 1, { project });
  await page.goto(`/apps/surge?environment=local&project=${project}`);
  await page.getByLabel('Name').fill('sale');
  await page.getByLabel('Factor').fill('3');
  await page.getByRole('button', { name: 'Show what it does' }).click();
  await expect(page.getByRole('status').getByText('1 → 3')).toHaveCount(2);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Scale now' }).click();
  await expect(page.getByRole('row', { name: /sale/ })).toBeVisible();
  for (const name of names) {
    await expect
      .poll(async () => (await deck.api('GET', `/environments/local/apps/${name}`)).instances.healthy, { timeout: 30_000 })
      .toBe(3);
  }
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Put back sale' }).click();
  await expect(page.getByRole('row', { name: /sale/ })).toHaveCount(0);
  for (const name of names) {
    await expect
      .poll(async () => (await deck.api('GET', `/environments/local/apps/${name}`)).instances.wanted, { timeout: 30_000 })
      .toBe(1);
  }
});
