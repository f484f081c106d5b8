// The CPU engine held to the reference cases through the interface that the page uses.

import { describe, expect, test } from 'vitest';
import { atomCount, type CrateConfig, gridSide, tokenCount } from '../model/config.ts';
import { CASES, engineTensorOf, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import { loadVariant, VARIANTS } from '../model/fixtures/variants.ts';
import { forward } from '../model/forward.ts';
import { measuredLayers } from '../model/measures.ts';
import { interpolatePositions, resizedConfig } from '../model/positions.ts';
import { nonzeroShare } from '../model/sparsity.ts';
import type { TensorName } from '../model/trace.ts';
import { createCpuEngine } from './cpuEngine.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { randomWeights } from './testWeights.ts';

describe.each(CASES)('%s', (name) => {
  const golden = loadCase(name);
  const { config } = golden;
  const n = (config.imageSize / config.patchSize) ** 2 + 1;

  test.each(golden.images.map((_, sample) => sample))('picture %i: logits, measures, tensors', async (sample) => {
    const engine = createCpuEngine();
    await engine.load(config, golden.weights);
    const { logits, layers, ms } = await engine.run(golden.images[sample] ?? new Float32Array(0), 0.01);
    expect(ms).toBeGreaterThan(0);

    let read = 0;
    for (const { name: tensor, data, atol } of golden.expected.filter((entry) => entry.sample === sample)) {
      const where = engineTensorOf(tensor);
      if (tensor === 'logits') expect(worstDifference(logits, data)).toBeLessThanOrEqual(atol);
      if (!where) continue;
      expect(worstDifference(await engine.read(where.tensor, where.layer), data), tensor).toBeLessThanOrEqual(atol);
      read++;
    }
    // The second picture of crate_cifar has logits and measures only.
    if (sample === 0) expect(read).toBeGreaterThanOrEqual(3 * config.L);

    expect(layers.map(({ index }) => index)).toEqual(Array.from({ length: config.L }, (_, l) => l + 1));
    layers.forEach((layer, l) => {
      const rates = golden.metrics[l]?.codingRate[sample] ?? [];
      expect(layer.Rc.input.unit).toHaveLength(config.K);
      layer.Rc.input.unit.forEach((rate, k) => {
        expect(Math.abs(rate - (rates[k] ?? Number.NaN))).toBeLessThan(1e-7 * rate);
      });
      const nonzeros = layer.nonzero.output * n * config.d;
      expect(Math.abs(nonzeros - (golden.metrics[l]?.nonzeros[sample] ?? Number.NaN))).toBeLessThan(1.5);
    });
  });
});

describe('crate_cifar', () => {
  const { config, weights, images } = loadCase('crate_cifar');
  const [image = new Float32Array(0), other = new Float32Array(0)] = images;
  const n = 65;

  test('every tensor has the size its name promises', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const sizes = {
      patches: (n - 1) * 48,
      tokens: n * config.d,
      Z: n * config.d,
      LN_Z: n * config.d,
      ZU: n * config.K * config.p,
      S: config.K * n * n,
      A: config.K * n * n,
      heads: n * config.K * config.p,
      Z_half: n * config.d,
      X: n * config.d,
      Z_next: n * config.d,
      ZU_half: n * config.K * config.p,
      ZU_next: n * config.K * config.p,
    } as const;
    for (const name of Object.keys(sizes) as (keyof typeof sizes)[]) {
      expect((await engine.read(name, 3)).length, name).toBe(sizes[name]);
    }
    await expect(engine.read('Z', 6)).rejects.toThrow('invalid layer: 6');
  });

  test('another ε² changes the rates as a new run would, and nothing else', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    const first = await engine.run(image, 0.01);
    const again = await engine.remeasure(0.5);
    expect(again).toEqual((await engine.run(image, 0.5)).layers);
    expect(again.map(({ nonzero, l1, attention }) => ({ nonzero, l1, attention }))).toEqual(
      first.layers.map(({ nonzero, l1, attention }) => ({ nonzero, l1, attention })),
    );
    again.forEach((layer, l) => {
      expect(layer.R.half.raw).toBeLessThan(first.layers[l]?.R.half.raw ?? Number.NaN);
    });
  });

  test('a run without measures gives the same logits; asked for later, measures and projections are there', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    const all = await engine.run(image, 0.01);
    const ZU_half = await engine.read('ZU_half', 2);
    const { logits, layers } = await engine.run(image, 0.01, undefined, 'none');
    expect(logits).toEqual(all.logits);
    expect(layers).toEqual([]);
    expect(await engine.read('ZU_half', 2)).toEqual(ZU_half);
    expect(await engine.remeasure(0.01)).toEqual(all.layers);
  });

  test('the second picture leaves nothing of the first', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const after = await engine.run(other, 0.01);
    const fresh = createCpuEngine();
    await fresh.load(config, weights);
    expect(after.layers).toEqual((await fresh.run(other, 0.01)).layers);
  });

  test('one picture with all measures takes well under a second of processor time', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const before = process.cpuUsage();
      await engine.run(image, 0.01);
      times.push(process.cpuUsage(before).user / 1000);
    }
    // About 100 ms; processor time, since a busy machine stretches the clock's.
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  test('what is asked too early or in the wrong size is refused with a sentence', async () => {
    const engine = createCpuEngine();
    await expect(engine.run(image, 0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await engine.load(config, weights);
    await expect(engine.remeasure(0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(engine.run(new Float32Array(10), 0.01)).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'The picture holds 10 numbers, the model needs 3 × 32 × 32 = 3072.',
    });
    await expect(
      engine.run(
        image.map(() => Number.NaN),
        0.01,
      ),
    ).rejects.toMatchObject({ code: 'forward-failed' });
    engine.dispose();
    await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
  });
});

