// The WebGPU engine on every form of CRATE: reference tensors, sizes that are no multiples of 4, buffers of some layers, halves, other
// input sizes, and what is refused.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHalves, toHalf } from '../checkpoint/halfFloat.ts';
import { type CrateConfig, tokenCount } from '../model/config.ts';
import { worstDifference } from '../model/fixtures/golden.ts';
import { loadVariant } from '../model/fixtures/variants.ts';
import type { RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import { createCpuEngine } from './cpuEngine.ts';
import type { Gpu } from './device.ts';
import { layersPerChunk } from './gpuBuffers.ts';
import { createGpuEngine, type GpuEngine, type GpuEngineOptions } from './gpuEngine.ts';
import { gramRounds, pictureArrays } from './gpuPicture.ts';
import { sizesOf } from './gpuSizes.ts';
import { weightArrays } from './gpuWeights.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { openNodeGpu } from './nodeGpu.ts';
import { randomWeights } from './testWeights.ts';

// One device, on which pipelines are compiled once, and one engine for each set of options.
let gpu: Gpu;
const engines = new Map<string, GpuEngine>();
function engineWith(options: GpuEngineOptions = {}): GpuEngine {
  const key = JSON.stringify(options);
  const engine = engines.get(key) ?? createGpuEngine(gpu, options);
  engines.set(key, engine);
  return engine;
}
beforeAll(async () => {
  gpu = await openNodeGpu();
});
afterAll(() => gpu?.device.destroy());

/** Of R^c a head and of R, f32 on the GPU against f64. */
const RELATIVE = 1e-4;

const ODD: CrateConfig = {
  kind: 'crate',
  imageSize: 9,
  patchSize: 3,
  classes: 7,
  d: 50,
  L: 5,
  K: 2,
  p: 25,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const KINDS = {
  CRATE: ODD,
  'CRATE, mean pooled': { ...ODD, pool: 'mean' },
  'the segmentation demo': { ...ODD, headWidth: 30 },
  'CRATE-α': { ...ODD, kind: 'crate-alpha', atoms: 90 },
  'CRATE-α, fewer atoms than channels': { ...ODD, kind: 'crate-alpha', atoms: 35, d: 48, K: 3, p: 16 },
  'CRATE-MAE': { ...ODD, kind: 'crate-mae', classes: 0, lambda: 0.5, decoder: { L: 3, K: 3, p: 10 } },
} satisfies Record<string, CrateConfig>;
const KIND_NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

const pictureOf = ({ imageSize }: CrateConfig, seed = 12): Float32Array => randomFloats(3 * imageSize ** 2, seed);
/** Every second patch, for a model that hides any. */
const hiddenOf = (config: CrateConfig): Uint8Array | undefined =>
  config.decoder ? Uint8Array.from({ length: tokenCount(config) - 1 }, (_, i) => i % 2) : undefined;

const TENSORS: readonly TensorName[] = [
  'patches',
  'tokens',
  'Z',
  'LN_Z',
  'ZU',
  'S',
  'A',
  'heads',
  'Z_half',
  'X',
  'Z_next',
  'ZU_half',
  'ZU_next',
];
const tensorsOf = ({ kind }: CrateConfig): readonly TensorName[] =>
  kind === 'crate-alpha' ? [...TENSORS, 'codes'] : TENSORS;

/** The engine of these options with a model, and one picture run. */
async function ran(config: CrateConfig, weights: CrateWeights, options: GpuEngineOptions = {}) {
  const engine = engineWith(options);
  await engine.load(config, weights);
  return { engine, numbers: await engine.run(pictureOf(config), 0.01, hiddenOf(config)) };
}

/** Everything that an engine gives of a picture, apart from the time. */
async function everything(engine: GpuEngine, config: CrateConfig, { logits, reconstruction, layers }: RunNumbers) {
  const tensors: Float32Array[] = [];
  for (const name of tensorsOf(config)) {
    for (let layer = 0; layer < config.L; layer++) tensors.push(await engine.read(name, layer));
  }
  for (let layer = 0; layer < config.L; layer++) tensors.push(await engine.attentionRow(layer, 1));
  return { logits, reconstruction, layers, tensors };
}

describe.each(KIND_NAMES)('%s at sizes that are no multiples of 4', (kind) => {
  const config = KINDS[kind];
  const weights = randomWeights(config, 11);

  test('logits, pixels, tensors, rates and counts are those of the CPU engine', async () => {
    const cpu = createCpuEngine();
    await cpu.load(config, weights);
    const reference = await cpu.run(pictureOf(config), 0.01, hiddenOf(config));
    const { engine, numbers } = await ran(config, weights);
    // Chains of five layers; measured: logits 1.7e-6, pixels 1.6e-6, tensors 4.3e-6 (S) at most.
    expect(numbers.logits).toHaveLength(config.classes);
    expect(worstDifference(numbers.logits, reference.logits)).toBeLessThan(1e-5);
    expect(numbers.reconstruction === undefined).toBe(config.kind !== 'crate-mae');
    if (reference.reconstruction) {
      expect(worstDifference(numbers.reconstruction ?? [], reference.reconstruction)).toBeLessThan(1e-5);
    }
    for (const name of tensorsOf(config)) {
      for (const layer of [0, 1, config.L - 1]) {
        const difference = worstDifference(await engine.read(name, layer), await cpu.read(name, layer));
        expect(difference, `${name} of layer ${layer}`).toBeLessThan(1e-5);
      }
    }
    const row = [await engine.attentionRow(3, 4), await cpu.attentionRow(3, 4)] as const;
    expect(worstDifference(...row)).toBeLessThan(1e-6);
    numbers.layers.forEach((layer, l) => {
      const twin = reference.layers[l];
      if (!twin) throw new Error('a layer is missing');
      expect(layer.nonzero).toEqual(twin.nonzero);
      expect('codes' in layer.nonzero).toBe(config.kind === 'crate-alpha');
      expect(Math.abs(layer.l1 / twin.l1 - 1)).toBeLessThan(1e-5);
      for (const place of ['input', 'half', 'output'] as const) {
        for (const by of ['raw', 'unit'] as const) {
          expect(Math.abs(layer.R[place][by] / twin.R[place][by] - 1)).toBeLessThan(RELATIVE);
          layer.Rc[place][by].forEach((rate, k) => {
            expect(Math.abs(rate / (twin.Rc[place][by][k] ?? Number.NaN) - 1)).toBeLessThan(RELATIVE);
          });
        }
      }
    });
  });

  test('in buffers of a few layers, Gram matrices one by one: every bit is the same', async () => {
    const larger: CrateConfig = { ...config, imageSize: 21 };
    const given = { ...weights, positions: randomFloats(tokenCount(larger) * config.d, 31) };
    const limit = 31_000;
    expect(layersPerChunk(pictureArrays(larger), limit)).toBeLessThan(config.L);
    expect(layersPerChunk(weightArrays(larger, given, false), limit)).toBeLessThan(config.L);
    expect(gramRounds(sizesOf(larger), limit).all).toBe(1);
    const [whole, cut] = [await ran(larger, given), await ran(larger, given, { bindingLimit: limit })];
    expect(await everything(cut.engine, larger, cut.numbers)).toEqual(
      await everything(whole.engine, larger, whole.numbers),
    );
    expect(await cut.engine.remeasure(0.3)).toEqual(await whole.engine.remeasure(0.3));
  });

  test('weights that are halves give the bits of the same weights in f32', async () => {
    const exact = halved(weights);
    const [single, half] = [
      await ran(config, exact, { halves: 'never' }),
      await ran(config, exact, { halves: 'always' }),
    ];
    expect(single.engine.weightsAs).toBe('f32');
    expect(half.engine.weightsAs).toBe('f16 where exact');
    expect(await everything(half.engine, config, half.numbers)).toEqual(
      await everything(single.engine, config, single.numbers),
    );
    expect((await ran(config, weights, { halves: 'always' })).engine.weightsAs).toBe('f32');
  });

  test('logits alone: the same bits, no measures; what is asked for afterwards is computed then', async () => {
    const { engine, numbers } = await ran(config, weights);
    const all = await everything(engine, config, numbers);
    const fresh = createGpuEngine(gpu);
    await fresh.load(config, weights);
    const alone = await fresh.run(pictureOf(config), 0.01, hiddenOf(config), 'none');
    expect(alone.layers).toEqual([]);
    const layers = await fresh.remeasure(0.01);
    expect(await everything(fresh, config, { ...alone, layers })).toEqual(all);
    // Another picture without measures leaves none of the last one's.
    await fresh.run(pictureOf(config, 99), 0.01, hiddenOf(config), 'none');
    const other = await fresh.remeasure(0.01);
    expect(other).toEqual((await engine.run(pictureOf(config, 99), 0.01, hiddenOf(config))).layers);
    expect(other).not.toEqual(layers);
  });

  test.each(['tile', 'register'] as const)('by %ss instead of quads: the same within rounding', async (product) => {
    const { engine, numbers } = await ran(config, weights);
    const blocks = await everything(engine, config, numbers);
    const tiled = await ran(config, weights, { product });
    expect([engine.product?.kernel, tiled.engine.product?.kernel]).toEqual(['quad', product]);
    const tiles = await everything(tiled.engine, config, tiled.numbers);
    // Two sums of the same terms in another order, a chain of five layers. Measured: 2.9e-6.
    const flat = (numbers_: typeof blocks) => [numbers_.logits, numbers_.reconstruction ?? [], ...numbers_.tensors];
    flat(tiles).forEach((values, i) => {
      expect(worstDifference(values, flat(blocks)[i] ?? [])).toBeLessThan(1e-5);
    });
    tiles.layers.forEach((layer, l) => {
      expect(Math.abs(layer.R.half.raw / (blocks.layers[l]?.R.half.raw ?? 0) - 1)).toBeLessThan(RELATIVE);
    });
  });

  test('another input size and back: as if loaded so, to the bit', async () => {
    const larger: CrateConfig = { ...config, imageSize: 15 };
    const positions = randomFloats(tokenCount(larger) * config.d, 30);
    const { engine, numbers } = await ran(config, weights);
    const before = await everything(engine, config, numbers);
    await engine.resize(larger, positions);
    await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
    const resized = await engine.run(pictureOf(larger), 0.01, hiddenOf(larger));
    const fresh = await ran(larger, { ...weights, positions }, { halves: 'never' });
    expect(await everything(engine, larger, resized)).toEqual(await everything(fresh.engine, larger, fresh.numbers));
    await engine.resize(config, weights.positions);
    const again = await engine.run(pictureOf(config), 0.01, hiddenOf(config));
    expect(await everything(engine, config, again)).toEqual(before);
  });
});

/** Every array rounded to halves. */
function halved<T>(weights: T): T {
  if (weights instanceof Float32Array) return readHalves(Uint16Array.from(weights, toHalf)) as T;
  if (Array.isArray(weights)) return weights.map(halved) as T;
  if (typeof weights !== 'object' || weights === null) return weights;
  return Object.fromEntries(Object.entries(weights).map(([name, part]) => [name, halved(part)])) as T;
}

/** The manifests' names of a layer's tensors. */
const NAMES: readonly (readonly [string, TensorName])[] = [
  ['ln1', 'LN_Z'],
  ['qkv', 'ZU'],
  ['attn', 'A'],
  ['heads_out', 'heads'],
  ['z_half', 'Z_half'],
  ['ln2', 'X'],
  ['z_out', 'Z_next'],
];

describe('reference tensors', () => {
  test('CRATE-α: every tensor of every layer, and logits', async () => {
    const { config, weights, images, expected, atolOf } = loadVariant('crate_alpha_micro');
    const engine = engineWith();
    await engine.load(config, weights);
    const { logits } = await engine.run(images[0] ?? new Float32Array(0), 0.01);
    expect(worstDifference(logits, expected('logits'))).toBeLessThanOrEqual(atolOf('logits'));
    for (let l = 0; l < config.L; l++) {
      for (const [part, tensor] of [...NAMES, ['codes', 'codes'] as const]) {
        const name = `layers.${l}.${part}`;
        expect(worstDifference(await engine.read(tensor, l), expected(name)), name).toBeLessThanOrEqual(atolOf(name));
      }
    }
  });

  test('CRATE-MAE with its mask: every tensor of the encoder, and the pixels', async () => {
    const { config, weights, images, expected, atolOf } = loadVariant('crate_mae_micro');
    const engine = engineWith();
    await engine.load(config, weights);
    const hidden = Uint8Array.from(expected('mask'));
    const { logits, reconstruction } = await engine.run(images[0] ?? new Float32Array(0), 0.01, hidden);
    expect(logits).toHaveLength(0);
    expect(worstDifference(reconstruction ?? [], expected('pred'))).toBeLessThanOrEqual(atolOf('pred'));
    expect(worstDifference(await engine.read('tokens', 0), expected('tokens'))).toBeLessThanOrEqual(atolOf('tokens'));
    for (let l = 0; l < config.L; l++) {
      for (const [part, tensor] of NAMES) {
        const name = `blocks.${l}.${part}`;
        expect(worstDifference(await engine.read(tensor, l), expected(name)), name).toBeLessThanOrEqual(atolOf(name));
      }
    }
  });

  test('CRATE-MAE with nothing hidden, after a run with a mask', async () => {
    const { config, weights, images, expected, atolOf } = loadVariant('crate_mae_micro');
    const engine = engineWith();
    await engine.load(config, weights);
    const image = images[0] ?? new Float32Array(0);
    await engine.run(image, 0.01, new Uint8Array(tokenCount(config) - 1).fill(1));
    await engine.run(image, 0.01);
    const name = 'tokens_nomask';
    expect(worstDifference(await engine.read('tokens', 0), expected(name))).toBeLessThanOrEqual(atolOf(name));
  });
});

test('a layer of the size of CRATE-T: d = 192, 197 tokens, 3 layers', async () => {
  const config: CrateConfig = { ...ODD, imageSize: 224, patchSize: 16, classes: 100, d: 192, L: 3, K: 3, p: 64 };
  const weights = randomWeights(config, 21);
  const cpu = createCpuEngine();
  await cpu.load(config, weights);
  const reference = await cpu.run(pictureOf(config), 0.01);
  const { engine, numbers } = await ran(config, weights);
  // Measured: logits 2.7e-6, Z_next 4.0e-6.
  expect(worstDifference(numbers.logits, reference.logits)).toBeLessThan(1e-5);
  expect(worstDifference(await engine.read('Z_next', 2), await cpu.read('Z_next', 2))).toBeLessThan(2e-5);
  numbers.layers.forEach((layer, l) => {
    const twin = reference.layers[l];
    if (!twin) throw new Error('a layer is missing');
    expect(Math.abs(layer.R.half.raw / twin.R.half.raw - 1)).toBeLessThan(RELATIVE);
    expect(Math.abs(layer.R.output.unit / twin.R.output.unit - 1)).toBeLessThan(RELATIVE);
    // An entry within f32's error of the threshold may fall on its other side.
    expect(Math.abs(layer.nonzero.output - twin.nonzero.output) * 197 * 192).toBeLessThan(1.5);
  });
});

test('2305 tokens, more than ssa keeps whole rows of: as the CPU engine', async () => {
  const config: CrateConfig = { ...ODD, imageSize: 96, patchSize: 2, d: 12, L: 1, K: 1, p: 12 };
  const weights = randomWeights(config, 22);
  const cpu = createCpuEngine();
  await cpu.load(config, weights);
  const reference = await cpu.run(pictureOf(config), 0.01);
  const { engine, numbers } = await ran(config, weights);
  // Measured: logits 2.4e-7, heads 1.1e-6, the row 4.2e-9.
  expect(worstDifference(numbers.logits, reference.logits)).toBeLessThan(1e-5);
  expect(worstDifference(await engine.read('heads', 0), await cpu.read('heads', 0))).toBeLessThan(1e-5);
  expect(worstDifference(await engine.attentionRow(0, 2304), await cpu.attentionRow(0, 2304))).toBeLessThan(1e-6);
});

describe('what is refused', () => {
  const weights = randomWeights(ODD, 11);

  test('masks', async () => {
    const { engine } = await ran(ODD, weights);
    await expect(engine.run(pictureOf(ODD), 0.01, new Uint8Array(9))).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'Only CRATE-MAE can hide patches; this model has no mask token.',
    });
    const mae = await ran(KINDS['CRATE-MAE'], randomWeights(KINDS['CRATE-MAE'], 1));
    await expect(mae.engine.run(pictureOf(ODD), 0.01, new Uint8Array(8))).rejects.toThrow(
      'The mask holds 8 entries, the picture has 9 patches.',
    );
  });

  test('rows and tensors that there are not', async () => {
    const { engine } = await ran(ODD, weights);
    await expect(engine.attentionRow(5, 0)).rejects.toThrow('invalid layer: 5');
    await expect(engine.attentionRow(0, 10)).rejects.toThrow('invalid token: 10');
    await expect(engine.attentionRow(0, 1.5)).rejects.toThrow('invalid token: 1.5');
    await expect(engine.read('codes', 0)).rejects.toThrow('invalid tensor: codes');
  });

  test('a whole K × n × n that fits no buffer; a row of it is read', async () => {
    const config = { ...ODD, imageSize: 45 };
    const { engine } = await ran(config, randomWeights(config, 3), { bindingLimit: 400_000 });
    for (const name of ['A', 'S'] as const) {
      await expect(engine.read(name, 0)).rejects.toMatchObject({
        code: 'limit-exceeded',
        message: `${name} needs 0.4 MiB in one buffer; this adapter binds at most 0.4 MiB. Ask for one token's row instead.`,
      });
    }
    expect(await engine.attentionRow(0, 0)).toHaveLength(2 * 226);
  });

  test('a model and a size that fit no buffer, with what was there before kept', async () => {
    const { engine, numbers } = await ran(ODD, weights, { bindingLimit: 2 ** 18 });
    const large = { ...ODD, classes: 5000 };
    const refusal = 'headWeight needs 1.0 MiB in one buffer; this adapter binds at most 0.3 MiB.';
    await expect(engine.load(large, randomWeights(large, 8))).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: refusal,
    });
    const wide = { ...ODD, imageSize: 111 };
    const sentence = 'positions needs 0.3 MiB in one buffer; this adapter binds at most 0.3 MiB.';
    expect(engine.estimate(wide).refusal).toBe(sentence);
    await expect(engine.resize(wide, randomFloats(tokenCount(wide) * 50, 1))).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: sentence,
    });
    expect((await engine.run(pictureOf(ODD), 0.01)).logits).toEqual(numbers.logits);
  });

  test('another model’s size, or positions for another', async () => {
    const { engine } = await ran(ODD, weights);
    await expect(engine.resize({ ...ODD, d: 48 }, weights.positions)).rejects.toThrow('only imageSize may differ');
    await expect(engine.resize({ ...ODD, imageSize: 12 }, weights.positions)).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'The positions hold 500 numbers, 17 tokens of width 50 need 850.',
    });
  });

  test('anything before a model is loaded', async () => {
    const engine = createGpuEngine(gpu);
    expect(engine.weightsAs).toBeNull();
    for (const asked of [engine.attentionRow(0, 0), engine.read('Z', 0), engine.resize(ODD, weights.positions)]) {
      await expect(asked).rejects.toMatchObject({ code: 'not-loaded' });
    }
    expect(engine.estimate(ODD)).toEqual({ bytes: expect.any(Number), refusal: null });
  });
});

