// How fast, on this device: the speed page by link, run, cancelled, read and taken along; and which product kernel was taken and why.

import { expect, type Locator, type Page, test } from '@playwright/test';
import { expectAccessible, WIDTHS } from './axe.ts';
import { gotIt, header, live, loseDevice, open, openLive, radio, saved, status } from './page.ts';

const device = (page: Page): Locator => page.getByRole('region', { name: 'This device' });
const figures = (page: Page): Locator => page.getByRole('region', { name: 'Figures' });
const table = (page: Page): Locator => page.getByRole('region', { name: 'Times of the kernels' });
const rows = (page: Page): Locator => table(page).locator('tbody').getByRole('row');
const runButton = (page: Page): Locator => page.getByRole('button', { name: /^Run( again)?$/ });
const pages = (page: Page): Locator => page.getByRole('navigation', { name: 'Pages' });

/** Opens the speed page and waits until it can run. */
async function openSpeed(page: Page, search?: string): Promise<void> {
  await open(page, '#/speed', search);
  await expect(runButton(page)).toBeEnabled({ timeout: 500_000 });
}

async function run(page: Page): Promise<void> {
  await runButton(page).click();
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible({ timeout: 500_000 });
}

/** The value beside a name in a list of facts. */
const fact = (within: Locator, name: string): Locator =>
  within
    .locator('dl > div')
    .filter({ has: within.page().getByText(name, { exact: true }) })
    .getByRole('definition');

/** Layers of the shipped model. */
const L = 6;

