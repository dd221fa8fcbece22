import { spawnSync } from 'node:child_process';
import type { Console } from '../support/console.ts';
import { alive, editorLives } from '../support/journeys.ts';
import { Registry } from '../support/registry.ts';
import { type Page, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

const missing = spawnSync('docker-registry', ['--version']).error !== undefined;
test.skip(missing, 'docker-registry is not here');

const LABELS = { 'org.opencontainers.image.revision': '4f2a9c1d77e0', 'org.opencontainers.image.source': 'https://git.example/shop' };

const registry = new Registry();
test.beforeAll(async () => registry.start());
test.afterAll(() => registry.stop());

/** Has the console know the registry, and waits until it knows the tag. */
async function knows(deck: Console, name: string, tag: string): Promise<void> {
  const { items } = await deck.api('GET', '/registries');
  const known = items.find((each: { host: string }) => each.host === registry.host);
  const hub = known ?? (await deck.api('POST', '/registries', { name: `hub-${registry.host.split(':')[1]}`, url: registry.url, poll: '1h' })).registry;
  if (known) await deck.api('POST', `/registries/${hub.name}/sync`);
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const tags = await deck.api('GET', `/registries/${hub.name}/repositories/${name}/tags`).catch(() => ({ items: [] }));
    if (tags.items.some((each: { name: string }) => each.name === tag)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${name}:${tag} does not show\n${deck.output()}`);
}

function row(page: Page, tag: string) {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name: tag, exact: true }) });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a tag is found, looked at, and chosen for a new app', async ({ page, deck }) => {
      const name = javaScriptEnabled ? 'found/api' : 'plain/api';
      await registry.push(name, '1.4.1');
      const digest = await registry.push(name, '1.4.2', LABELS);
      await knows(deck, name, '1.4.2');
      await page.goto('/images');
      await page.getByLabel('Find a repository').fill(name);
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: `${registry.host}/${name}` }).click();
      await expect(row(page, '1.4.2')).toContainText('4f2a9c1d');
      await expect(row(page, '1.4.2')).toContainText(digest.slice(7, 19));
      await page.getByLabel('Find a tag').fill('4.2');
      await page.keyboard.press('Enter');
      await expect(row(page, '1.4.1')).toHaveCount(0);
      await page.getByRole('link', { name: 'Deploy 1.4.2' }).click();
      await expect(page).toHaveURL(/tag=1\.4\.2/);
      await expect(page.getByText(digest, { exact: true })).toBeVisible();
      if (javaScriptEnabled) await expectAccessible(page);
      await page.locator('.release-deeds').getByRole('link', { name: 'New app' }).click();
      await expect(page.getByLabel('Image', { exact: true })).toHaveValue(`${registry.host}/${name}:1.4.2@${digest}`);
    });
  });
}

test('a tag that is pushed shows by itself once the registry is read', async ({ page, deck }) => {
  await registry.push('live/api', '1');
  await knows(deck, 'live/api', '1');
  await page.goto(`/images?repository=${registry.host}/live/api`);
  await alive(page);
  await registry.push('live/api', '2');
  await knows(deck, 'live/api', '2');
  await expect(row(page, '2')).toBeVisible();
});

test('the field of an image is completed to repositories, then to tags with their age', async ({ page, deck }) => {
  for (const tag of ['1.0.0', '1.1.0', 'nightly']) await registry.push('typed/api', tag);
  await knows(deck, 'typed/api', 'nightly');
  const image = `${registry.host}/typed/api`;
  await page.goto('/apps/new?image=a');
  await editorLives(page);
  const field = page.getByLabel('Image', { exact: true });
  const offered = page.locator('#known-images option');
  await field.fill('');
  await field.pressSequentially('typed/a');
  await expect(offered).toHaveCount(1);
  await expect(offered).toHaveAttribute('value', image);
  await expect(field).toHaveAttribute('list', 'known-images');
  await field.fill(`${image}:1`);
  await expect(offered).toHaveCount(2);
  await expect(offered.first()).toHaveAttribute('label', /ago/);
  // What is typed stays, and the form goes on answering beside it.
  await expect(field).toHaveValue(`${image}:1`);
  await expect(page.locator('#twin')).toHaveValue(new RegExp(`${image}:1"`));
  await field.fill('elsewhere.example/none:1');
  await expect(offered).toHaveCount(0);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test('the details of a tag fit', async ({ page, deck }) => {
    await registry.push('narrow/a-rather-long-name-of-a-repository', '2026.11.24-1234567890abcdef', LABELS);
    await knows(deck, 'narrow/a-rather-long-name-of-a-repository', '2026.11.24-1234567890abcdef');
    const at = `/images?repository=${registry.host}/narrow/a-rather-long-name-of-a-repository`;
    await page.goto(`${at}&tag=2026.11.24-1234567890abcdef`);
    await expect(page.locator('.release-deeds').getByRole('link', { name: 'New app' })).toBeVisible();
    await expectNoSideways(page);
    await expectAccessible(page);
  });
});
