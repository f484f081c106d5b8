// A browser without WebGPU: the CPU engine computes, the page says why that is slower, and everything works all the same.

import { chromium, expect, type Page, test } from '@playwright/test';
import { BROWSER_ARGS, firstBrowser } from '../scripts/browser.mjs';
import {
  expectStep,
  exportTrace,
  gotIt,
  header,
  key,
  live,
  measuresOf,
  open,
  patches,
  picture,
  pressPatch,
  railNames,
  settled,
  stage,
  status,
  tab,
} from './page.ts';

const executablePath = firstBrowser();
/** Over plain http, as from a lecturer's laptop, browsers keep WebGPU to themselves; localhost alone would count as safe. */
const HOST = 'lecture.test';
const insecure = `http://${HOST}:${process.env['E2E_PORT']}/some/folder/`;

test.use({
  baseURL: insecure,
  launchOptions: {
    args: [...BROWSER_ARGS, `--host-resolver-rules=MAP ${HOST} localhost`],
    ...(executablePath ? { executablePath } : {}),
  },
});
test.describe.configure({ mode: 'serial' });

let page: Page;
test.beforeAll(async ({ browser }) => {
  page = await browser.newPage();
  await open(page);
});
test.afterAll(() => page?.close());

test('the page says why, and how to turn it on', async () => {
  const notice = status(page).getByRole('status');
  await expect(notice).toHaveText(
    'This browser has no WebGPU. Every view works: the CPU engine computes, in float32 by WebAssembly, without the graphics processor.',
  );
  await status(page).getByRole('button', { name: 'How to turn it on' }).click();
  const dialog = page.getByRole('dialog', { name: 'Turning WebGPU on' });
  await expect(dialog).toContainText('The page must come over https or from localhost; plain http has no WebGPU.');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await gotIt(page);
  await live(page, /Live CPU, float32, WebAssembly SIMD, [\d.,]+\s(ms|s) a picture$/);
});

test('walking, heads and tokens', async () => {
  await page.getByRole('button', { name: 'Frog' }).click();
  await expect(picture(page)).toHaveAccessibleName(/^Frog/);
  await settled(page);
  await key(page, 'Layer 2, MSSA').click();
  await page.keyboard.press('ArrowRight');
  await expectStep(page, 'Layer 2, ISTA');
  await page.keyboard.press('ArrowLeft');
  await tab(page, 'Heads').click();
  await page.getByRole('button', { name: 'Head 4', exact: true }).click();
  await pressPatch(patches(page), 2, 3);
  await expect(stage(page).getByRole('grid', { name: 'Attention of head 4 from patch (2, 3)' })).toBeVisible();
});

test('subspaces, tokens, dictionary, operator', async () => {
  await tab(page, 'Subspaces').click();
  await expect(stage(page).getByRole('group', { name: /^Tokens in the subspace of head 4/ })).toBeVisible();
  await tab(page, 'Tokens').click();
  await expect(stage(page).getByRole('grid', { name: 'Tokens after ISTA' })).toBeVisible();
  await tab(page, 'Dictionary').click();
  await expect(stage(page).getByRole('grid', { name: 'Absolute cosine of every pair of atoms' })).toBeVisible();
  await tab(page, 'Operator').click();
  await expect(stage(page)).toContainText(/non-zeros after ISTA \d+ of 192/);
});

test('ε², and the export names the engine', async () => {
  const before = await railNames(page);
  const slider = page.getByRole('slider', { name: /^ε squared/ });
  await slider.focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  await expect.poll(() => railNames(page)).not.toEqual(before);
  await expect(page).toHaveURL(/eps2=0\.1(&|$)/);
  await settled(page);
  const trace = await exportTrace(page);
  expect(trace.engine.kind).toBe('cpu');
  expect(trace.measure.eps2).toBe(0.1);
  expect(trace.layers).toEqual(await measuresOf(page, 0.1));
});

test('the link is shown where the browser does not let a page copy it', async () => {
  await header(page).getByRole('button', { name: 'Share' }).click();
  await expect(page.getByRole('dialog').getByRole('textbox', { name: 'Link' })).toHaveValue(page.url());
  await page.keyboard.press('Escape');
});

test('WebGPU without a graphics adapter is told apart', async () => {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-features=WebGPUService', '--no-first-run'];
  const own = await chromium.launch({ args, ...(executablePath ? { executablePath } : {}) });
  try {
    const safe = await own.newPage({ baseURL: insecure.replace(HOST, 'localhost') });
    await open(safe);
    await expect(status(safe).getByRole('status')).toHaveText(
      'WebGPU is there, but no graphics adapter answers. Every view works: the CPU engine computes, in float32 by WebAssembly, without the graphics processor.',
    );
  } finally {
    await own.close();
  }
});
