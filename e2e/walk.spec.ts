// The walk: a sample, half-step by half-step, head by head, token by token; what is printed is what the engine in the page computed.

import { expect, type Locator, type Page, test } from '@playwright/test';
import { softmax } from '../src/math/softmax.ts';
import type { LayerTrace } from '../src/model/trace.ts';
import { bare, fixed, percent } from '../src/ui/text/numbers.ts';
import {
  expectStep,
  exportTrace,
  key,
  measuresOf,
  objective,
  openLive,
  patches,
  picture,
  predictions,
  pressPatch,
  radio,
  railNames,
  settled,
  stage,
  tab,
} from './page.ts';

test.describe.configure({ mode: 'serial' });

let page: Page;
test.beforeAll(async ({ browser }) => {
  page = await browser.newPage();
  await openLive(page);
});
test.afterAll(() => page?.close());

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What the rail must say of the MSSA and ISTA stops. */
function expectedNames(layers: readonly LayerTrace[], by: 'unit' | 'raw', factor: number, unit: string): RegExp[] {
  return layers.flatMap(({ index, Rc, nonzero }) => [
    new RegExp(
      `^Layer ${index}, MSSA: coding rate ${fixed(sum(Rc.input[by]) * factor)} to ${fixed(sum(Rc.half[by]) * factor)} ${unit}, (as|against) theory`,
    ),
    new RegExp(`^Layer ${index}, ISTA: non-zeros (.* to )?${percent(nonzero.output)}(,|$)`),
  ]);
}

async function expectRail(layers: readonly LayerTrace[], by: 'unit' | 'raw', factor: number, unit: string) {
  for (const name of expectedNames(layers, by, factor, unit)) {
    await expect.poll(() => railNames(page)).toContainEqual(expect.stringMatching(name));
  }
}

/** The numbers of the first chart, row by row, from its table: input, output, half or in the order of the columns. */
const column = async (table: Locator, name: RegExp): Promise<string[]> => {
  const heads = await table.getByRole('columnheader').allInnerTexts();
  const at = heads.findIndex((head) => name.test(head));
  expect(at, `a column like ${name} among ${heads.join('; ')}`).toBeGreaterThan(0);
  const rows = await table.getByRole('row').all();
  return Promise.all(
    rows.slice(1).map(
      async (row) =>
        (await row
          .getByRole('cell')
          .nth(at - 1)
          .textContent()) ?? '',
    ),
  );
};

test('a sample runs and its numbers are the engine’s', async () => {
  await page.getByRole('button', { name: 'Airliner' }).click();
  await expect(picture(page)).toHaveAccessibleName(/^Airliner, 640 by 480 pixels/);
  await settled(page);
  const layers = await measuresOf(page, 0.01);
  expect(layers).toHaveLength(6);
  await expectRail(layers, 'unit', 1, 'nats');

  const trace = await exportTrace(page);
  expect(trace.layers).toEqual(layers);
  expect(trace.input).toMatchObject({ name: 'Airliner', width: 640, height: 480 });
  const probabilities = softmax(Float64Array.from(trace.logits));
  expect(await predictions(page)).toEqual(
    trace.top.map(({ index, label }) => `${label} ${bare(probabilities[index] ?? Number.NaN)}`),
  );
});

test('buttons and arrow keys step, and stop at the ends', async () => {
  await key(page, 'Layer 1, MSSA').click();
  await page.getByRole('button', { name: 'Half-step on' }).click();
  await expectStep(page, 'Layer 1, ISTA');
  await page.getByRole('button', { name: 'Half-step back' }).click();
  await expectStep(page, 'Layer 1, MSSA');
  await page.keyboard.press('ArrowRight');
  await expectStep(page, 'Layer 1, ISTA');
  await page.keyboard.press('ArrowDown');
  await expectStep(page, 'Layer 2, ISTA');
  await page.keyboard.press('End');
  await expectStep(page, 'Head');
  await page.keyboard.press('ArrowRight');
  await expectStep(page, 'Head');
  await page.keyboard.press('Home');
  await expectStep(page, 'Picture');
  await expect(stage(page).getByRole('heading', { name: 'The picture' })).toBeVisible();
});

