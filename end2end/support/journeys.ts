import { type Page, expect } from '@playwright/test';

/** The row of an app in the list. */
export function row(page: Page, name: string) {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
}

/** The bar of an app's instances says how many are healthy. */
export async function expectHealthy(page: Page, name: string, count: number): Promise<void> {
  const bar = row(page, name).getByRole('img', { name: new RegExp(`^${count} healthy, .* of ${count} wanted`) });
  await expect(bar).toBeVisible({ timeout: 30_000 });
}

/** Waits until the islands of a page listen, so that a click moves the page and does not load it anew. */
export async function alive(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { openStreams?: number }).openStreams);
}

/** Fills the form of a new app with the demo program and deploys it. */
export async function createByForm(page: Page, name: string): Promise<void> {
  await page.goto('/apps/new?template=demo');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Reason').fill('made by a test');
  await page.locator('button[value=deploy]').click();
  await expect(page).toHaveURL(/\/deployments\//);
}

/** Waits until the definition editor listens. */
export async function editorLives(page: Page): Promise<void> {
  await page.locator('.twin-live').waitFor();
}
