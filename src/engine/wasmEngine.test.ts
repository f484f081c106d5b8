// The WebAssembly engine on every form of CRATE: reference tensors, the f64 definitions at sizes that fit no tile, other input sizes,
// runs without measures, and what is refused.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CrateConfig, tokenCount } from '../model/config.ts';
import { CASES, engineTensorOf, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import { loadVariant } from '../model/fixtures/variants.ts';
import type { RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import { createCpuEngine } from './cpuEngine.ts';
import type { Engine } from './engine.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { randomWeights } from './testWeights.ts';
import { createWasmEngine, wasmSimdSupported } from './wasmEngine.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

async function loadedWith(config: CrateConfig, weights: CrateWeights): Promise<Engine> {
  const engine = await createWasmEngine();
  await engine.load(config, weights);
  return engine;
}

test('it says what it is', async () => {
  expect(wasmSimdSupported()).toBe(true);
  const { kind, adapter } = await createWasmEngine();
  expect({ kind, adapter }).toEqual({ kind: 'cpu', adapter: 'CPU, float32, WebAssembly SIMD' });
});

describe.each(CASES)('%s', (name) => {
  const golden = loadCase(name);
  const { config } = golden;

  test.each(golden.images.map((_, sample) => sample))('picture %i: logits, measures, tensors', async (sample) => {
    const engine = await loadedWith(config, golden.weights);
    const { logits, layers } = await engine.run(golden.images[sample] ?? new Float32Array(0), 0.01);
    for (const { name: tensor, data, atol } of golden.expected.filter((entry) => entry.sample === sample)) {
      const where = engineTensorOf(tensor);
      if (tensor === 'logits') expect(worstDifference(logits, data)).toBeLessThanOrEqual(atol);
      if (!where) continue;
      expect(worstDifference(await engine.read(where.tensor, where.layer), data), tensor).toBeLessThanOrEqual(atol);
    }
    layers.forEach((layer, l) => {
      const rates = golden.metrics[l]?.codingRate[sample] ?? [];
      expect(layer.Rc.input.unit).toHaveLength(config.K);
      // Measured: 1.4e-6.
      layer.Rc.input.unit.forEach((rate, k) => {
        expect(Math.abs(rate / (rates[k] ?? Number.NaN) - 1)).toBeLessThan(1e-5);
      });
      const nonzeros = layer.nonzero.output * tokenCount(config) * config.d;
      expect(Math.abs(nonzeros - (golden.metrics[l]?.nonzeros[sample] ?? Number.NaN))).toBeLessThan(1.5);
    });
  });
});

const ODD: CrateConfig = {
  kind: 'crate',
  imageSize: 15,
  patchSize: 3,
  classes: 7,
  d: 50,
  L: 3,
  K: 2,
  p: 25,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const KINDS = {
  CRATE: ODD,
  'CRATE of one patch': { ...ODD, imageSize: 3 },
  'CRATE, mean pooled, heads narrower than d': { ...ODD, pool: 'mean', K: 3, p: 6 },
  'the segmentation demo': { ...ODD, headWidth: 30 },
  'CRATE without an output map': { ...ODD, K: 1, p: 50 },
  'CRATE-α': { ...ODD, kind: 'crate-alpha', atoms: 90 },
  'CRATE-α, fewer atoms than channels': { ...ODD, kind: 'crate-alpha', atoms: 35, d: 48, K: 3, p: 16 },
  'CRATE-MAE': { ...ODD, kind: 'crate-mae', classes: 0, lambda: 0.5, decoder: { L: 3, K: 3, p: 10 } },
} satisfies Record<string, CrateConfig>;

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
const pictureOf = ({ imageSize }: CrateConfig, seed = 12): Float32Array => randomFloats(3 * imageSize ** 2, seed);
/** Every second patch, for a model that hides any. */
const hiddenOf = (config: CrateConfig): Uint8Array | undefined =>
  config.decoder ? Uint8Array.from({ length: tokenCount(config) - 1 }, (_, i) => i % 2) : undefined;

function weightsOf(config: CrateConfig): CrateWeights {
  const weights = randomWeights(config, 11);
  if (config.K > 1) return weights;
  return { ...weights, layers: weights.layers.map((layer) => ({ ...layer, W: null, b: null })) };
}

/** Everything that an engine gives of a picture, apart from the time. */
async function everything(engine: Engine, config: CrateConfig, { logits, reconstruction, layers }: RunNumbers) {
  const tensors: Float32Array[] = [];
  for (const name of tensorsOf(config)) {
    for (let layer = 0; layer < config.L; layer++) tensors.push(await engine.read(name, layer));
  }
  return { logits, reconstruction, layers, tensors };
}

function expectNear(numbers: RunNumbers, reference: RunNumbers): void {
  expect(worstDifference(numbers.logits, reference.logits)).toBeLessThan(1e-5);
  expect(numbers.reconstruction === undefined).toBe(reference.reconstruction === undefined);
  expect(worstDifference(numbers.reconstruction ?? [], reference.reconstruction ?? [])).toBeLessThan(1e-5);
  expect(numbers.layers).toHaveLength(reference.layers.length);
  numbers.layers.forEach((layer, l) => {
    const twin = reference.layers[l];
    if (!twin) throw new Error('a layer is missing');
    expect(layer.index).toBe(twin.index);
    expect(layer.nonzero).toEqual(twin.nonzero);
    expect(Math.abs(layer.l1 / twin.l1 - 1)).toBeLessThan(1e-5);
    layer.attention.cls.forEach((row, k) => {
      expect(worstDifference(row, twin.attention.cls[k] ?? [])).toBeLessThan(1e-6);
    });
    // Measured: 1.4e-6 at most; of the tokens' own f32, not of the rates.
    for (const place of ['input', 'half', 'output'] as const) {
      for (const by of ['raw', 'unit'] as const) {
        expect(Math.abs(layer.R[place][by] / twin.R[place][by] - 1)).toBeLessThan(1e-5);
        layer.Rc[place][by].forEach((rate, k) => {
          expect(Math.abs(rate / (twin.Rc[place][by][k] ?? Number.NaN) - 1)).toBeLessThan(1e-5);
        });
      }
    }
  });
}

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s at sizes that are no multiples of 8', (kind) => {
  const config: CrateConfig = KINDS[kind];
  const weights = weightsOf(config);

  test('logits, pixels, tensors, rates and counts are those of the f64 definitions', async () => {
    const cpu = createCpuEngine();
    await cpu.load(config, weights);
    const reference = await cpu.run(pictureOf(config), 0.01, hiddenOf(config));
    const engine = await loadedWith(config, weights);
    const numbers = await engine.run(pictureOf(config), 0.01, hiddenOf(config));
    expectNear(numbers, reference);
    for (const name of tensorsOf(config)) {
      for (let layer = 0; layer < config.L; layer++) {
        const difference = worstDifference(await engine.read(name, layer), await cpu.read(name, layer));
        expect(difference, `${name} of layer ${layer}`).toBeLessThan(1e-5);
      }
    }
    const last = tokenCount(config) - 1;
    const row = [await engine.attentionRow(1, last), await cpu.attentionRow(1, last)] as const;
    expect(worstDifference(...row)).toBeLessThan(1e-6);
    expectNear({ ...numbers, layers: await engine.remeasure(0.3) }, { ...reference, layers: await cpu.remeasure(0.3) });
  });

  test('a run without measures: the same bits, and measures when they are asked for', async () => {
    const engine = await loadedWith(config, weights);
    const all = await everything(engine, config, await engine.run(pictureOf(config), 0.01, hiddenOf(config)));
    const other = await engine.run(pictureOf(config, 13), 0.01);
    expect(other.layers).not.toEqual(all.layers);
    const none = await engine.run(pictureOf(config), 0.01, hiddenOf(config), 'none');
    expect(none.layers).toEqual([]);
    const { layers, ...rest } = await everything(engine, config, none);
    expect({ ...rest, layers: await engine.remeasure(0.01) }).toEqual(all);
    expect(layers).toEqual([]);
  });

  test('another input size and back: as if loaded so, to the bit', async () => {
    const larger: CrateConfig = { ...config, imageSize: 21 };
    const positions = randomFloats(tokenCount(larger) * config.d, 30);
    const engine = await loadedWith(config, weights);
    const before = await everything(engine, config, await engine.run(pictureOf(config), 0.01, hiddenOf(config)));
    await engine.resize(larger, positions);
    await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(engine.run(pictureOf(config), 0.01)).rejects.toMatchObject({ code: 'shape-mismatch' });
    const resized = await engine.run(pictureOf(larger), 0.01, hiddenOf(larger));
    const fresh = await loadedWith(larger, { ...weights, positions });
    expect(await everything(engine, larger, resized)).toEqual(
      await everything(fresh, larger, await fresh.run(pictureOf(larger), 0.01, hiddenOf(larger))),
    );
    await engine.resize(config, weights.positions);
    const again = await engine.run(pictureOf(config), 0.01, hiddenOf(config));
    expect(await everything(engine, config, again)).toEqual(before);
  });
});

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
    const engine = await loadedWith(config, weights);
    const { logits } = await engine.run(images[0] ?? new Float32Array(0), 0.01);
    expect(worstDifference(logits, expected('logits'))).toBeLessThanOrEqual(atolOf('logits'));
    for (let l = 0; l < config.L; l++) {
      for (const [part, tensor] of [...NAMES, ['codes', 'codes'] as const]) {
        const name = `layers.${l}.${part}`;
        expect(worstDifference(await engine.read(tensor, l), expected(name)), name).toBeLessThanOrEqual(atolOf(name));
      }
    }
  });

  test('CRATE-MAE with its mask, then with nothing hidden', async () => {
    const { config, weights, images, expected, atolOf } = loadVariant('crate_mae_micro');
    const engine = await loadedWith(config, weights);
    const image = images[0] ?? new Float32Array(0);
    const { logits, reconstruction } = await engine.run(image, 0.01, Uint8Array.from(expected('mask')));
    expect(logits).toHaveLength(0);
    expect(worstDifference(reconstruction ?? [], expected('pred'))).toBeLessThanOrEqual(atolOf('pred'));
    for (let l = 0; l < config.L; l++) {
      for (const [part, tensor] of NAMES) {
        const name = `blocks.${l}.${part}`;
        expect(worstDifference(await engine.read(tensor, l), expected(name)), name).toBeLessThanOrEqual(atolOf(name));
      }
    }
    await engine.run(image, 0.01);
    const tokens = await engine.read('tokens', 0);
    expect(worstDifference(tokens, expected('tokens_nomask'))).toBeLessThanOrEqual(atolOf('tokens_nomask'));
  });
});