test('a run: figures, kernels by half-step, roofline, table; nothing before it is asked for', async ({ page }) => {
  await openSpeed(page);
  await expect(page).toHaveTitle('Speed, CRATE Explorer');
  await expect(figures(page)).toContainText('Nothing is measured until you press Run.');
  await expect(fact(device(page), 'made of')).toHaveText(/^software/);
  await expect(fact(device(page), 'own clock')).toHaveText(/^yes/);

  await run(page);
  for (const name of ['a picture, logits alone', 'with all measures', 'its kernels alone']) {
    await expect(fact(figures(page), name)).toHaveText(/^[\d.,]+\sms.+\d+ runs$/);
  }
  await expect(fact(figures(page), 'they compute')).toHaveText(/GFLOP\/s.*MFLOP a picture, \d+\s% of the peak/);
  await expect(figures(page)).toContainText(
    /The largest part, \d+\s% of the time, is .+ it reaches [\d.]+\s[MGT]FLOP\/s, \d+\s% of that roof\./,
  );
  await expect(fact(device(page), 'computes at most')).toHaveText(/^[\d.,]+\s[GT]FLOP\/s$/);
  await expect(fact(device(page), 'reads at most')).toHaveText(/^[\d.,]+\s[MGT]B\/s, of 128\sMiB$/);

  await test.step('the page scrolls in itself, not the document', async () => {
    const size = page.viewportSize();
    await page.setViewportSize({ width: 1024, height: 600 });
    expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBe(0);
    if (size) await page.setViewportSize(size);
  });

  await test.step('the table: by kernel, by half-step, each run; shares add up', async () => {
    await expect(rows(page)).toHaveCount(10);
    await expect(table(page).getByRole('row', { name: /^MSSA, attention ssa_quad 6 / })).toBeVisible();
    await radio(page, 'Rows', 'half-step').click();
    await expect(rows(page)).toHaveCount(2 * L + 2);
    await radio(page, 'Rows', 'each run').click();
    await expect(rows(page)).toHaveCount(4 * L + 6);
    const shares = await rows(page).locator('td:nth-child(6)').allInnerTexts();
    const sum = shares.reduce((total, text) => total + Number.parseFloat(`0${text.replace(/^(?=\d)/, '')}`), 0);
    expect(Math.abs(sum - 100)).toBeLessThan(0.05 * shares.length + 0.1);
  });

  await test.step('a stack and a point mark their rows, by keyboard too', async () => {
    await page.getByRole('button', { name: /^Layer 3: / }).focus();
    await page.keyboard.press('Enter');
    await expect(table(page).locator('tr[data-marked="true"]')).toHaveCount(4);
    await page.getByRole('button', { name: /^ISTA step: time / }).focus();
    await page.keyboard.press('Enter');
    await expect(table(page).locator('tr[data-marked="true"]')).toHaveCount(1);
    await page.keyboard.press('Enter');
    await expect(table(page).locator('tr[data-marked="true"]')).toHaveCount(0);
  });

  for (const size of WIDTHS) {
    await test.step(`accessible at ${size.width} px`, async () => {
      await page.setViewportSize(size);
      await expectAccessible(page);
      // No part but the table may be wider than the window.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width);
    });
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  await test.step('taken along as JSON, CSV and SVG', async () => {
    const save = (item: RegExp) =>
      saved(page, async () => {
        await page.getByRole('button', { name: 'Save these charts' }).click();
        await page.getByRole('menuitem', { name: item }).click();
      });
    const json = await save(/^JSON/);
    expect(json.name).toBe('crate-cifar10_sailboat_speed.json');
    const document = JSON.parse(json.text);
    expect(document).toMatchObject({ schema: 'crate-explorer/speed@1', engine: { kind: 'webgpu' } });
    expect(document.kernels).toHaveLength(4 * L + 6);
    expect(document.kernels[0].ms.length).toBeGreaterThanOrEqual(3);
    expect(document.peaks.gflops).toBeGreaterThan(0);
    const csv = await save(/^CSV/);
    expect(csv.text.trim().split(/\r?\n/)).toHaveLength(4 * L + 7);
    const svg = await save(/^SVG/);
    const drawing = await page.evaluate((source) => {
      const parsed = new DOMParser().parseFromString(source, 'image/svg+xml').documentElement;
      return {
        root: parsed.nodeName,
        points: parsed.querySelectorAll('circle').length,
        words: parsed.textContent ?? '',
      };
    }, svg.text);
    expect(drawing).toMatchObject({ root: 'svg', points: 10 });
    expect(drawing.words).toContain('operations a byte');
    expect(drawing.words).toMatch(/A layer from the foot up: MSSA, project; MSSA, attention; MSSA, output; ISTA step/);
  });
});

test('figures of an engine that is gone are said to be', async ({ page }) => {
  await openSpeed(page);
  await run(page);
  const stale = figures(page).getByText(/^These figures are of CRATE 6 × 192/);
  await expect(fact(device(page), 'computes at most')).toBeVisible();
  await expect(stale).toHaveCount(0);
  await loseDevice(page);
  await gotIt(page);
  // The same adapter and kernel again.
  await expect(stale).toHaveCount(0);
  await loseDevice(page);
  await expect(status(page).getByRole('status')).toHaveText(/ a second time: the CPU engine computes/);
  await gotIt(page);
  await expect(stale).toHaveText(/ at 32 px on .+ by gemm_quad\.wgsl\. Run again for what is at hand\.$/);
  await expect(fact(device(page), 'computes at most')).toHaveCount(0);
});

test('a link of its own, the back button, and the explorer stays usable while a run is under way', async ({ page }) => {
  await openLive(page, '#/explore?step=ista-2');
  await pages(page).getByRole('link', { name: 'Speed' }).click();
  await expect(page).toHaveURL(/#\/speed\?step=ista-2$/);
  await expect(pages(page).getByRole('link', { name: 'Speed' })).toHaveAttribute('aria-current', 'page');
  await expect(runButton(page)).toBeEnabled();

  await test.step('the keys of the rail do nothing here', async () => {
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('1');
    await expect(page).toHaveURL(/#\/speed\?step=ista-2$/);
  });

  await test.step('cancelled, nothing is shown', async () => {
    await runButton(page).click();
    await expect(page.getByRole('progressbar', { name: 'Measuring' })).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeFocused();
    await expect(figures(page)).toContainText('Nothing is measured');
  });

  await test.step('another picture in the middle of a run', async () => {
    await runButton(page).click();
    await page.goBack();
    await expect(page).toHaveURL(/#\/explore\?step=ista-2$/);
    await page.getByRole('button', { name: 'Lorry', exact: true }).click();
    await live(page);
    await expect(page.getByRole('button', { name: 'Lorry', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.goForward();
    await expect(page).toHaveURL(/#\/speed\?/);
    await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible({ timeout: 500_000 });
    await expect(rows(page)).toHaveCount(10);
  });

  await test.step('on a phone the pages are in the menu', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await header(page).getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('menuitemradio', { name: 'Explore' }).click();
    await expect(page).toHaveURL(/#\/explore\?/);
    await page.goBack();
    await expect(runButton(page)).toBeVisible();
  });
});

test('the CPU engine is timed as a whole, and says so', async ({ page }) => {
  await openSpeed(page, '?engine=wasm');
  await run(page);
  await expect(fact(figures(page), 'a picture, logits alone')).toHaveText(/^[\d.,]+\sms/);
  await expect(figures(page)).toContainText('The CPU engine computes, which is timed as a whole');
  await expect(table(page)).toHaveCount(0);
  await expect(device(page)).toContainText('one product and nothing to choose');
  await page.getByRole('button', { name: 'Save these charts' }).click();
  await expect(page.getByRole('menuitem', { name: /^SVG/ })).toHaveAttribute('aria-disabled', 'true');
  const { text } = await saved(page, () => page.getByRole('menuitem', { name: /^JSON/ }).click());
  expect(JSON.parse(text)).toMatchObject({ engine: { kind: 'cpu' }, kernels: null, peaks: null });
});

test.describe('the product kernel, in About', () => {
  const product = (page: Page): Locator => page.getByRole('dialog').getByRole('region', { name: 'Product kernel' });

  async function about(page: Page): Promise<void> {
    await header(page).getByRole('button', { name: 'Help' }).click();
    await page.getByRole('menuitem', { name: /^About/ }).click();
  }

  const kept = (page: Page): Promise<string | null> =>
    page.evaluate(() => localStorage.getItem('crate-explorer.products'));

  test('on software unmeasured until somebody asks; then its figures are kept', async ({ page }) => {
    await openLive(page);
    await about(page);
    await expect(fact(product(page), 'product kernel')).toHaveText(
      'gemm_quad.wgsl, register blocks that share their loads by quads',
    );
    await expect(fact(product(page), 'chosen')).toHaveText('by rule, unmeasured');
    await expect(fact(product(page), 'weights')).toHaveText('f32');
    await expect(fact(product(page), 'adapter')).toHaveText(/a program on the processor/);
    expect(await kept(page)).toBeNull();
    await product(page).getByRole('button', { name: 'Measure all' }).click();
    await expect(product(page).getByRole('button', { name: 'Measure again' })).toBeEnabled({ timeout: 500_000 });
    await expect(product(page)).toContainText(/Measured just now: .+ are \d+\.\d times as fast as .+ here\./);
    await expect(product(page)).toContainText(/gemm\.wgsl\s*[\d.,]+\s[GM]FLOP\/s/);
    await expect(product(page)).toContainText(/gemm_quad\.wgsl\s*[\d.,]+\s[GM]FLOP\/s/);
    await expect(product(page)).toContainText(/gemm_tile\.wgsl\s*[\d.,]+\s[GM]FLOP\/s/);
    await expectAccessible(page);
    expect(await kept(page)).toMatch(/^\{".+ [\da-f]{8}":\{"register":[\d.]+,"quad":[\d.]+,"tile":[\d.]+\}\}$/);
  });

  test('the link decides, with what is remembered of all', async ({ page }) => {
    await openLive(page, '', '?engine=webgpu&product=tile');
    await about(page);
    await expect(fact(product(page), 'product kernel')).toHaveText('gemm_tile.wgsl, tiles in workgroup memory');
    await expect(fact(product(page), 'chosen')).toHaveText('asked for by the link');
  });

  test('what the link asks for in vain is said', async ({ page }) => {
    await open(page, '', '?engine=webgpu&product=fast');
    await expect(status(page)).toContainText('“product=fast”, which is not known (register, quad, tile)');
    await gotIt(page);
    await live(page);
    await open(page, '', '?engine=wasm&product=tile');
    await expect(status(page)).toContainText('“product=tile” in the address has no effect');
  });

  test('storage that is off does no harm', async ({ page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    });
    await openLive(page);
    await about(page);
    await product(page).getByRole('button', { name: 'Measure all' }).click();
    await expect(product(page).getByRole('button', { name: 'Measure again' })).toBeEnabled({ timeout: 500_000 });
  });
});
