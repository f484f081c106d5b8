// Which arrays each form of CRATE takes up, how they lie in memory, and which of them become halves: on made-up devices.

import { describe, expect, test } from 'vitest';
import { readHalves, toHalf } from '../checkpoint/halfFloat.ts';
import type { CrateConfig } from '../model/config.ts';
import { worstDifference } from '../model/fixtures/golden.ts';
import { dictionaryStep } from '../model/ista.ts';
import { linear } from '../model/linear.ts';
import type { CrateWeights } from '../model/weights.ts';
import { allocate, sliceOf, totalBytes } from './gpuBuffers.ts';
import { dropPadding } from './gpuSizes.ts';
import { stepMatrix, uploadWeights, type WeightName, weightArrays } from './gpuWeights.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { type FakeBuffer, fakeDevice } from './testDevice.ts';
import { randomWeights } from './testWeights.ts';

const ODD: CrateConfig = {
  kind: 'crate',
  imageSize: 9,
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
const ALPHA: CrateConfig = { ...ODD, kind: 'crate-alpha', atoms: 90 };
const MAE: CrateConfig = { ...ODD, kind: 'crate-mae', classes: 0, decoder: { L: 2, K: 3, p: 10 } };

/** Uploads to a made-up device; reads an array of a layer as rows × columns without padding. */
async function uploaded(config: CrateConfig, weights: CrateWeights, { limit = 2 ** 27, asHalves = false } = {}) {
  const { device, alive } = fakeDevice();
  const arrays = weightArrays(config, weights, asHalves);
  const buffers = await allocate(device, arrays, limit, 'No memory.');
  const progress: [number, number][] = [];
  await uploadWeights(device, arrays, buffers, (...bytes) => progress.push(bytes));
  const raw = (name: WeightName, layer = 0): Uint8Array => {
    const { buffer, at } = sliceOf(buffers.stack(name), layer);
    const { entries = 0, entryBytes = 4 } = arrays.find((array) => array.name === name) ?? {};
    const { bytes } = buffer as unknown as FakeBuffer;
    return bytes.slice(at * entryBytes, (at + entries) * entryBytes);
  };
  const read = (name: WeightName, layer = 0): Float32Array => {
    const array = arrays.find((one) => one.name === name);
    if (!array) throw new Error(`no array ${name}`);
    const values = new Float32Array(raw(name, layer).buffer);
    return dropPadding(values.subarray(0, array.rows * array.ld), array.rows, array.columns, array.ld);
  };
  return { arrays, progress, raw, read, alive };
}

describe('CRATE', () => {
  const weights = randomWeights(ODD, 5);

  test.each([2 ** 27, 2 * 52 * 50 * 4, 52 * 50 * 4])('every layer at its place, %i bytes a buffer', async (limit) => {
    const { read, alive } = await uploaded(ODD, weights, { limit });
    const { d } = ODD;
    weights.layers.forEach((layer, l) => {
      expect(read('U', l)).toEqual(layer.U);
      expect(read('W', l)).toEqual(layer.W);
      expect(read('b', l)).toEqual(layer.b);
      expect(read('norm1Weight', l)).toEqual(layer.norm1Weight);
      expect(read('norm2Bias', l)).toEqual(layer.norm2Bias);
      expect(read('G', l)).toEqual(Float32Array.from(dictionaryStep(layer.D, d)));
    });
    for (const name of ['embedWeight', 'patchNormBias', 'cls', 'headWeight'] as const) {
      expect(read(name), name).toEqual(weights[name]);
    }
    const chunks = Math.ceil(ODD.L / Math.min(ODD.L, Math.floor(limit / (52 * 50 * 4))));
    expect([...alive].filter(({ label }) => label === 'U')).toHaveLength(chunks);
  });

  test('progress counts every byte once and ends at the whole', async () => {
    const { arrays, progress } = await uploaded(ODD, weights);
    const total = totalBytes(arrays);
    expect(progress).toHaveLength(arrays.reduce((sum, { layers }) => sum + layers, 0));
    expect(progress.every(([done, of], i) => of === total && done > (progress[i - 1]?.[0] ?? 0))).toBe(true);
    expect(progress.at(-1)).toEqual([total, total]);
  });

  test('an output map that is the identity is written out, with a bias of zeros', async () => {
    const config = { ...ODD, K: 1, p: 50 };
    const one = randomWeights(config, 6);
    const layers = one.layers.map((layer) => ({ ...layer, W: null, b: null }));
    const { read } = await uploaded(config, { ...one, layers });
    expect(read('W', 2)).toEqual(Float32Array.from({ length: 2500 }, (_, i) => (i % 51 === 0 ? 1 : 0)));
    expect(read('b', 2)).toEqual(new Float32Array(50));
  });

  test('the linear map before the classes of the segmentation demo', async () => {
    const config = { ...ODD, headWidth: 30 };
    const demo = randomWeights(config, 7);
    const { read } = await uploaded(config, demo);
    expect(read('headMapWeight')).toEqual(demo.headMap?.weight);
    expect(read('headBias')).toEqual(demo.headBias);
    expect(read('headWeight')).toEqual(demo.headWeight);
  });

  test('weights of another size, or that are not there, are named', async () => {
    const short = { ...weights, embedWeight: weights.embedWeight.subarray(1) };
    await expect(uploaded(ODD, short)).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'embedWeight holds 1349 numbers, 50×27 needs 1350.',
    });
    await expect(uploaded(ODD, { ...weights, headBias: null })).rejects.toThrow('missing weights: headBias');
    await expect(uploaded({ ...ODD, L: 4 }, weights)).rejects.toThrow('missing weights: layer 3');
  });
});

