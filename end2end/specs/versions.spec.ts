import { type Console, type Json, demo } from '../support/console.ts';
import { alive } from '../support/journeys.ts';
import { type Page, appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

const TOLD = { commit: '4f2a9c1d77e0', branch: 'main', build_url: 'https://ci.example/7', notes: 'A faster basket.' };

/** An app that runs an uploaded version. */
async function runs(deck: Console, name: string, version: string): Promise<void> {
  const artifact = await deck.upload(name, version);
  await deck.createApp(name, 1, { ...demo(deck.binary), command: ['./server'], artifact, instances: 1 });
}

/** Uploads a version and tells of it, as a build does. */
async function tells(deck: Console, name: string, version: string): Promise<Json> {
  return deck.api('POST', '/releases', { artifact: await deck.upload(name, version), ...TOLD });
}

const versions = (name: string) => `/environments/local/apps/${name}/versions`;

function version(page: Page, tag: string) {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name: tag, exact: true }) });
}

test('a version is deployed from its row, marked as bad, refused, and brought out all the same', async ({ page, deck }) => {
  const name = appName('versions');
  await runs(deck, name, '1.0.0');
  await page.goto(versions(name));
  await alive(page);
  await tells(deck, name, '1.1.0');
  // A build told of it: its row appears by itself.
  await expect(version(page, '1.1.0')).toContainText('4f2a9c1d');
  await expect(version(page, '1.0.0')).toContainText('Running here');
  await expectAccessible(page);

  await version(page, '1.1.0').getByRole('link', { name: 'Deploy 1.1.0' }).click();
  await expect(page.getByText(`Deploy revision 2 of ${name}`)).toBeVisible();
  await page.getByLabel('Reason').fill('from its row');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  await deck.settled(name);

  await page.goto(versions(name));
  await expect(version(page, '1.1.0')).toContainText('Running here');
  await version(page, '1.0.0').getByRole('link', { name: 'Details 1.0.0' }).click();
  await page.getByLabel('What is wrong with it').fill('it leaks memory');
  await page.getByRole('button', { name: 'Mark as bad' }).click();
  await expect(version(page, '1.0.0')).toContainText('Bad, says captain: it leaks memory');
  await expect(page.getByRole('button', { name: 'Mark as good' })).toBeVisible();
  await expectAccessible(page);

  await version(page, '1.0.0').getByRole('link', { name: 'Deploy 1.0.0' }).click();
  await page.locator('button[value=deploy]').click();
  await expect(page.getByRole('alert').getByText('it leaks memory')).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel(/^Override: deploy although it is marked as bad/).check();
  await page.locator('button[value=deploy]').click();
  await expect(page.getByRole('link', { name: 'Reason' })).toBeVisible();
  await expect(page.getByLabel(/^Override/)).toBeChecked();
  await page.getByRole('textbox', { name: 'Reason' }).fill('there is no other way');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  const app = await deck.settled(name);
  expect(app.definition.artifact).toBe(`${name}/1.0.0`);
});

