import { describe, expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import type { CrateConfig } from './config.ts';
import { decode, hiddenError, unitPatches } from './decoder.ts';
import { worstDifference } from './fixtures/golden.ts';
import { layerNorm } from './layerNorm.ts';
import type { DecoderWeights } from './weights.ts';

const d = 4;
const config: CrateConfig = {
  kind: 'crate-mae',
  imageSize: 4,
  patchSize: 2,
  classes: 0,
  d,
  L: 1,
  K: 2,
  p: 2,
  eta: 0.1,
  lambda: 0.5,
  pool: 'cls',
  decoder: { L: 1, K: 2, p: 2 },
};
const n = 5;
const ones = new Float32Array(d).fill(1);
const zeros = new Float32Array(d);
const identity = Float32Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
const weights: DecoderWeights = {
  maskToken: zeros,
  normWeight: ones,
  normBias: zeros,
  layers: [
    {
      normWeight: ones,
      normBias: zeros,
      linear: identity,
      attentionNormWeight: ones,
      attentionNormBias: zeros,
      U: identity,
      W: new Float32Array(d * d),
      b: Float32Array.of(1, 0, 0, 0),
    },
  ],
  endNormWeight: ones,
  endNormBias: zeros,
  pixelWeight: new Float32Array(12 * d),
  pixelBias: Float32Array.from({ length: 12 }, (_, i) => i),
};
const Z = normals(n * d, seeded(1));

test('with W = 0 a block is its linear map of LN(Y), minus the bias', () => {
  const { latent, layers } = decode(config, weights, Z);
  expect(worstDifference(latent, layerNorm(Z, ones, zeros, n, d, 1e-6))).toBe(0);
  const LN_Y = layerNorm(latent, ones, zeros, n, d);
  const [block] = layers;
  expect(worstDifference(block?.H ?? [], LN_Y)).toBe(0);
  expect(
    worstDifference(
      block?.Y_next ?? [],
      LN_Y.map((value, i) => value - (i % d === 0 ? 1 : 0)),
    ),
  ).toBe(0);
});

test('each patch gets its pixels, the class token none', () => {
  const { reconstruction } = decode(config, weights, Z);
  expect(Array.from(reconstruction)).toEqual(Array.from({ length: 4 * 12 }, (_, i) => i % 12));
});

test('sizes of the decoder must be known', () => {
  const { decoder: _, ...encoder } = config;
  expect(() => decode(encoder, weights, Z)).toThrow('missing decoder');
});

describe('hiddenError', () => {
  test('is the mean over pixels of hidden patches alone', () => {
    const target = new Float64Array(6);
    const pixels = Float64Array.of(1, 3, 100, 100, 2, 0);
    expect(hiddenError(pixels, target, Uint8Array.of(1, 0, 1))).toBe((1 + 9 + 4) / 4);
    expect(hiddenError(pixels, target, Uint8Array.of(0, 0, 0))).toBeNull();
  });

  test('unitPatches have mean 0 and unbiased variance 1', () => {
    const patches = normals(3 * 12, seeded(2)).map((value) => 5 + 3 * value);
    const unit = unitPatches(patches, 12);
    for (let i = 0; i < 3; i++) {
      const patch = Array.from(unit.subarray(i * 12, (i + 1) * 12));
      expect(patch.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12);
      expect(patch.reduce((a, b) => a + b * b, 0) / 11).toBeCloseTo(1, 6);
    }
  });
});