/** Bytes of every array that an object holds, shared ones once; getters are not read. */
function keptBytes(roots: readonly object[]): number {
  const buffers = new Set<ArrayBufferLike>();
  const visit = (value: unknown): void => {
    if (value instanceof Float64Array) buffers.add(value.buffer);
    else if (typeof value === 'object' && value !== null) {
      for (const { value: part } of Object.values(Object.getOwnPropertyDescriptors(value))) visit(part);
    }
  };
  roots.forEach(visit);
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const SIZES = {
  imageSize: 24,
  patchSize: 4,
  classes: 7,
  d: 30,
  L: 2,
  K: 3,
  p: 8,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
} as const;
const KINDS: readonly CrateConfig[] = [
  { kind: 'crate', ...SIZES, headWidth: 11 },
  { kind: 'crate-alpha', ...SIZES, atoms: 120 },
  { kind: 'crate-mae', ...SIZES, classes: 0, lambda: 0.5, decoder: { L: 2, K: 5, p: 7 } },
];

describe.each(KINDS)('$kind of any size', (config) => {
  const weights = randomWeights(config, 1);
  const image = randomFloats(3 * config.imageSize ** 2, 99);

  test('runs, and at another size after resize', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    const first = await engine.run(image, 0.01);
    expect(first.logits).toHaveLength(config.classes);
    expect(first.reconstruction?.length).toBe(config.kind === 'crate-mae' ? image.length : undefined);

    const larger = resizedConfig(config, 40);
    await engine.resize(larger, interpolatePositions(weights.positions, config.d, gridSide(config), gridSide(larger)));
    await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(engine.run(image, 0.01)).rejects.toMatchObject({ code: 'shape-mismatch' });
    const { logits, layers, reconstruction } = await engine.run(randomFloats(3 * 40 * 40, 98), 0.01);
    expect(logits).toHaveLength(config.classes);
    expect(reconstruction?.length).toBe(config.kind === 'crate-mae' ? 3 * 40 * 40 : undefined);
    expect(layers[1]?.attention.cls[2]).toHaveLength(101);
    expect(await engine.read('Z_next', 1)).toHaveLength(101 * config.d);
    expect(await engine.attentionRow(1, 100)).toHaveLength(config.K * 101);

    // Back at the trained size nothing has changed.
    await engine.resize(config, weights.positions);
    expect((await engine.run(image, 0.01)).layers).toEqual(first.layers);
  });

  test('attentionRow is a row of A', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const A = await engine.read('A', 1);
    const n = tokenCount(config);
    for (const token of [0, 5, n - 1]) {
      const rows = await engine.attentionRow(1, token);
      for (let k = 0; k < config.K; k++) {
        const from = (k * n + token) * n;
        expect(worstDifference(rows.subarray(k * n, (k + 1) * n), A.subarray(from, from + n))).toBeLessThan(1e-7);
      }
    }
    await expect(engine.attentionRow(1, n)).rejects.toThrow(`invalid token: ${n}`);
    await expect(engine.attentionRow(2, 0)).rejects.toThrow('invalid layer: 2');
  });

  test('estimate is what a run keeps, and one head’s scores and softmax', () => {
    const run = forward(config, weights, image);
    const kept = keptBytes([run, measuredLayers(config, weights, run)]);
    const { bytes, refusal } = createCpuEngine().estimate(config);
    expect(refusal).toBeNull();
    expect(Math.abs(bytes - kept - 2 * 8 * tokenCount(config) ** 2) / kept).toBeLessThan(0.01);
  });

  test('loading tells that all bytes are taken up', async () => {
    const heard: [number, number][] = [];
    await createCpuEngine().load(config, weights, (bytes, total) => heard.push([bytes, total]));
    const [[bytes, total] = [0, 1]] = heard;
    expect(heard).toHaveLength(1);
    expect(bytes).toBe(total);
    expect(total).toBeGreaterThan(4 * config.L * config.d * atomCount(config));
  });
});