test('more tokens than scores are kept of: 577, some at a time', async () => {
  const config: CrateConfig = { ...ODD, imageSize: 48, patchSize: 2, d: 24, L: 1, K: 2, p: 12 };
  const weights = randomWeights(config, 22);
  const cpu = createCpuEngine();
  await cpu.load(config, weights);
  const engine = await loadedWith(config, weights);
  expectNear(await engine.run(pictureOf(config), 0.01), await cpu.run(pictureOf(config), 0.01));
  expect(worstDifference(await engine.read('A', 0), await cpu.read('A', 0))).toBeLessThan(1e-6);
});

test('loading tells of every byte, and a second model replaces the first', async () => {
  const heard: [number, number][] = [];
  const engine = await createWasmEngine();
  await engine.load(ODD, weightsOf(ODD), (bytes, total) => heard.push([bytes, total]));
  const [last = [0, 1]] = heard.slice(-1);
  expect(last[0]).toBe(last[1]);
  expect(heard.every(([bytes], i) => i === 0 || bytes > (heard[i - 1]?.[0] ?? 0))).toBe(true);
  await engine.run(pictureOf(ODD), 0.01);
  const mae = KINDS['CRATE-MAE'];
  await engine.load(mae, weightsOf(mae));
  await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
  expect((await engine.run(pictureOf(mae), 0.01)).reconstruction).toHaveLength(3 * mae.imageSize ** 2);
});

