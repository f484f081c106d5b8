// From the last tokens to logits: pool, LayerNorm, linear map.

import type { Numbers } from '../math/matrix.ts';
import { type CrateConfig, tokenCount } from './config.ts';
import { layerNorm } from './layerNorm.ts';
import { linear } from './linear.ts';
import type { CrateWeights } from './weights.ts';

export interface ClassHead {
  /** d: the class token, or the mean over all n tokens, the class token included. */
  readonly pooled: Float64Array;
  /** d. */
  readonly headNorm: Float64Array;
  /** One a class. */
  readonly logits: Float64Array;
}

/** Logits of the tokens Z^L, n × d. */
export function classHead(config: CrateConfig, weights: CrateWeights, Z: Numbers): ClassHead {
  const { d, pool, classes } = config;
  const n = tokenCount(config);
  const pooled = new Float64Array(d);
  const rows = pool === 'cls' ? 1 : n;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) pooled[j] = (pooled[j] as number) + (Z[i * d + j] as number) / rows;
  }
  const headNorm = layerNorm(pooled, weights.headNormWeight, weights.headNormBias, 1, d);
  const logits = linear(headNorm, weights.headWeight, weights.headBias, 1, d, classes);
  return { pooled, headNorm, logits };
}
