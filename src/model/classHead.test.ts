import { expect, test } from 'vitest';
import { classHead } from './classHead.ts';
import type { CrateConfig } from './config.ts';
import type { CrateWeights } from './weights.ts';

const config: CrateConfig = {
  kind: 'crate',
  imageSize: 2,
  patchSize: 2,
  classes: 2,
  d: 2,
  L: 0,
  K: 1,
  p: 2,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const none = new Float32Array(0);
const weights: CrateWeights = {
  patchNormWeight: null,
  patchNormBias: null,
  embedWeight: none,
  embedBias: none,
  embedNormWeight: null,
  embedNormBias: null,
  cls: none,
  positions: none,
  layers: [],
  headNormWeight: Float32Array.of(1, 1),
  headNormBias: Float32Array.of(0, 0),
  headWeight: Float32Array.of(1, 2, 3, 4),
  headBias: Float32Array.of(10, 20),
};
// LN of the class token (3, 1) is (u, −u); the patch token is not read.
const Z = Float64Array.of(3, 1, 7, 7);
const u = 1 / Math.sqrt(1 + 1e-5);

test('logits are the class map of LN of the class token', () => {
  const { headNorm, features, logits } = classHead(config, weights, Z);
  expect(features).toBe(headNorm);
  expect(logits[0]).toBeCloseTo(10 - u, 14);
  expect(logits[1]).toBeCloseTo(20 - u, 14);
});

test('a map between is linear, without activation', () => {
  // The middle map gives (u − 1, −3u, 2), negative entries included, and the class map sums them with 1, 2, 3 and with 0, 0, 1.
  const headMap = { weight: Float32Array.of(1, 0, 0, 3, 0, 0), bias: Float32Array.of(-1, 0, 2) };
  const headWeight = Float32Array.of(1, 2, 3, 0, 0, 1);
  const { features, logits } = classHead({ ...config, headWidth: 3 }, { ...weights, headMap, headWeight }, Z);
  expect(features).toHaveLength(3);
  expect(logits[0]).toBeCloseTo(u - 1 - 6 * u + 6 + 10, 13);
  expect(logits[1]).toBeCloseTo(2 + 20, 13);
});

test('without a head there are no logits', () => {
  const headless = { ...weights, headNormWeight: null, headNormBias: null, headWeight: null, headBias: null };
  expect(classHead({ ...config, kind: 'crate-mae', classes: 0 }, headless, Z).logits).toHaveLength(0);
});