/** W v + bias, then W w, each rounded once. */
const withNorm = (
  W: Float32Array | null | undefined,
  w: Float32Array | null | undefined,
  v: Float32Array | null | undefined,
  bias: Float32Array | null | undefined = null,
): Float32Array => {
  if (!W || !w || !v) throw new Error('no such weights');
  const rows = W.length / v.length;
  return Float32Array.from([...linear(v, W, bias, 1, v.length, rows), ...linear(w, W, null, 1, v.length, rows)]);
};

/** Both in f64, perhaps in another order, then rounded. */
const near = (values: Float32Array, expected: ArrayLike<number>): void => {
  expect(values).toHaveLength(expected.length);
  expect(worstDifference(values, expected)).toBeLessThan(2e-6);
};

describe('a product that takes a norm on the way has the norm’s part in its bias', () => {
  const weights = randomWeights(ODD, 5);

  test('CRATE: embedding, U, G, class map', async () => {
    const { read } = await uploaded(ODD, weights);
    const { embedWeight, patchNormWeight, patchNormBias, embedBias } = weights;
    near(read('embedBias'), withNorm(embedWeight, patchNormWeight, patchNormBias, embedBias));
    near(
      read('headBias'),
      withNorm(weights.headWeight, weights.headNormWeight, weights.headNormBias, weights.headBias),
    );
    weights.layers.forEach(({ U, D, norm1Weight, norm1Bias, norm2Weight, norm2Bias }, l) => {
      near(read('uBias', l), withNorm(U, norm1Weight, norm1Bias));
      const G = dictionaryStep(D, ODD.d);
      const [shift, sums] = [norm2Bias, norm2Weight].map((x) => linear(x, G, null, 1, ODD.d, ODD.d));
      near(read('gBias', l), [...(shift ?? []), ...(sums ?? [])]);
    });
  });

  test('the map before the classes, not the classes', async () => {
    const config = { ...ODD, headWidth: 30 };
    const demo = randomWeights(config, 7);
    const { read } = await uploaded(config, demo);
    const { headMap, headNormWeight, headNormBias } = demo;
    near(read('headMapBias'), withNorm(headMap?.weight, headNormWeight, headNormBias, headMap?.bias));
    expect(read('headBias')).toEqual(demo.headBias);
  });

  test('CRATE-MAE: both maps of a block, pixels; no patch norm, no change', async () => {
    const mae = randomWeights(MAE, 9);
    const { read } = await uploaded(MAE, mae);
    expect(read('embedBias')).toEqual(mae.embedBias);
    mae.decoder?.layers.forEach((layer, l) => {
      near(read('decoderLinearBias', l), withNorm(layer.linear, layer.normWeight, layer.normBias));
      near(read('decoderUBias', l), withNorm(layer.U, layer.attentionNormWeight, layer.attentionNormBias));
    });
    const { pixelWeight, endNormWeight, endNormBias, pixelBias } = mae.decoder ?? {};
    near(read('pixelBias'), withNorm(pixelWeight, endNormWeight, endNormBias, pixelBias));
  });
});

