// What the journeys do over and over: open the page, wait for the engine, point at the rail, and ask the page's own engine for its numbers.
// Things are found by role and name, as a reader finds them.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, type Locator, type Page, type Worker } from '@playwright/test';
import type { ModelCard } from '../src/model/card.ts';
import type { LayerTrace, TraceDocument } from '../src/model/trace.ts';
import type { Session } from '../src/worker/protocol.ts';

declare global {
  /** The session inside the page's worker (src/worker/explorer.worker.ts). */
  var crateSession: Session;
}

export const WEIGHTS = '**/models/crate-cifar10.safetensors';
/** The card of the model that the page opens with. */
export const CARD = JSON.parse(
  readFileSync(fileURLToPath(new URL('../public/models/crate-cifar10.json', import.meta.url)), 'utf8'),
) as ModelCard;
/** Patches a side of the shipped model. */
export const GRID = 8;

/** On the tests' adapter, which is a program, the page would by itself take the CPU engine, as it is faster. */
export const ON_WEBGPU = '?engine=webgpu';

/** Opens a view by its link; `search` such as "?engine=cpu", or "?" for what the page chooses by itself. */
export async function open(page: Page, hash = '', search = ON_WEBGPU): Promise<void> {
  await page.goto(`./${search}${hash}`);
}

/** Opens a view and waits until its numbers come from the live engine. */
export async function openLive(page: Page, hash = '', search = ON_WEBGPU): Promise<void> {
  await open(page, hash, search);
  await live(page);
}

export const status = (page: Page): Locator => page.getByRole('contentinfo');

/** Puts a notice of the engine away, so that the status line is in sight again. */
export async function gotIt(page: Page): Promise<void> {
  await status(page).getByRole('button', { name: 'Got it' }).click();
}

/** The status line says what computes and how long a picture took. */
export async function live(page: Page, engine = /Live (WebGPU on|CPU,) .+, [\d.,]+\s(ms|s) a picture$/): Promise<void> {
  await expect(status(page).getByRole('status')).toHaveText(engine, { timeout: 500_000 });
}

/** Nothing is being decoded or computed. */
export async function settled(page: Page): Promise<void> {
  await expect(input(page)).toHaveAttribute('aria-busy', 'false', { timeout: 500_000 });
  await expect(objective(page)).toHaveAttribute('aria-busy', 'false', { timeout: 500_000 });
}

export const input = (page: Page): Locator => page.getByRole('region', { name: 'Input', exact: true });
export const stage = (page: Page): Locator => page.getByRole('region', { name: 'Stage', exact: true });
export const objective = (page: Page): Locator => page.getByRole('region', { name: 'Objective', exact: true });
/** The full-size picture, named with its size and the picked token. */
export const picture = (page: Page): Locator => input(page).getByRole('img');
export const patches = (page: Page): Locator => input(page).getByRole('grid');
export const halfSteps = (page: Page): Locator => page.getByRole('toolbar', { name: 'Half-steps' });
export const tab = (page: Page, name: string): Locator => page.getByRole('tab', { name });
export const radio = (page: Page, group: string, name: string): Locator =>
  page.getByRole('radiogroup', { name: group, exact: true }).getByRole('radio', { name, exact: true });

/** A key of the rail by the beginning of its name: "Layer 3, MSSA". */
export const key = (page: Page, name: string): Locator =>
  halfSteps(page).getByRole('button', { name: new RegExp(`^${name}(:|$)`) });

export async function expectStep(page: Page, name: string): Promise<void> {
  await expect(key(page, name)).toHaveAttribute('aria-current', 'step');
}

/** Presses the middle of a patch, counted from 1, in a grid of patches. */
export async function pressPatch(grid: Locator, row: number, column: number): Promise<void> {
  await grid.click({ position: await middleOf(grid, row, column) });
}

export async function middleOf(grid: Locator, row: number, column: number): Promise<{ x: number; y: number }> {
  const box = await grid.boundingBox();
  if (!box) throw new Error('the grid is not on screen');
  return { x: ((column - 0.5) * box.width) / GRID, y: ((row - 0.5) * box.height) / GRID };
}

/** What the rail says of each of its stops. */
export const railNames = (page: Page): Promise<(string | null)[]> =>
  halfSteps(page)
    .getByRole('button')
    .evaluateAll((keys) => keys.map((each) => each.getAttribute('aria-label')));

/** The likeliest classes with their probabilities as printed: "ship .856". */
export const predictions = async (page: Page): Promise<string[]> =>
  (await page.getByRole('region', { name: 'Prediction' }).getByRole('listitem').allInnerTexts()).map((text) =>
    text.replace(/\s+/g, ' ').trim(),
  );

const isEngine = (worker: Worker): boolean => worker.url().includes('explorer.worker');

/** Waits for the worker, where the page has only just been opened. */
export async function startedWorker(page: Page): Promise<Worker> {
  const worker = page.workers().find(isEngine) ?? (await page.waitForEvent('worker', isEngine));
  await expect.poll(() => worker.evaluate(() => typeof globalThis.crateSession)).toBe('object');
  return worker;
}

export function engineWorker(page: Page): Worker {
  const found = page.workers().find(isEngine);
  if (!found) throw new Error('the page has no engine worker');
  return found;
}

/** The measures of the picture at hand, asked of the page's engine itself. */
export const measuresOf = (page: Page, eps2: number): Promise<readonly LayerTrace[]> =>
  engineWorker(page).evaluate((value) => globalThis.crateSession.remeasure(value), eps2);

/** Presses what saves a file and reads the file. */
export async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent('download');
  await press();
  const download = await coming;
  const stream = await download.createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString('utf8') };
}

export const header = (page: Page): Locator => page.getByRole('banner');

/** The header's Export menu. */
export async function exportFile(page: Page, item: RegExp): Promise<{ name: string; text: string }> {
  return saved(page, async () => {
    await header(page).getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  });
}

export async function exportTrace(page: Page): Promise<TraceDocument> {
  return JSON.parse((await exportFile(page, /^Trace/)).text) as TraceDocument;
}

/** The engine's graphics device goes away. */
export const loseDevice = (page: Page) => engineWorker(page).evaluate(() => globalThis.crateSession.loseDevice());
