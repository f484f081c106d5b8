// Taking numbers along: the trace as JSON equals the command line's for the same picture; measures as CSV, curves as SVG.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import type { LayerTrace, TraceDocument } from '../src/model/trace.ts';
import { exportFile, exportTrace, objective, openLive, saved } from './page.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function measured(...args: string[]): Promise<TraceDocument> {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'measure', '--', ...args], {
    cwd: ROOT,
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === 'win32',
  });
  return JSON.parse(stdout) as TraceDocument;
}

/** Names of all fields, with arrays by their length: the form of a document without its numbers. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return [value.length, ...new Set(value.map((each) => JSON.stringify(formOf(each))))];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, formOf(each)]));
}

const closeTo = (a: number, b: number, relative: number): boolean =>
  Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b));

function expectSameRates(ours: LayerTrace, theirs: LayerTrace): void {
  for (const place of ['input', 'half', 'output'] as const) {
    for (const by of ['raw', 'unit'] as const) {
      expect(closeTo(ours.R[place][by], theirs.R[place][by], 1e-4), `R ${place} ${by}`).toBe(true);
      ours.Rc[place][by].forEach((rate, k) => {
        expect(closeTo(rate, theirs.Rc[place][by][k] ?? Number.NaN, 1e-4), `Rc ${place} ${by} ${k}`).toBe(true);
      });
    }
  }
}

test('the exported trace equals the command line’s', async ({ page }) => {
  await openLive(page);
  const ours = await exportTrace(page);
  const theirs = await measured(
    '--model',
    'public/models/crate-cifar10.safetensors',
    '--image',
    'public/samples/ship.png',
    '--json',
  );

  expect(ours.schema).toBe('crate-explorer/trace@1');
  expect(formOf(ours)).toEqual(formOf(theirs));
  expect(ours.model).toEqual(theirs.model);
  expect(ours.measure).toEqual(theirs.measure);
  expect(ours.input).toMatchObject({ width: theirs.input.width, height: theirs.input.height, mean: theirs.input.mean });
  ours.logits.forEach((logit, i) => {
    expect(Math.abs(logit - (theirs.logits[i] ?? Number.NaN)), `logit ${i}`).toBeLessThan(1e-4);
  });
  expect(ours.top.map(({ label }) => label)).toEqual(theirs.top.map(({ label }) => label));
  const entries = ((ours.model.config.imageSize / ours.model.config.patchSize) ** 2 + 1) * ours.model.config.d;
  ours.layers.forEach((layer, l) => {
    const other = theirs.layers[l];
    if (!other) throw new Error(`the command line has no layer ${l + 1}`);
    expectSameRates(layer, other);
    expect(Math.abs(layer.nonzero.output - other.nonzero.output) * entries, `non-zeros ${l + 1}`).toBeLessThan(1.5);
  });
});

test('measures as CSV, curves as SVG', async ({ page }) => {
  await openLive(page);
  const trace = await exportTrace(page);

  await test.step('CSV: a line a layer, the same numbers', async () => {
    const { name, text } = await exportFile(page, /^Measures/);
    expect(name).toBe('crate-cifar10_sailboat_measures.csv');
    const [head = [], ...rows] = text
      .replace(/^\uFEFF/, '')
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','));
    expect(rows).toHaveLength(trace.layers.length);
    const at = head.indexOf('Rc half unit (nats)');
    expect(at).toBeGreaterThan(0);
    rows.forEach((row, l) => {
      const sum = trace.layers[l]?.Rc.half.unit.reduce((a, b) => a + b, 0) ?? Number.NaN;
      expect(Number(row[at])).toBeCloseTo(sum, 6);
    });
  });

  await test.step('SVG: a drawing that a browser reads, with its curves', async () => {
    const { name, text } = await saved(page, async () => {
      await objective(page).getByRole('button', { name: 'Save these charts' }).click();
      await page.getByRole('menuitem', { name: /^SVG/ }).click();
    });
    expect(name).toMatch(/^crate-cifar10_sailboat_.*\.svg$/);
    const drawing = await page.evaluate((source) => {
      const parsed = new DOMParser().parseFromString(source, 'image/svg+xml');
      return {
        root: parsed.documentElement.nodeName,
        curves: parsed.querySelectorAll('path').length,
        words: parsed.documentElement.textContent ?? '',
        outside: [...parsed.querySelectorAll('[href], [src]')].length,
      };
    }, text);
    expect(drawing.root).toBe('svg');
    expect(drawing.curves).toBeGreaterThan(2);
    expect(drawing.words).toContain('Sailboat');
    expect(drawing.outside).toBe(0);
  });
});
