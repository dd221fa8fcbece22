import { appName, test } from '../support/test.ts';

for (const [label, options, width] of [
  ['light', { colorScheme: 'light', locale: 'en-GB' }, 1440],
  ['dark', { colorScheme: 'dark', locale: 'zh-CN' }, 360],
] as const) {
  test.describe(label, () => {
    test.use({ ...options, viewport: { width, height: 900 } });
    test('look', async ({ page, deck }) => {
      test.setTimeout(150_000);
      const name = appName('shop');
      await deck.createApp(name, 2);
      for (const [rule, query, severity, labels] of [
        [`slow-${label}`, 'vector(7)', 'warning', { environment: 'local', app: name }],
        [`errors-${label}`, `sum by (environment, app) (quarterdeck_app_ready_instances{app="${name}"})`, 'critical', {}],
        [`queue-${label}`, 'vector(70)', 'info', { team: 'orders' }],
      ] as const) {
        await deck.api('POST', '/alerts/rules', {
          name: rule, query, severity, labels, condition: { comparison: '>', threshold: 1 }, for: '0s',
          summary: '{{app}} answers {{value}} % of its requests with an error',
        });
      }
      await deck.api('POST', '/alerts/rules', { name: `later-${label}`, query: 'vector(7)', for: '1h', labels: { team: 'orders' } });
      await deck.api('POST', '/alerts/rules', { name: `broken-${label}`, query: 'vector(7)', environment: 'local' });
      await page.waitForTimeout(30_000);
      const alerts = await deck.api('GET', '/alerts');
      await deck.api('POST', `/alerts/${alerts.firing[0].alerts[0].id}/acknowledge`);
      await deck.api('POST', '/alerts/silences', { labels: { team: 'orders' }, for: '3h', reason: 'the sale begins at eight' });
      await deck.api('DELETE', `/alerts/rules/broken-${label}`);
      for (const [shot, path] of [
        ['now', '/alerts'], ['history', '/alerts/history'], ['rules', '/alerts/rules'],
        ['rule', `/alerts/rules/errors-${label}`], ['silences', '/alerts/silences'],
        ['app', `/environments/local/apps/${name}/alerts`], ['overview', '/'],
      ] as const) {
        await page.goto(path);
        await page.waitForTimeout(500);
        await page.screenshot({ path: `/tmp/alerts-look/${label}-${shot}.png`, fullPage: true });
      }
    });
  });
}