describe('what is refused', () => {
  const weights = weightsOf(ODD);

  test('what is asked too early', async () => {
    const engine = await createWasmEngine();
    await expect(engine.run(pictureOf(ODD), 0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(engine.resize(ODD, weights.positions)).rejects.toMatchObject({ code: 'not-loaded' });
    await engine.load(ODD, weights);
    await expect(engine.remeasure(0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(engine.attentionRow(0, 0)).rejects.toMatchObject({ code: 'not-loaded' });
    engine.dispose();
    await expect(engine.run(pictureOf(ODD), 0.01)).rejects.toMatchObject({ code: 'not-loaded' });
  });

  test('pictures, masks, positions and weights of another size', async () => {
    const engine = await loadedWith(ODD, weights);
    await expect(engine.run(new Float32Array(10), 0.01)).rejects.toThrow('the model needs 3 × 15 × 15 = 675');
    await expect(engine.run(pictureOf(ODD), 0.01, new Uint8Array(25))).rejects.toThrow('this model has no mask token');
    await expect(engine.resize(ODD, new Float32Array(10))).rejects.toThrow('26 tokens of width 50 need 1300');
    const short = { ...weights, layers: weights.layers.map((layer) => ({ ...layer, U: new Float32Array(3) })) };
    await expect(engine.load(ODD, short)).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'layer U holds 3 numbers, the model needs 2500.',
    });
    await expect(engine.load({ ...ODD, L: 4 }, weights)).rejects.toThrow('missing weights: 3 of 4 layers');
    // The model at hand stayed.
    expect((await engine.run(pictureOf(ODD), 0.01)).layers).toHaveLength(3);
  });

  test('rows, layers, tensors and ε² that there are not', async () => {
    const engine = await loadedWith(ODD, weights);
    await engine.run(pictureOf(ODD), 0.01);
    await expect(engine.attentionRow(3, 0)).rejects.toThrow('invalid layer: 3');
    await expect(engine.attentionRow(0, 26)).rejects.toThrow('invalid token: 26');
    await expect(engine.read('Z', 3)).rejects.toThrow('invalid layer: 3');
    await expect(engine.read('codes', 0)).rejects.toThrow('invalid tensor: codes');
    await expect(engine.remeasure(0)).rejects.toThrow('ε² must be positive, it is 0');
  });

  test.each(['CRATE', 'CRATE-α', 'CRATE-MAE'] as const)(
    'NaN in a picture of %s, and nothing of it is shown',
    async (kind) => {
      const config: CrateConfig = KINDS[kind];
      const engine = await loadedWith(config, weightsOf(config));
      const first = await engine.run(pictureOf(config), 0.01);
      const spoilt = pictureOf(config);
      spoilt[40] = Number.NaN;
      for (const measures of ['all', 'none'] as const) {
        await expect(engine.run(spoilt, 0.01, undefined, measures)).rejects.toMatchObject({ code: 'forward-failed' });
      }
      await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
      expect((await engine.run(pictureOf(config), 0.01)).layers).toEqual(first.layers);
    },
  );

  test('a size that 32 bits do not address, with the model at hand kept', async () => {
    const engine = await loadedWith(ODD, weights);
    const huge: CrateConfig = { ...ODD, imageSize: 6000 };
    const { bytes, refusal } = engine.estimate(huge);
    expect(bytes).toBeGreaterThan(2 ** 32);
    expect(refusal).toMatch(
      /^A picture of 6000 px with this model needs .* MiB of memory; WebAssembly addresses at most 4096.0 MiB\.$/,
    );
    await expect(engine.resize(huge, new Float32Array(0))).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: refusal,
    });
    await expect(engine.load(huge, weights)).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(engine.estimate(ODD).refusal).toBeNull();
    expect(engine.estimate({ ...ODD, imageSize: 16 }).refusal).toBe('16 px are no multiple of the patch side, 3 px.');
    expect((await engine.run(pictureOf(ODD), 0.01)).logits).toHaveLength(7);
  });

  test('memory that the browser does not give, with the model at hand kept', async () => {
    const engine = await loadedWith(ODD, weights);
    const larger: CrateConfig = { ...ODD, imageSize: 150 };
    vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    });
    const positions = new Float32Array(tokenCount(larger) * ODD.d);
    await expect(engine.resize(larger, positions)).rejects.toMatchObject({ code: 'out-of-memory' });
    await expect(engine.load(ODD, weights)).rejects.toMatchObject({ code: 'out-of-memory' });
    expect((await engine.run(pictureOf(ODD), 0.01)).logits).toHaveLength(7);
  });
});
