import { alive } from '../support/journeys.ts';
import { appName, expect, test } from '../support/test.ts';

const looks = [
  ['light', 'en', 1440], ['dark', 'zh', 1440], ['light', 'zh', 360], ['dark', 'en', 360],
] as const;
const paths = (name: string): [string, string][] => [
  ['overview', `/environments/local/apps/${name}`],
  ['metrics', `/environments/local/apps/${name}/metrics`],
  ['history', '/alerts'],
  ['silences', '/alerts/silences?labels=environment%3Dlocal'],
  ['channels', '/settings/channels?new=email'],
  ['environment', '/settings/environments/local'],
  ['edit', `/environments/local/apps/${name}/edit`],
  ['logs', `/environments/local/apps/${name}/logs?kept=yes&grep=listens`],
];
test('look', async ({ page, deck }) => {
  test.setTimeout(240_000);
  const name = appName('look');
  await deck.createApp(name, 2);
  await page.goto(`/environments/local/apps/${name}`);
  await page.waitForTimeout(30_000);
  for (const [theme, locale, width] of looks) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 900 });
    await page.context().addCookies([{ name: 'qd_locale', value: locale === 'zh' ? 'zh-Hans' : 'en', url: page.url() }]);
    for (const [what, path] of paths(name)) {
      await page.goto(path);
      await page.waitForTimeout(700);
      await page.screenshot({ path: `/work/look-${what}-${theme}-${locale}-${width}.png`, fullPage: true });
    }
  }
});