test('CRATE-α: D with rows to a multiple of 4, D1, no patch norms, no bias', async () => {
  const weights = randomWeights(ALPHA, 8);
  const { arrays, read, raw } = await uploaded(ALPHA, weights, { limit: 52 * 92 * 4 });
  weights.layers.forEach((layer, l) => {
    expect(read('D', l)).toEqual(layer.D);
    expect(new Float32Array(raw('D', l).buffer)).toHaveLength(52 * 92);
    expect(new Float32Array(raw('D', l).buffer).subarray(50 * 92)).toEqual(new Float32Array(2 * 92));
    expect(read('D1', l)).toEqual(layer.D1);
    expect(read('b', l)).toEqual(new Float32Array(50));
  });
  const names = arrays.map(({ name }) => name);
  expect(names).not.toContain('G');
  expect(names).not.toContain('patchNormWeight');
});

test('CRATE-MAE: decoder, mask token, no class head', async () => {
  const weights = randomWeights(MAE, 9);
  const { decoder } = weights;
  if (!decoder) throw new Error('no decoder');
  const { arrays, read } = await uploaded(MAE, weights);
  decoder.layers.forEach((layer, l) => {
    expect(read('decoderNormWeight', l)).toEqual(layer.normWeight);
    expect(read('decoderLinear', l)).toEqual(layer.linear);
    expect(read('decoderAttentionNormBias', l)).toEqual(layer.attentionNormBias);
    expect(read('decoderU', l)).toEqual(layer.U);
    expect(read('decoderW', l)).toEqual(layer.W);
    expect(read('decoderB', l)).toEqual(layer.b);
  });
  expect(read('maskToken')).toEqual(decoder.maskToken);
  expect(read('latentNormWeight')).toEqual(decoder.normWeight);
  expect(read('endNormBias')).toEqual(decoder.endNormBias);
  expect(read('pixelWeight')).toEqual(decoder.pixelWeight);
  expect(arrays.map(({ name }) => name)).not.toContain('headWeight');
  expect(() => weightArrays(MAE, { ...weights, decoder: undefined as never }, false)).toThrow(
    'missing weights: decoder',
  );
});

describe('halves', () => {
  const rounded = (values: Float32Array): Float32Array => readHalves(Uint16Array.from(values, toHalf));
  const weights = randomWeights(ODD, 5);
  const layers = weights.layers.map((layer) => ({
    ...layer,
    U: rounded(layer.U),
    W: rounded(layer.W as Float32Array),
  }));
  // The last layer's W is no half in one entry.
  const last = layers[2] as (typeof layers)[number];
  last.W.set([0.1], 2499);
  const mixed = { ...weights, layers, headWeight: rounded(weights.headWeight as Float32Array) };

  test('an array is kept as halves where every layer’s every value is one; never G, norms or biases', async () => {
    const { arrays, raw } = await uploaded(ODD, mixed, { asHalves: true });
    expect(arrays.filter(({ entryBytes }) => entryBytes === 2).map(({ name }) => name)).toEqual(['U', 'headWeight']);
    const stored = new Uint16Array(raw('U', 1).buffer);
    layers[1]?.U.forEach((value, i) => {
      expect(stored[Math.floor(i / 50) * 52 + (i % 50)]).toBe(toHalf(value));
    });
    expect(stored.filter((_, i) => i % 52 >= 50)).toEqual(new Uint16Array(100));
  });

  test('nothing is when halves are not wanted', () => {
    expect(weightArrays(ODD, mixed, false).every(({ entryBytes }) => entryBytes === 4)).toBe(true);
  });
});

test.each([1, 2, 7, 48, 50])('G at d = %i is dictionaryStep, to the bit', (d) => {
  const D = randomFloats(d * d, d);
  expect(stepMatrix(D, d)).toEqual(Float32Array.from(dictionaryStep(D, d)));
});
