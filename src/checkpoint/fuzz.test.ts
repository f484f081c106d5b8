// Seeded mutations of real files: every one is read or refused with a CheckpointError, within time and memory, and nothing else happens.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seeded } from '../math/random.ts';
import { FIXTURES } from '../model/fixtures/golden.ts';
import { CheckpointError } from './errors.ts';
import { bytesSource } from './source.ts';
import { bytesOf, floats, little, npyHeader, npyOf, repeatedCrate, zipOf } from './testFiles.ts';
import { readWhole } from './testReading.ts';
import { readZip } from './zip.ts';

const fixture = (path: string): Uint8Array => readFileSync(`${FIXTURES}/${path}`);

interface Target {
  readonly name: string;
  /** What is mutated. */
  readonly bytes: Uint8Array;
  /** The file around it. */
  readonly wrap?: (mutant: Uint8Array) => Uint8Array;
}

const PATHS = [
  'format_edge_cases/edge.pth',
  'format_edge_cases/edge_proto4.pth',
  'format_edge_cases/edge_legacy.pth',
  'format_edge_cases/edge_numpy.pth',
  'format_edge_cases/expected.safetensors',
  'crate_micro/checkpoint_torch2_layout.pth',
  'crate_micro/checkpoint_finetune.t7',
  'crate_micro/checkpoint_legacy.pth.tar',
  'crate_micro/checkpoint_unaligned.safetensors',
  'crate_micro_identity/checkpoint.safetensors',
  'torch_forms/plain2.pkl',
  'torch_forms/plain4.pkl',
  'torch_forms/whole.pth',
  'torch_forms/whole_legacy.pth',
  'torch_forms/whole_parallel.pth',
  'torch_forms/protocol4_legacy.pth',
  'torch_forms/script.pt',
  'torch_forms/training.pth.tar',
  'torch_forms/objects.pth',
];
/** Of these the pickle is mutated alone as well. */
const PICKLES = [
  'format_edge_cases/edge.pth',
  'format_edge_cases/edge_proto4.pth',
  'format_edge_cases/edge_numpy.pth',
  'crate_micro/checkpoint_finetune.t7',
  'crate_alpha_micro/checkpoint.pth',
  'crate_mae_micro/checkpoint.pth',
  'torch_forms/whole.pth',
  'torch_forms/training.pth.tar',
  'torch_forms/objects.pth',
];

const ARRAYS = zipOf(
  ['<f4', '>f4', '<f2', '<i4'].map((descr, i) => ({
    name: `w${i}.npy`,
    data: npyOf(npyHeader(descr, [2, descr.endsWith('2') ? 8 : 4], i === 1), floats(1, 2, 3, 4, 5, 6, 7, 8)),
    deflate: i % 2 === 1,
  })),
);

/** The pickle of a file alone, so that its archive stays whole. */
async function pickleOf(path: string): Promise<Target> {
  const entries = [...(await readZip(bytesSource(fixture(path)))).values()];
  const parts = await Promise.all(entries.map(async ({ name, size, read }) => ({ name, data: await read(0, size) })));
  const pickle = parts.find(({ name }) => name.endsWith('data.pkl'));
  if (!pickle) throw new Error(`${path} has no data.pkl`);
  const others = parts.filter((part) => part !== pickle);
  return {
    name: `pickle of ${path}`,
    bytes: pickle.data,
    wrap: (data) => zipOf([{ name: pickle.name, data }, ...others]),
  };
}

const TARGETS: readonly Target[] = [
  ...PATHS.map((path) => ({ name: path, bytes: fixture(path) })),
  { name: 'arrays.npz', bytes: ARRAYS },
  ...(await Promise.all(PICKLES.map(pickleOf))),
];

const MUTATIONS = 300;
/** One mutated file may take this long; the median is under 2 ms. */
const MAX_MS = 1500;
/** Growth of the heap and of buffers together that a file may cause. */
const MAX_BYTES = 400 * 2 ** 20;

