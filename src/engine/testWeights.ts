// Random weights of any CRATE, for tests of sizes that no file at hand has.

import { type CrateConfig, tokenCount } from '../model/config.ts';
import type { CrateWeights } from '../model/weights.ts';
import { randomFloats } from './kernels/testKernel.ts';

/** Scaled as at the start of training, so that tokens keep a size near 1; norms scale by about 1. */
export function randomWeights(config: CrateConfig, seed: number): CrateWeights {
  const { d, L, K, p, patchSize, classes } = config;
  const patch = 3 * patchSize ** 2;
  const inner = K * p;
  let next = seed;
  const random = (count: number, scale: number): Float32Array =>
    randomFloats(count, next++).map((value) => scale * value);
  const normWeight = (count: number): Float32Array => random(count, 0.1).map((value) => 1 + value);
  return {
    patchNormWeight: normWeight(patch),
    patchNormBias: random(patch, 0.1),
    embedWeight: random(d * patch, 1 / Math.sqrt(patch)),
    embedBias: random(d, 0.1),
    embedNormWeight: normWeight(d),
    embedNormBias: random(d, 0.1),
    cls: random(d, 1),
    positions: random(tokenCount(config) * d, 0.5),
    layers: Array.from({ length: L }, () => ({
      norm1Weight: normWeight(d),
      norm1Bias: random(d, 0.1),
      U: random(inner * d, 1 / Math.sqrt(d)),
      W: random(d * inner, 1 / Math.sqrt(inner)),
      b: random(d, 0.1),
      norm2Weight: normWeight(d),
      norm2Bias: random(d, 0.1),
      D: random(d * d, 1 / Math.sqrt(d)),
    })),
    headNormWeight: normWeight(d),
    headNormBias: random(d, 0.1),
    headWeight: random(classes * d, 1 / Math.sqrt(d)),
    headBias: random(classes, 0.1),
  };
}
