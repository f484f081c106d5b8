// From the last tokens to logits: pool, LayerNorm, linear map; the segmentation demo has one more linear map before the last.

import type { Numbers } from '../math/matrix.ts';
import { type CrateConfig, HEAD_NORM_EPS, tokenCount } from './config.ts';
import { layerNorm } from './layerNorm.ts';
import { linear } from './linear.ts';
import type { CrateWeights } from './weights.ts';

/** All empty where there is no class head (CRATE-MAE). */
export interface ClassHead {
  /** d: the class token, or the mean over all n tokens, the class token included. */
  readonly pooled: Float64Array;
  /** d. */
  readonly headNorm: Float64Array;
  /** What the class map reads: headNorm, or headWidth numbers where a linear map stands between (no activation follows it). */
  readonly features: Float64Array;
  /** One a class. */
  readonly logits: Float64Array;
}

/** Logits of the tokens Z^L, n × d. */
export function classHead(config: CrateConfig, weights: CrateWeights, Z: Numbers): ClassHead {
  const { d, pool, classes, headWidth = d } = config;
  const { headNormWeight, headNormBias, headMap, headWeight, headBias } = weights;
  if (!headNormWeight || !headNormBias || !headWeight) {
    const none = new Float64Array(0);
    return { pooled: none, headNorm: none, features: none, logits: none };
  }
  const n = tokenCount(config);
  const pooled = new Float64Array(d);
  const rows = pool === 'cls' ? 1 : n;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) pooled[j] = (pooled[j] as number) + (Z[i * d + j] as number) / rows;
  }
  const headNorm = layerNorm(pooled, headNormWeight, headNormBias, 1, d, HEAD_NORM_EPS);
  const features = headMap ? linear(headNorm, headMap.weight, headMap.bias, 1, d, headWidth) : headNorm;
  const logits = linear(features, headWeight, headBias, 1, headWidth, classes);
  return { pooled, headNorm, features, logits };
}
