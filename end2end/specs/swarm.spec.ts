import type { Page } from '@playwright/test';
import { alive, editorLives, expectHealthy, row } from '../support/journeys.ts';
import { Swarm, missing } from '../support/swarm.ts';
import { appName, expect, expectAccessible, expectNoSideways, test } from '../support/test.ts';

const REASON = missing();
if (REASON) console.log(`skipped: the journey on a swarm: ${REASON}`);

const swarm = new Swarm();

test.describe('on a swarm', () => {
  test.skip(!!REASON, REASON);
  test.setTimeout(240_000);

  test.beforeAll(async () => {
    test.setTimeout(90_000);
    await swarm.start();
  });

  test.afterAll(async () => {
    await swarm.stop();
  });

  test('a tag is picked, released in stages, goes back by itself when it is bad, is scaled and promoted', async ({
    page,
    deck,
  }) => {
    const name = appName('web');
    const first = await swarm.push('shop/web', '1.0.0');
    const url = `http://${swarm.registry}`;
    await deck.api('POST', '/registries', { name: 'hub', url, insecure: true, poll: '10s' });
    for (const place of ['swarm-staging', 'swarm-production']) {
      await deck.environment(place, {
        engine: { kind: 'swarm', endpoint: swarm.endpoint },
        protected: place === 'swarm-production',
      });
    }

    // The image is chosen from what the registry has, the rest comes with the definition.
    await page.goto('/apps/new?environment=swarm-staging');
    await editorLives(page);
    await page.getByLabel('Name', { exact: true }).fill(name);
    const json = page.getByRole('textbox', { name: 'Definition as JSON' });
    await json.fill(JSON.stringify(definition(`${swarm.registry}/shop/web:0`), null, 2));
    await expect(page.getByLabel('Image', { exact: true })).toHaveValue(`${swarm.registry}/shop/web:0`);
    await pick(page, `${swarm.registry}/shop/web:`, first);
    await page.getByLabel('Reason').fill('first version');
    await page.locator('button[value=deploy]').click();
    await expect(page).toHaveURL(/\/deployments\//);
    await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 60_000 });
    const created = await deck.settled(name, 'swarm-staging');
    expect(created.image).toMatch(/shop\/web:1\.0\.0@sha256:/);
    // Every node runs the digest, and the digest only.
    const content = created.image.replace(/:1\.0\.0@/, '@');
    expect(swarm.services(`swarm-staging-${name}`)).toEqual([`2/2 ${content}`]);

    // One click more, and the swarm has it.
    await page.goto('/apps?environment=swarm-staging');
    await alive(page);
    await row(page, name).getByRole('button', { name: /one more/i }).click();
    await expectHealthy(page, name, 3);
    await deck.settled(name, 'swarm-staging');

    // A bad image in stages: one new instance that never turns healthy, and all is as before.
    const bad = await swarm.push('shop/web', '1.1.0', true);
    await page.goto(`/environments/swarm-staging/apps/${name}/edit`);
    await editorLives(page);
    await pick(page, `${swarm.registry}/shop/web:`, bad);
    await page.getByLabel('Reason').fill('a bad one');
    await page.locator('button[value=deploy]').click();
    await expect(page).toHaveURL(/\/deployments\//);
    await alive(page);
    await expect(page.locator('.deployment-name .state')).toContainText('Rolled back', { timeout: 90_000 });
    await expectAccessible(page);
    const back = await deck.settled(name, 'swarm-staging');
    expect(back.image).toMatch(/web:1\.0\.0@/);
    expect(back.instances).toMatchObject({ wanted: 3, healthy: 3 });
    expect(swarm.services(`swarm-staging-${name}`)).toEqual([`3/3 ${content}`]);

    // What has proved itself goes on with its digest.
    await page.goto(`/environments/swarm-staging/apps/${name}/promote`);
    await page.getByRole('link', { name: /^swarm-production/ }).click();
    await page.getByLabel('Reason, for the history').fill('proved on staging');
    await page.getByRole('button', { name: 'Promote 1.0.0 to swarm-production' }).click();
    await expect(page).toHaveURL(/\/deployments\//);
    const promoted = await deck.settled(name, 'swarm-production');
    expect(promoted.image).toBe(back.image);
    expect(swarm.services(`swarm-production-${name}`)).toEqual([`${promoted.instances.wanted}/${promoted.instances.wanted} ${content}`]);
    for (const place of ['swarm-staging', 'swarm-production']) {
      await deck.api('DELETE', `/environments/${place}/apps/${name}`, { reason: 'end' });
    }
  });

  test('what others run is adopted from its page, on a phone too', async ({ page, deck }) => {
    const image = await swarm.push('shop/legacy', '1');
    const name = `legacy-${process.pid}`;
    const serve = ['httpd', '-f', '-p', '8080', '-h', '/www'];
    swarm.docker('service', 'create', '--detach', '--name', name, '--entrypoint', 'httpd', image, ...serve.slice(1));
    await deck.environment('swarm-adopted', { engine: { kind: 'swarm', endpoint: swarm.endpoint } });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto('/nodes/swarm-adopted/workloads');
    await page.locator('.workload').filter({ hasText: name }).getByRole('link', { name: /Adopt/ }).click();
    await expect(page.getByRole('heading', { name: new RegExp(name) })).toBeVisible();
    await expectNoSideways(page);
    await expectAccessible(page);
    await page.locator('button[value=deploy]').click();
    await expect(page).toHaveURL(/\/deployments\//);
    const app = await deck.settled(name, 'swarm-adopted');
    expect(app.instances.healthy).toBe(1);
    await expect.poll(() => swarm.services(name)[0], { timeout: 30_000 }).toMatch(/^0\/0 /);
    await expectNoSideways(page);
    await deck.api('DELETE', `/environments/swarm-adopted/apps/${name}`, { reason: 'end' });
  });

  test('the demo of our own program runs as an image, and its log is on the page', async ({ page, deck }) => {
    const name = appName('demo');
    const image = await swarm.pushProgram(deck.binary, 'shop/demo', '1');
    await deck.environment('swarm-demo', { engine: { kind: 'swarm', endpoint: swarm.endpoint } });
    const wanted = { ...definition(image), command: ['/bin/quarterdeck', 'demo'], checks: [], strategy: { kind: 'rolling' } };
    const resources = { cpus: 0.1, memory_mb: 128 };
    await deck.api('POST', '/environments/swarm-demo/apps', { name, definition: { ...wanted, resources }, reason: 'demo' });
    const app = await deck.settled(name, 'swarm-demo');
    expect(app.instances).toMatchObject({ wanted: 2, healthy: 2 });
    await page.goto(`/environments/swarm-demo/apps/${name}/logs`);
    await expect(page.getByText(/listens on port/).first()).toBeVisible({ timeout: 20_000 });
    await deck.api('DELETE', `/environments/swarm-demo/apps/${name}`, { reason: 'end' });
  });
});

function definition(image: string) {
  return {
    image,
    command: ['httpd', '-f', '-p', '$PORT', '-h', '/www'],
    instances: 2,
    resources: { cpus: 0.05, memory_mb: 16 },
    network: { mode: 'bridge' },
    ports: [{ name: 'http', container_port: 8080 }],
    health_checks: [{ kind: 'http', path: '/healthz', interval: '500ms', timeout: '2s', grace: '5s', max_failures: 2 }],
    stop: { signal: 'SIGKILL', grace: '1s' },
    strategy: {
      kind: 'staged',
      steps: [{ set: 1 }, { verify: '2s' }, { set: '100%' }],
      progress_deadline: '20s',
    },
    checks: [{ kind: 'restarts', name: 'restarts', max: 0, window: '1m' }],
  };
}

/** Types the repository and takes the tag from what is offered. */
async function pick(page: Page, typed: string, reference: string): Promise<void> {
  const field = page.getByLabel('Image', { exact: true });
  const list = await field.getAttribute('list');
  // Without a notification the registry is asked every ten seconds; what is typed then finds the tag.
  await expect(async () => {
    await field.fill('');
    await field.fill(typed);
    await expect(page.locator(`[id="${list}"] option[value="${reference}"]`)).toBeAttached({ timeout: 2_000 });
  }).toPass({ timeout: 40_000 });
  await field.fill(reference);
}