describe.each(VARIANTS)('%s', (name) => {
  const variant = loadVariant(name);
  const { config, weights, images, expected, atolOf } = variant;
  const [image = new Float32Array(0)] = images;

  test('what the engine serves is the reference’s', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    const isMae = config.kind === 'crate-mae';
    const hidden = isMae ? Uint8Array.from(expected('mask')) : undefined;
    const { logits, reconstruction, layers } = await engine.run(image, 0.01, hidden);
    const compare = async (tensor: TensorName, layer: number, reference: string): Promise<void> => {
      const ours = await engine.read(tensor, layer);
      expect(worstDifference(ours, expected(reference)), reference).toBeLessThanOrEqual(atolOf(reference));
    };
    await compare('tokens', 0, 'tokens');
    await compare('Z_next', 1, isMae ? 'blocks.1.z_out' : 'layers.1.z_out');
    if (isMae) {
      expect(worstDifference(reconstruction ?? [], expected('pred'))).toBeLessThanOrEqual(atolOf('pred'));
      expect(logits).toHaveLength(0);
      await expect(engine.read('codes', 0)).rejects.toThrow('invalid tensor: codes');
    } else {
      expect(worstDifference(logits, expected('logits'))).toBeLessThanOrEqual(atolOf('logits'));
      expect(reconstruction).toBeUndefined();
      await compare('codes', 1, 'layers.1.codes');
      expect(layers[1]?.nonzero.codes).toBeCloseTo(nonzeroShare(expected('layers.1.codes')), 3);
    }
  });

  test('a mask that does not fit is refused with a sentence', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    const hidden = new Uint8Array(config.kind === 'crate-mae' ? 3 : 64);
    await expect(engine.run(image, 0.01, hidden)).rejects.toMatchObject({
      code: 'shape-mismatch',
      message:
        config.kind === 'crate-mae'
          ? 'The mask holds 3 entries, the picture has 64 patches.'
          : 'Only CRATE-MAE can hide patches; this model has no mask token.',
    });
  });

  test('NaN in a picture is refused', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await expect(engine.run(new Float32Array(image.length).fill(Number.NaN), 0.01)).rejects.toMatchObject({
      code: 'forward-failed',
    });
  });
});

test('resizing needs a model, and positions for its tokens', async () => {
  const engine = createCpuEngine();
  const [config] = KINDS as [CrateConfig];
  await expect(engine.resize(config, new Float32Array(10))).rejects.toMatchObject({ code: 'not-loaded' });
  await engine.load(config, randomWeights(config, 1));
  await expect(engine.resize(config, new Float32Array(10))).rejects.toMatchObject({
    code: 'shape-mismatch',
    message: 'The positions hold 10 numbers, 37 tokens of width 30 need 1110.',
  });
});
