import type { Console } from '../support/console.ts';
import { appName, expect, expectAccessible, expectNoSideways, type Page, test } from '../support/test.ts';

/** Says some things once and stays. */
const SCRIPT = `
i=0; while [ $i -lt 30 ]; do echo "early line $i"; i=$((i+1)); done
echo '{"level":"error","msg":"no stock","order":{"id":4711},"status":503}'
echo '{"level":"info","msg":"all is well","status":200}'
echo "something is odd" >&2
i=0; while [ $i -lt 30 ]; do echo "late line $i"; i=$((i+1)); done
echo "that is all"
exec sleep 1000`;

type Kept = { position: string; time: string; text: string };

/** An app whose lines are kept; its page of logs, and the line about the stock. */
async function printed(deck: Console): Promise<{ at: string; name: string; stock: Kept }> {
  const name = appName('said');
  await deck.createApp(name, 1, { command: ['sh', '-c', SCRIPT], health_checks: [] });
  const find = async (text: string): Promise<Kept | undefined> => {
    const found = await deck.api('GET', `/environments/local/apps/${name}/logs/search?grep=${encodeURIComponent(text)}`);
    return found.items[0];
  };
  await expect.poll(async () => (await find('that is all'))?.text, { timeout: 20_000 }).toBe('that is all');
  return { at: `/environments/local/apps/${name}/logs`, name, stock: (await find('no stock'))! };
}

const rows = (page: Page) => page.locator('.kept-lines > li');

test('kept lines are searched by text, field and expression, and a hit has its context', async ({ page, deck }) => {
  const { at } = await printed(deck);
  await page.goto(at);
  await page.getByRole('navigation', { name: 'Ways to look at the log' }).getByRole('link', { name: 'Search' }).click();
  await expect(rows(page)).toHaveCount(64);
  await expectAccessible(page);

  await page.getByLabel('Text', { exact: true }).fill('NO STOCK');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page.locator('mark:visible')).toHaveText(['no stock']);
  await expect(page.getByRole('link', { name: 'order.id=4711' })).toBeVisible();

  // A field of a line narrows the search to it.
  await page.getByRole('link', { name: 'Clear' }).click();
  await page.getByRole('link', { name: 'status=200' }).click();
  await expect(page.getByLabel('Fields of JSON lines')).toHaveValue('status=200');
  await expect(rows(page)).toHaveCount(1);
  await page.getByLabel('Fields of JSON lines').fill('status>=500 level=error');
  await page.getByLabel('Fields of JSON lines').press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('no stock');

  await rows(page).getByRole('link', { name: 'Lines around it' }).click();
  await expect(page.getByRole('heading', { name: 'Lines around one' })).toBeVisible();
  await expect(rows(page)).toHaveCount(21);
  await expect(page.locator('.kept-lines > .here')).toContainText('no stock');
  await expect(rows(page).first()).toContainText('early line 20');
  await page.getByRole('link', { name: '50', exact: true }).click();
  await expect(rows(page)).toHaveCount(64);
  await expect(page.locator('.kept-lines > .here')).toBeInViewport();
  await page.getByRole('link', { name: 'Only this instance' }).click();
  await expect(page.getByRole('link', { name: 'All instances' })).toBeVisible();
  // What the bar at the top covers is no target of its own size.
  await page.evaluate(() => window.scrollTo(0, 0));
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Back to the search' }).click();
  await expect(page.getByLabel('Fields of JSON lines')).toHaveValue('status>=500 level=error');

  await page.getByRole('link', { name: 'Clear' }).click();
  await page.getByLabel('Text', { exact: true }).fill('^(early|late) line 2.$');
  await page.getByLabel('Regular expression').check();
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(rows(page)).toHaveCount(20);
  await page.getByLabel('Text', { exact: true }).fill('(early');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByLabel('Text', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText(/is not a regular expression/)).toBeVisible();

  await page.getByRole('link', { name: 'Clear' }).click();
  await page.getByLabel('Stream').selectOption('stderr');
  await page.getByLabel('Time', { exact: true }).selectOption('15');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('something is odd');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSideways(page);
});

