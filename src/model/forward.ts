// The forward pass of the released models (CRATE, CRATE-α, CRATE-MAE) in f64 with every intermediate kept. Tokens are rows: the papers' Z ∈ R^{d×n} has one token a
// column, memory is n × d row-major, which is the same bytes.

import { type Numbers, productABt } from '../math/matrix.ts';
import { type ClassHead, classHead } from './classHead.ts';
import { atomCount, type CrateConfig, layerNormEps, tokenCount } from './config.ts';
import { type DecoderForward, decode } from './decoder.ts';
import { istaStep } from './ista.ts';
import { istaOvercomplete, overcompleteCodes } from './istaOvercomplete.ts';
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
  /**
   * The ISTA step before its ReLU, n × d; in CRATE-α that of the second step, n × m. Computed anew at every read: few readers want it, and
   * n × m is large.
   */
  readonly before: Float64Array;
  /** CRATE-α's codes z2, n × m, non-negative; null elsewhere, where Z^{ℓ+1} is the code. */
  readonly codes: Float64Array | null;
  /** Z^{ℓ+1}, n × d; non-negative but in CRATE-α. */
  readonly Z_next: Float64Array;
}

export interface Forward extends PatchEmbedding, ClassHead {
  readonly layers: readonly LayerForward[];
  /** CRATE-MAE's decoder; null elsewhere. */
  readonly decoder: DecoderForward | null;
}

/** What the sparsifying half-step gives. */
type SparseStep = Pick<LayerForward, 'before' | 'codes' | 'Z_next'>;

/** Z_next = ISTA(X | D); in CRATE-α Z_half + D1 z2 with the codes z2 of X. X = LN(Z_half), n × d. The released operators. */
function sparsify(config: CrateConfig, weights: LayerWeights, Z_half: Float64Array, X: Float64Array): SparseStep {
  const { kind, d, eta, lambda } = config;
  const { D, D1 } = weights;
  const n = tokenCount(config);
  if (kind !== 'crate-alpha') {
    return {
      get before() {
        return istaStep(X, D, n, d, eta, lambda).before;
      },
      codes: null,
      Z_next: istaStep(X, D, n, d, eta, lambda).Z_next,
    };
  }
  if (!D1) throw new RangeError('missing D1: a layer of CRATE-α has a second dictionary');
  const m = atomCount(config);
  const { codes, Z_next } = istaOvercomplete({ Z_half, X, D, D1 }, n, d, m, eta, lambda);
  return {
    get before() {
      return overcompleteCodes(X, D, n, d, m, eta, lambda).before;
    },
    codes,
    Z_next,
  };
}

/** One layer: Z_half = Z + MSSA(LN Z), then Z_next = ISTA(LN Z_half | D), or CRATE-α's step over its codes. */
export function layerForward(config: CrateConfig, weights: LayerWeights, Z: Float64Array): LayerForward {
  const { d, K, p } = config;
  const n = tokenCount(config);
  const inner = K * p;
  const eps = layerNormEps(config);
  const LN_Z = layerNorm(Z, weights.norm1Weight, weights.norm1Bias, n, d, eps);
  const ZU = productABt(LN_Z, weights.U, n, inner, d);
  const { heads, cls } = ssa(ZU, n, K, p);
  const step = mssa(heads, weights, n, inner, d);
  const Z_half = Z.map((value, i) => value + (step[i] as number));
  const X = layerNorm(Z_half, weights.norm2Weight, weights.norm2Bias, n, d, eps);
  const sparse = sparsify(config, weights, Z_half, X);
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
    get before() {
      return sparse.before;
    },
    codes: sparse.codes,
    Z_next: sparse.Z_next,
  };
}

/**
 * The whole model on one picture: `image` is 3 × side × side, planar RGB, normalised. `hidden`, an entry a patch, is 1 where CRATE-MAE sees
 * the mask token in place of the patch.
 */
export function forward(config: CrateConfig, weights: CrateWeights, image: Numbers, hidden?: Uint8Array): Forward {
  const embedding = embedPatches(config, weights, image, hidden);
  const layers: LayerForward[] = [];
  let Z = embedding.tokens;
  for (const layerWeights of weights.layers) {
    const layer = layerForward(config, layerWeights, Z);
    layers.push(layer);
    Z = layer.Z_next;
  }
  const decoder = weights.decoder ? decode(config, weights.decoder, Z) : null;
  return { ...embedding, layers, decoder, ...classHead(config, weights, Z) };
}
