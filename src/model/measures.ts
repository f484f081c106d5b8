// All measures of a run: coding rates at three places by two normalisations, sparsity and the class token's attention of every layer.

import { type Numbers, productABt } from '../math/matrix.ts';
import { codingRateGiven, codingRates } from './codingRate.ts';
import { type CrateConfig, tokenCount } from './config.ts';
import type { Forward } from './forward.ts';
import { l1Norm, nonzeroShare } from './sparsity.ts';
import type { LayerTrace } from './trace.ts';
import type { CrateWeights } from './weights.ts';

/** What is measured of one layer: tokens at the three places and their projections onto that layer's own U. */
export interface MeasuredLayer {
  /** n × d; the place 'input' is LN(Z^ℓ), for R as for R^c, so that ΔR compares the same tokens. */
  readonly LN_Z: Numbers;
  readonly Z_half: Numbers;
  readonly Z_next: Numbers;
  /** n × (K·p). */
  readonly ZU: Numbers;
  readonly ZU_half: Numbers;
  readonly ZU_next: Numbers;
  /** Row of the class token of each A_k, K × n. */
  readonly cls: Numbers;
  /** CRATE-α's codes z2, n × m; absent or null elsewhere. */
  readonly codes?: Numbers | null;
}

/** Adds the projections U_kᵀ Z_half and U_kᵀ Z_next that the forward pass itself does not need. */
export function measuredLayers(config: CrateConfig, weights: CrateWeights, run: Forward): readonly MeasuredLayer[] {
  const n = tokenCount(config);
  const { d, K, p } = config;
  return run.layers.map(({ LN_Z, ZU, Z_half, Z_next, cls, codes }, l) => {
    const U = weights.layers[l]?.U;
    if (!U) throw new RangeError(`measuredLayers: no weights for layer ${l}`);
    const project = (Z: Float64Array): Float64Array => productABt(Z, U, n, K * p, d);
    return { LN_Z, Z_half, Z_next, ZU, ZU_half: project(Z_half), ZU_next: project(Z_next), cls, codes };
  });
}

/** The class token's attention as plain numbers, K rows of n. */
const rowsOf = (cls: Numbers, K: number, n: number): number[][] =>
  Array.from({ length: K }, (_, k) => Array.from(cls.subarray(k * n, (k + 1) * n)));

/** Measures one layer; `index` counts from 1. */
export function measureLayer(config: CrateConfig, layer: MeasuredLayer, index: number, eps2: number): LayerTrace {
  const n = tokenCount(config);
  const { d, K, p } = config;
  return {
    index,
    R: {
      input: codingRates(layer.LN_Z, n, d, eps2),
      half: codingRates(layer.Z_half, n, d, eps2),
      output: codingRates(layer.Z_next, n, d, eps2),
    },
    Rc: {
      input: codingRateGiven(layer.ZU, n, K, p, eps2),
      half: codingRateGiven(layer.ZU_half, n, K, p, eps2),
      output: codingRateGiven(layer.ZU_next, n, K, p, eps2),
    },
    nonzero: {
      half: nonzeroShare(layer.Z_half),
      output: nonzeroShare(layer.Z_next),
      ...(layer.codes ? { codes: nonzeroShare(layer.codes) } : {}),
    },
    l1: l1Norm(layer.Z_next),
    attention: { cls: rowsOf(layer.cls, K, n) },
  };
}

/** Measures every layer at ε². */
export const measure = (config: CrateConfig, layers: readonly MeasuredLayer[], eps2: number): readonly LayerTrace[] =>
  layers.map((layer, l) => measureLayer(config, layer, l + 1, eps2));