test('by keyboard alone: the details, the notes, a pin, and going back past it', async ({ page, deck }) => {
  const name = appName('pinned');
  await runs(deck, name, '1.0.0');
  const artifact = (await tells(deck, name, '1.1.0')).reference;
  await deck.api('PUT', `/environments/local/apps/${name}`, { artifact });
  await deck.settled(name);
  await page.goto(versions(name));
  await version(page, '1.1.0').getByRole('link', { name: 'Details 1.1.0' }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/release=/);
  await page.getByLabel('Notes').focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Holds for the sale.');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Save notes' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(version(page, '1.1.0')).toContainText('Holds for the sale.');

  await page.getByRole('button', { name: `Pin ${name} to 1.1.0` }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Held at' })).toBeVisible();
  await expect(version(page, '1.1.0')).toContainText('Pinned');

  await page.goto(`/environments/local/apps/${name}/rollback?revision=1`);
  await page.getByRole('button', { name: `Roll back ${name} to revision 1` }).focus();
  await page.keyboard.press('Enter');
  const past = page.getByLabel(/^Override: deploy although the app is pinned/);
  await expect(past).toBeVisible();
  await expectAccessible(page);
  await past.focus();
  await page.keyboard.press('Space');
  await page.getByLabel('Reason, for the history').fill('the sale is off');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/deployments\//);
  await deck.settled(name);

  await page.goto(versions(name));
  await page.getByRole('button', { name: 'Unpin' }).click();
  await expect(page.getByRole('heading', { name: 'Held at' })).toBeHidden();
});

test('an app that follows a range takes the next version by itself', async ({ page, deck }) => {
  const name = appName('follows');
  await runs(deck, name, '1.0.0');
  await page.goto(versions(name));
  await page.getByText('Follow new versions').click();
  await page.getByLabel('Rule').fill('newest');
  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  await expect(page.getByText('must be a range of versions').first()).toBeVisible();
  await page.getByLabel('Rule').fill('^1');
  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  await expect(page.getByText('the highest version in the range')).toBeVisible();
  await alive(page);
  await tells(deck, name, '1.2.0');
  await expect(version(page, '1.2.0')).toContainText('Running here', { timeout: 30_000 });
  await expect(page.getByText('became a deployment')).toBeVisible();
  await deck.settled(name);
  const { items } = await deck.api('GET', `/deployments?app=${name}`);
  expect(items[0].actor).toMatchObject({ kind: 'policy', name: 'auto-deploy' });
  await page.getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByText('a new version waits until somebody deploys it')).toBeVisible();
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('what runs here is promoted by its plan', async ({ page, deck }) => {
      const name = appName(javaScriptEnabled ? 'promoted' : 'plainly-promoted');
      await deck.environment('production', { protected: true });
      await runs(deck, name, '1.0.0');
      await page.goto(versions(name));
      await version(page, '1.0.0').getByRole('link', { name: 'Promote 1.0.0' }).click();
      await page.getByRole('link', { name: /^production/ }).click();
      await expect(page.getByText(`There is no ${name} in production yet`)).toBeVisible();
      await expect(page.getByText('Start 1 new instance')).toBeVisible();
      await page.getByLabel('Reason, for the history').fill('it has proved itself');
      // axe itself needs scripts.
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByRole('button', { name: 'Promote 1.0.0 to production' }).click();
      await expect(page).toHaveURL(/\/deployments\//);
      await deck.settled(name, 'production');

      const { reference } = await tells(deck, name, '1.1.0');
      await page.goto(versions(name));
      await version(page, '1.1.0').getByRole('link', { name: 'Deploy 1.1.0' }).click();
      await page.locator('button[value=deploy]').click();
      await expect(page).toHaveURL(/\/deployments\//);
      await deck.settled(name);
      await page.goto(`/environments/local/apps/${name}`);
      await page.locator('summary').and(page.getByLabel('More', { exact: true })).click();
      await page.getByRole('link', { name: 'Promote', exact: true }).click();
      await page.getByRole('link', { name: /^production/ }).click();
      await expect(page.getByText('production runs 1.0.0 now')).toBeVisible();
      await page.getByRole('button', { name: 'Promote 1.1.0 to production' }).click();
      await expect(page).toHaveURL(/\/deployments\//);
      expect((await deck.settled(name, 'production')).definition.artifact).toBe(reference);
      await page.goto(`/environments/local/apps/${name}/promote?to=production`);
      await expect(page.getByText('production already runs 1.1.0')).toBeVisible();
    });
  });
}

test('a repository has its own page, from which an app takes a version', async ({ page, deck }) => {
  const name = appName('repository');
  await runs(deck, name, '1.0.0');
  await tells(deck, name, '1.1.0');
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Images' }).click();
  await page.getByLabel('Find a repository').fill(name);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=/);
  await page.getByRole('link', { name, exact: true }).click();
  await alive(page);
  await expect(version(page, '1.0.0').getByRole('link', { name: `local/${name}` })).toBeVisible();
  await version(page, '1.1.0').getByRole('link', { name: 'Deploy 1.1.0' }).click();
  await expectAccessible(page);
  await page.locator('.release-deeds').getByRole('link', { name: `local/${name}` }).click();
  await expect(page.getByText(`Deploy revision 2 of ${name}`)).toBeVisible();
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
  expect((await deck.settled(name)).definition.artifact).toBe(`${name}/1.1.0`);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test('the details of a version fit', async ({ page, deck }) => {
    const name = appName('narrow');
    await runs(deck, name, '1.0.0');
    const { id } = await tells(deck, name, '1.1.0');
    await page.goto(`${versions(name)}?release=${id}`);
    await expect(page.getByRole('button', { name: 'Mark as bad' })).toBeVisible();
    await expectNoSideways(page);
    await expectAccessible(page);
  });
});
