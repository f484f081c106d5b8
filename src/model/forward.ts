// The forward pass of the released CRATE in f64 with every intermediate kept. Tokens are rows: the papers' Z ∈ R^{d×n} has one token a
// column, memory is n × d row-major, which is the same bytes.

import { type Numbers, productABt } from '../math/matrix.ts';
import { type ClassHead, classHead } from './classHead.ts';
import { type CrateConfig, tokenCount } from './config.ts';
import { istaStep } from './ista.ts';
import { layerNorm } from './layerNorm.ts';
import { attention, mssa, scores, ssa } from './mssa.ts';
import { embedPatches, type PatchEmbedding } from './patchEmbed.ts';
import type { CrateWeights, LayerWeights } from './weights.ts';

/** One layer's intermediates. */
export interface LayerForward {
  /** Z^ℓ, n × d. */
  readonly Z: Float64Array;
  /** LN(Z^ℓ), n × d. */
  readonly LN_Z: Float64Array;
  /** U_kᵀ LN(Z^ℓ) of all heads side by side, n × (K·p). */
  readonly ZU: Float64Array;
  /** ZU_k ZU_kᵀ / √p, K × n × n. Computed anew at every read: it is the largest array and few readers want it. */
  readonly S: Float64Array;
  /** Softmax of S over keys, K × n × n. Computed anew at every read. */
  readonly A: Float64Array;
  /** Row of the class token of each A_k, K × n. */
  readonly cls: Float64Array;
  /** A_k ZU_k of all heads side by side, n × (K·p). */
  readonly heads: Float64Array;
  /** MSSA(LN Z^ℓ), n × d, before the residual is added. */
  readonly mssa: Float64Array;
  /** Z^{ℓ+1/2} = Z^ℓ + MSSA(LN Z^ℓ), n × d. */
  readonly Z_half: Float64Array;
  /** LN(Z^{ℓ+1/2}), n × d. */
  readonly X: Float64Array;
  /** The ISTA step before its ReLU, n × d. */
  readonly before: Float64Array;
  /** Z^{ℓ+1}, n × d, non-negative. */
  readonly Z_next: Float64Array;
}

export interface Forward extends PatchEmbedding, ClassHead {
  readonly layers: readonly LayerForward[];
}

/** One layer: Z_half = Z + MSSA(LN Z), then Z_next = ISTA(LN Z_half | D). */
export function layerForward(config: CrateConfig, weights: LayerWeights, Z: Float64Array): LayerForward {
  const { d, K, p, eta, lambda } = config;
  const n = tokenCount(config);
  const inner = K * p;
  const LN_Z = layerNorm(Z, weights.norm1Weight, weights.norm1Bias, n, d);
  const ZU = productABt(LN_Z, weights.U, n, inner, d);
  const { heads, cls } = ssa(ZU, n, K, p);
  const step = mssa(heads, weights, n, inner, d);
  const Z_half = Z.map((value, i) => value + (step[i] as number));
  const X = layerNorm(Z_half, weights.norm2Weight, weights.norm2Bias, n, d);
  const { before, Z_next } = istaStep(X, weights.D, n, d, eta, lambda);
  return {
    Z,
    LN_Z,
    ZU,
    get S() {
      return scores(ZU, n, K, p);
    },
    get A() {
      return attention(ZU, n, K, p);
    },
    cls,
    heads,
    mssa: step,
    Z_half,
    X,
    before,
    Z_next,
  };
}

/** The whole model on one picture: `image` is 3 × side × side, planar RGB, normalised. */
export function forward(config: CrateConfig, weights: CrateWeights, image: Numbers): Forward {
  const embedding = embedPatches(config, weights, image);
  const layers: LayerForward[] = [];
  let Z = embedding.tokens;
  for (const layerWeights of weights.layers) {
    const layer = layerForward(config, layerWeights, Z);
    layers.push(layer);
    Z = layer.Z_next;
  }
  return { ...embedding, layers, ...classHead(config, weights, Z) };
}