test('a moment opens the lines of its minute', async ({ page, deck }) => {
  const { at, stock } = await printed(deck);
  const millis = new Date(stock.time).getTime();
  await page.goto(`${at}?at=${millis}`);
  await expect(page.getByRole('heading', { name: /In this minute/ })).toBeVisible();
  await expect(page.locator('.kept-lines > .here').filter({ hasText: 'no stock' })).toHaveCount(1);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'The minute before' }).click();
  await expect(page).toHaveURL(`${at}?at=${millis - (millis % 60_000) - 60_000}`);
  await page.goto(`${at}?at=${millis + 3_600_000}`);
  await expect(page.getByText('No line was printed in this minute. These are the last ones before it.')).toBeVisible();
  await expect(rows(page)).toHaveCount(10);
  await expect(rows(page).filter({ hasText: 'that is all' })).toHaveCount(1);
  await page.goto(`${at}?at=noon`);
  await expect(page.getByRole('alert')).toContainText('date and time');
});

test('what was found is downloaded as a file', async ({ page, deck }) => {
  const { at, name } = await printed(deck);
  await page.goto(`${at}?kept=yes&grep=late`);
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe(`local-${name}.log.ndjson`);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().trim().split('\n').map((line) => JSON.parse(line) as Kept);
  expect(lines.map((line) => line.text)).toEqual(Array.from({ length: 30 }, (_, number) => `late line ${number}`));
});

test('all of it works by keyboard', async ({ page, deck }) => {
  const { at } = await printed(deck);
  await page.goto(`${at}?kept=yes`);
  await page.getByLabel('Text', { exact: true }).focus();
  await page.keyboard.type('no stock');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  const around = rows(page).getByRole('link', { name: 'Lines around it' });
  await page.getByLabel('Text', { exact: true }).focus();
  for (let presses = 0; presses < 20; presses += 1) {
    if (await around.evaluate((link) => link === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await expect(around).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('.kept-lines > .here')).toContainText('no stock');
});

test('what is kept outlives a restart of the console', async ({ page, deck }) => {
  const { at } = await printed(deck);
  await deck.stop('SIGKILL');
  await deck.start();
  await page.goto(`${at}?kept=yes`);
  await expect(rows(page)).toHaveCount(64);
});

test('an environment leads to where else its logs are kept', async ({ page, deck }) => {
  const { at, name } = await printed(deck);
  await page.goto('/settings/environments/local');
  await page.getByLabel('Name of link 1').fill('Kibana');
  await page.getByLabel('Address of link 1').fill('kibana/{{app}}');
  const save = page.locator('#log-links').getByRole('button', { name: 'Save' });
  await save.click();
  await expect(page.getByLabel('Address of link 1')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Address of link 1')).toHaveValue('kibana/{{app}}');
  await page.getByLabel('Address of link 1').fill('https://kibana.example/?q={{app}}&from={{from_ms}}');
  await save.click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.goto(at);
  const link = page.getByRole('link', { name: 'Kibana' });
  await expect(link).toHaveAttribute('href', new RegExp(`^https://kibana\\.example/\\?q=${name}&from=\\d{13}$`));
  await page.goto('/settings/environments/local');
  await page.getByLabel('Name of link 1').fill('');
  await page.getByLabel('Address of link 1').fill('');
  await save.click();
  await page.goto(at);
  await expect(link).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the search, the context and the minute are there', async ({ page, deck }) => {
    const { at } = await printed(deck);
    await page.goto(`${at}?kept=yes`);
    await page.getByLabel('Text', { exact: true }).fill('all is well');
    await page.getByRole('button', { name: 'Search' }).click();
    await rows(page).getByRole('link', { name: 'Lines around it' }).click();
    await expect(page.locator('.kept-lines > .here')).toContainText('all is well');
    await page.getByRole('link', { name: 'Back to the search' }).click();
    await expect(page.getByLabel('Text', { exact: true })).toHaveValue('all is well');
  });
});