describe('memory that runs out', () => {
  const weights = randomWeights(ODD, 11);

  let engine: GpuEngine;
  /** Buffers that are not destroyed. */
  const alive = new Set<GPUBuffer>();
  /** `out-of-memory` scopes from now to the one that reports an error. */
  let scopesLeft = Number.POSITIVE_INFINITY;

  beforeAll(() => {
    const { device } = gpu;
    const filters: GPUErrorFilter[] = [];
    const changed: Partial<GPUDevice> = {
      pushErrorScope(filter) {
        filters.push(filter);
        return device.pushErrorScope(filter);
      },
      async popErrorScope() {
        const isMemory = filters.pop() === 'out-of-memory';
        const error = await device.popErrorScope();
        return isMemory && --scopesLeft === 0 ? ({ message: 'no memory' } as GPUError) : error;
      },
      createBuffer(descriptor) {
        const buffer = device.createBuffer(descriptor);
        alive.add(buffer);
        const destroy = buffer.destroy.bind(buffer);
        Object.defineProperty(buffer, 'destroy', {
          value: () => {
            alive.delete(buffer);
            destroy();
          },
        });
        return buffer;
      },
    };
    const starving = new Proxy(device, {
      get(target, name) {
        const value = Reflect.get(name in changed ? changed : target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    engine = createGpuEngine({ ...gpu, device: starving });
  });

  // Scopes of a load: weights, the picture's arrays, plan and read-back, upload; of a resize: the picture's arrays, plan and read-back.
  test.each([1, 2, 3, 4])(
    'while a second model is loaded, in scope %i: all of it is given back, the first goes on',
    async (scope) => {
      await engine.load(ODD, weights);
      const { logits } = await engine.run(pictureOf(ODD), 0.01);
      const before = new Set(alive);
      scopesLeft = scope;
      const second = KINDS['CRATE-α'];
      await expect(engine.load(second, randomWeights(second, 2))).rejects.toMatchObject({
        code: 'out-of-memory',
        message: expect.stringMatching(/^The model needs 0\.\d MiB of GPU memory, more than there is\.$/),
      });
      expect(alive).toEqual(before);
      expect((await engine.run(pictureOf(ODD), 0.01)).logits).toEqual(logits);
    },
  );

  test.each([1, 2])('while the size is changed, in scope %i: the old size goes on', async (scope) => {
    await engine.load(ODD, weights);
    const { logits } = await engine.run(pictureOf(ODD), 0.01);
    const before = new Set(alive);
    scopesLeft = scope;
    const larger = { ...ODD, imageSize: 30 };
    await expect(engine.resize(larger, randomFloats(tokenCount(larger) * 50, 4))).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/^A picture of 30 px needs \d\.\d MiB of GPU memory, more than there is\.$/),
    });
    expect(alive).toEqual(before);
    expect((await engine.run(pictureOf(ODD), 0.01)).logits).toEqual(logits);
    await engine.resize(larger, randomFloats(tokenCount(larger) * 50, 4));
    expect((await engine.run(pictureOf(larger), 0.01)).logits).toHaveLength(7);
  });
});
