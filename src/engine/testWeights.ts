// Random weights of any CRATE, for tests of sizes that no file at hand has.

import { atomCount, type CrateConfig, type DecoderConfig, tokenCount } from '../model/config.ts';
import type { CrateWeights, DecoderWeights, LayerWeights } from '../model/weights.ts';
import { randomFloats } from './kernels/testKernel.ts';

type Random = (count: number, scale: number) => Float32Array;

/** Scaled as at the start of training, so that tokens keep a size near 1; norms scale by about 1. */
export function randomWeights(config: CrateConfig, seed: number): CrateWeights {
  const { kind, d, L, patchSize, classes, headWidth, decoder } = config;
  const patch = 3 * patchSize ** 2;
  let next = seed;
  const random: Random = (count, scale) => randomFloats(count, next++).map((value) => scale * value);
  const hasPatchNorms = kind === 'crate';
  const hasHead = kind !== 'crate-mae';
  return {
    patchNormWeight: hasPatchNorms ? normWeight(random, patch) : null,
    patchNormBias: hasPatchNorms ? random(patch, 0.1) : null,
    embedWeight: random(d * patch, 1 / Math.sqrt(patch)),
    embedBias: random(d, 0.1),
    embedNormWeight: hasPatchNorms ? normWeight(random, d) : null,
    embedNormBias: hasPatchNorms ? random(d, 0.1) : null,
    cls: random(d, 1),
    positions: random(tokenCount(config) * d, 0.5),
    layers: Array.from({ length: L }, () => layerWeights(config, random)),
    headNormWeight: hasHead ? normWeight(random, d) : null,
    headNormBias: hasHead ? random(d, 0.1) : null,
    ...(headWidth === undefined
      ? {}
      : { headMap: { weight: random(headWidth * d, 1 / Math.sqrt(d)), bias: random(headWidth, 0.1) } }),
    headWeight: hasHead ? random(classes * (headWidth ?? d), 1 / Math.sqrt(headWidth ?? d)) : null,
    headBias: hasHead ? random(classes, 0.1) : null,
    ...(decoder ? { decoder: decoderWeights(decoder, d, patch, random) } : {}),
  };
}

const normWeight = (random: Random, count: number): Float32Array => random(count, 0.1).map((value) => 1 + value);

function layerWeights(config: CrateConfig, random: Random): LayerWeights {
  const { kind, d, K, p } = config;
  const inner = K * p;
  const m = atomCount(config);
  const isAlpha = kind === 'crate-alpha';
  return {
    norm1Weight: normWeight(random, d),
    norm1Bias: random(d, 0.1),
    U: random(inner * d, 1 / Math.sqrt(d)),
    W: random(d * inner, 1 / Math.sqrt(inner)),
    b: isAlpha ? null : random(d, 0.1),
    norm2Weight: normWeight(random, d),
    norm2Bias: random(d, 0.1),
    D: random(d * m, 1 / Math.sqrt(d)),
    ...(isAlpha ? { D1: random(d * m, 1 / Math.sqrt(d)) } : {}),
  };
}

function decoderWeights({ L, K, p }: DecoderConfig, d: number, patch: number, random: Random): DecoderWeights {
  const inner = K * p;
  return {
    maskToken: random(d, 0.5),
    normWeight: normWeight(random, d),
    normBias: random(d, 0.1),
    layers: Array.from({ length: L }, () => ({
      normWeight: normWeight(random, d),
      normBias: random(d, 0.1),
      linear: random(d * d, 1 / Math.sqrt(d)),
      attentionNormWeight: normWeight(random, d),
      attentionNormBias: random(d, 0.1),
      U: random(inner * d, 1 / Math.sqrt(d)),
      W: random(d * inner, 1 / Math.sqrt(inner)),
      b: random(d, 0.1),
    })),
    endNormWeight: normWeight(random, d),
    endNormBias: random(d, 0.1),
    pixelWeight: random(patch * d, 1 / Math.sqrt(d)),
    pixelBias: random(patch, 0.1),
  };
}
