// Threads of the CPU engine: where the host's headers isolate the page, and the same numbers from a host that sends none.

import { expect, type Page, test } from '@playwright/test';
import { exportTrace, gotIt, header, live, open, predictions, settled } from './page.ts';
import { serve } from './serve.mjs';

const BY_WASM = '?engine=wasm';
const NAME = 'CPU, float32, WebAssembly SIMD';

/** Live, with the notice put away that the link has chosen. */
async function openByWasm(page: Page): Promise<void> {
  await open(page, '', BY_WASM);
  await gotIt(page);
  await live(page);
}

const isIsolated = (page: Page): Promise<boolean> => page.evaluate(() => crossOriginIsolated);

async function about(page: Page): Promise<void> {
  await header(page).getByRole('button', { name: 'Help' }).click();
  await page.getByRole('menuitem', { name: /^About/ }).click();
}

test('isolated, as many threads as cores; not isolated, one; the same numbers', async ({ page, browser }) => {
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  const threads = Math.min(cores, 8);
  const named = threads > 1 ? `${NAME}, ${threads} threads` : NAME;
  await openByWasm(page);
  expect(await isIsolated(page)).toBe(true);
  await live(page, new RegExp(`Live ${named}, [\\d.,]+\\s(ms|s) a picture$`));
  await about(page);
  const part = page.getByRole('dialog').getByRole('region', { name: 'Product kernel' });
  await expect(part).toContainText(`The CPU engine computes (${named})`);
  await page.keyboard.press('Escape');
  const withThreads = await exportTrace(page);
  expect(withThreads.engine.adapter).toBe(named);

  const plain = await serve('dist', '/plain/', 0, undefined, {});
  const own = await browser.newPage({ baseURL: plain.address });
  try {
    await openByWasm(own);
    expect(await isIsolated(own)).toBe(false);
    await live(own, new RegExp(`Live ${NAME}, [\\d.,]+\\s(ms|s) a picture$`));
    const alone = await exportTrace(own);
    expect(alone.engine.adapter).toBe(NAME);
    expect(withThreads.logits).toEqual(alone.logits);
    expect(withThreads.layers).toEqual(alone.layers);
    await own.getByRole('button', { name: 'Frog' }).click();
    await settled(own);
    await page.getByRole('button', { name: 'Frog' }).click();
    await settled(page);
    expect(await predictions(page)).toEqual(await predictions(own));
    expect((await exportTrace(page)).layers).toEqual((await exportTrace(own)).layers);
  } finally {
    await own.close();
    await plain.close();
  }
});

test('threads of an idle page sleep', async ({ page }) => {
  await openByWasm(page);
  await settled(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ProcessTime')?.value ?? Number.NaN;
  };
  await page.waitForTimeout(2000);
  const before = await busy();
  await page.waitForTimeout(3000);
  // A thread that spun would take all three seconds.
  expect((await busy()) - before).toBeLessThan(1.5);
});