/** Integers that are likely to break a length or an offset. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

type Random = () => number;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** Where headers, pickles and directories are: mutations of plain numbers would mostly go unnoticed. */
function place(random: Random, length: number): number {
  const zone = Math.min(length, 4096);
  const draw = random();
  if (draw < 0.5) return below(random, zone);
  return draw < 0.8 ? length - 1 - below(random, zone) : below(random, length);
}

function mutate(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = new Uint8Array(file);
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const at = place(random, bytes.length);
    const span = 1 + below(random, 64);
    switch (below(random, 8)) {
      case 0:
        bytes[at] = below(random, 256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
        break;
      case 2:
        bytes.set(
          little(EDGES[below(random, EDGES.length)] ?? 0, random() < 0.5 ? 4 : 2).slice(0, bytes.length - at),
          at,
        );
        break;
      case 3:
        bytes.set(little(EDGES[below(random, EDGES.length)] ?? 0, 8).slice(0, bytes.length - at), at);
        break;
      case 4:
        bytes = bytes.slice(0, 1 + at);
        break;
      case 5: // a piece of another file in its place
        bytes.set(other.subarray(place(random, other.length)).subarray(0, Math.min(span, bytes.length - at)), at);
        break;
      case 6: // a piece taken out
        bytes = bytesOf(bytes.subarray(0, at), bytes.subarray(at + span));
        break;
      default: // a piece doubled
        bytes = bytesOf(bytes.subarray(0, at + span), bytes.subarray(at));
    }
    if (bytes.length === 0) break;
  }
  return bytes;
}

const memory = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** A model, or an error with a sentence; whether it was a model. */
async function expectOutcome(file: Uint8Array, what: string): Promise<boolean> {
  const [start, before] = [performance.now(), memory()];
  let peak = before;
  let isModel = false;
  try {
    const { config, weights } = await readWhole(file, what, () => {
      peak = Math.max(peak, memory());
    });
    expect(weights.layers, what).toHaveLength(config.L);
    isModel = true;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw new Error(what, { cause: error });
    // One line that ends as a sentence does.
    expect(error.message, what).toMatch(/^.{20,700}[.)]$/u);
  }
  expect(performance.now() - start, `ms of ${what}`).toBeLessThan(MAX_MS);
  expect(peak - before, `bytes of ${what}`).toBeLessThan(MAX_BYTES);
  return isModel;
}

test.each(TARGETS)('$name', { timeout: 60_000 }, async ({ name, bytes, wrap = (mutant) => mutant }) => {
  const random = seeded(name.length * 7919 + bytes.length);
  for (let i = 0; i < MUTATIONS; i++) {
    const other = TARGETS[below(random, TARGETS.length)]?.bytes ?? bytes;
    await expectOutcome(wrap(mutate(bytes, other, random)), `mutation ${i} of ${name}`);
  }
});

/** Sizes of one on either side of what a file may claim, and squares that make a grid. */
const SIDES = [1, 2, 3, 8, 1000, 2 ** 20, 2 ** 20 + 1, 1e7, 1e9, 2 ** 31, 2 ** 40, 2 ** 52];

test('shapes that fit each other and nothing else', { timeout: 60_000 }, async () => {
  const random = seeded(11);
  const side = (): number => SIDES[random() < 0.6 ? below(random, 4) : below(random, SIDES.length)] ?? 1;
  let models = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const kind = (['crate', 'crate-alpha', 'crate-mae'] as const)[i % 3] ?? 'crate';
    const patchSize = side();
    const inner = side();
    const sizes = {
      patchSize,
      imageSize: patchSize * side(),
      d: random() < 0.5 ? inner : side(),
      inner,
      classes: side(),
      atoms: side(),
      L: 1 + below(random, 3),
      hasOutputMap: random() < 0.7,
      headWidth: kind !== 'crate-mae' && random() < 0.2 ? side() : null,
      decoder: kind === 'crate-mae' ? { L: 1 + below(random, 3), inner: random() < 0.5 ? inner : side() } : null,
    };
    const file = repeatedCrate(kind, sizes, [0, 1, Number.NaN][below(random, 3)]);
    if (await expectOutcome(file, `shapes ${i}: ${kind} ${JSON.stringify(sizes)}`)) models++;
  }
  // Else the test would only be of what is refused.
  expect(models).toBeGreaterThan(10);
});