test('a head and a token', async () => {
  await key(page, 'Layer 4, MSSA').click();
  await tab(page, 'Heads').click();
  await page.getByRole('button', { name: 'Head 5', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Head 5', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await pressPatch(patches(page), 6, 2);
  const map = stage(page).getByRole('grid', { name: 'Attention of head 5 from patch (6, 2)' });
  await expect(map).toBeVisible();
  await expect(picture(page)).toHaveAccessibleName(/picked: row 6, column 2$/);

  // What the map says of a patch is the entry of A that the engine holds.
  const A = await page
    .workers()
    .find((worker) => worker.url().includes('explorer.worker'))
    ?.evaluate(async () => Array.from(await globalThis.crateSession.tensor('A', 3)));
  const n = 65;
  const token = 1 + 5 * 8 + 1;
  const row = A?.slice((4 * n + token) * n, (4 * n + token + 1) * n) ?? [];
  expect(sum(row)).toBeCloseTo(1, 4);
  await map.focus();
  await page.keyboard.press('Control+Home');
  const said = await map.getByRole('gridcell').getAttribute('aria-label');
  expect(said).toMatch(/^row 1, column 1, attention /);
  const value = Number(said?.replace(/^.*attention (< )?/, '0'));
  expect(Math.abs(value - (row[1] ?? Number.NaN))).toBeLessThan(Math.max(1e-4, 0.05 * value));
  await page.keyboard.press('Escape');
});

test('every tab shows its view', async () => {
  await key(page, 'Layer 4, ISTA').click();
  await tab(page, 'Subspaces').click();
  await expect(stage(page).getByRole('group', { name: /^Tokens in the subspace of head 5/ })).toBeVisible();
  await tab(page, 'Tokens').click();
  const [, , , fourth] = await measuresOf(page, 0.01);
  await expect(stage(page)).toContainText(`entries are non-zero, ${percent(fourth?.nonzero.output ?? Number.NaN)}`);
  await tab(page, 'Dictionary').click();
  await expect(stage(page).getByRole('grid', { name: 'Absolute cosine of every pair of atoms' })).toBeVisible();
  await tab(page, 'Operator').click();
  await expect(stage(page).getByRole('heading', { name: 'Paper and released code' })).toBeVisible();
  await expect(stage(page)).toContainText(/non-zeros \d+ of 192/);
  await key(page, 'Layer 4, MSSA').click();
  await tab(page, 'Heads').click();
  await expect(stage(page).getByRole('grid', { name: /^Attention of head / })).toHaveCount(6);
});

test('the ends: picture, embedding, class head', async () => {
  await key(page, 'Picture').click();
  await expect(stage(page).getByRole('grid', { name: 'What the model sees, by patches' })).toBeVisible();
  await key(page, 'Embedding').click();
  await expect(stage(page)).toContainText('65 of width 192');
  await key(page, 'Head').click();
  const { logits } = await exportTrace(page);
  const classes = stage(page).getByRole('region', { name: 'Classes' });
  await expect(classes.getByRole('row')).toHaveCount(1 + logits.length);
  await expect(classes.getByRole('row').nth(1)).toContainText(fixed(Math.max(...logits), 2));
});

test('ε² changes the numbers to those the engine gives for it', async () => {
  await key(page, 'Layer 3, MSSA').click();
  const before = await railNames(page);
  const slider = page.getByRole('slider', { name: /^ε squared/ });
  await slider.focus();
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
  await expect.poll(() => railNames(page)).not.toEqual(before);
  const eps2 = Number(new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('eps2'));
  expect(eps2).toBeCloseTo(10 ** (-2 + 8 * 0.05), 3);
  await expectRail(await measuresOf(page, eps2), 'unit', 1, 'nats');
  await page.keyboard.press('Home');
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight');
  await expect.poll(() => railNames(page)).toEqual(before);
});

test('raw and bits: the same measures, scaled by 1/ln 2', async () => {
  const layers = await measuresOf(page, 0.01);
  await radio(page, 'unit', 'bits').click();
  await expectRail(layers, 'unit', 1 / Math.LN2, 'bits');
  const table = objective(page).getByRole('table', { name: 'Coding rate R c at half, bits, tokens unit' });
  expect(await column(table, /^half/)).toEqual(layers.map(({ Rc }) => fixed(sum(Rc.half.unit) / Math.LN2)));
  await radio(page, 'tokens', 'raw').click();
  await expectRail(layers, 'raw', 1 / Math.LN2, 'bits');
  await radio(page, 'measured at', 'output').click();
  const raw = objective(page).getByRole('table', { name: 'Coding rate R c at output, bits, tokens raw' });
  expect(await column(raw, /^output/)).toEqual(layers.map(({ Rc }) => fixed(sum(Rc.output.raw) / Math.LN2)));
  await radio(page, 'unit', 'nats').click();
  await radio(page, 'tokens', 'unit').click();
  await radio(page, 'measured at', 'half').click();
});

test('play walks to the head and stops there', async () => {
  await key(page, 'Layer 5, MSSA').click();
  await page.getByRole('button', { name: /^Speed/ }).click();
  await page.getByRole('menuitemradio', { name: /^4×/ }).click();
  await page.getByRole('button', { name: 'Play' }).click();
  await expectStep(page, 'Head');
  await expect(page.getByRole('button', { name: 'Play' })).toBeVisible();
});

test('in a low window the columns scroll, not the document', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 600 });
  for (const view of ['', '#/explore?step=head', '#/explore?step=embed']) {
    await openLive(page, view);
    await expect(stage(page)).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBe(0);
  }
});
