// CRATE-MAE's decoder (arXiv 2404.02446; released code `model/crate_ae`): from the encoder's last tokens back to the pixels of every patch.
// Each block undoes a layer: a linear map in place of ISTA, then minus MSSA. The encoder alone sees the mask tokens; no position is added
// here. The released state dict's `decoder_embed` and `pos_embed` are never used.

import { type Numbers, productABt } from '../math/matrix.ts';
import { type CrateConfig, DECODER_NORM_EPS, layerNormEps, tokenCount } from './config.ts';
import { layerNorm } from './layerNorm.ts';
import { linear } from './linear.ts';
import { attention, mssa, ssa } from './mssa.ts';
import { joinPatches } from './patchEmbed.ts';
import type { DecoderLayerWeights, DecoderWeights } from './weights.ts';

/** One block's intermediates. */
export interface DecoderLayerForward {
  /** n × d. */
  readonly Y: Float64Array;
  /** LN(Y), n × d. */
  readonly LN_Y: Float64Array;
  /** H = LN(Y) Wᵀ with the block's linear map, n × d; no residual, no ReLU. */
  readonly H: Float64Array;
  /** LN(H), n × d. */
  readonly LN_H: Float64Array;
  /** U_kᵀ LN(H) of all heads side by side, n × (K·p). */
  readonly HU: Float64Array;
  /** Softmax over keys of HU_k HU_kᵀ / √p, K × n × n. Computed anew at every read. */
  readonly A: Float64Array;
  /** A_k HU_k of all heads side by side, n × (K·p). */
  readonly heads: Float64Array;
  /** MSSA(LN H), n × d. */
  readonly mssa: Float64Array;
  /** Y of the next block = H − MSSA(LN H), n × d. */
  readonly Y_next: Float64Array;
}

export interface DecoderForward {
  /** LN of the encoder's last tokens (`norm`), n × d; the first block's Y. */
  readonly latent: Float64Array;
  readonly layers: readonly DecoderLayerForward[];
  /** LN of the last block's tokens (`decoder_norm`), n × d. */
  readonly endNorm: Float64Array;
  /** Pixels of every patch, N × 3P², channel fastest, normalised as the picture is; the class token is left out. */
  readonly reconstruction: Float64Array;
}

/** One block of the released decoder: H = LN(Y) Wᵀ, then Y_next = H − MSSA(LN H). Y is n × d. */
export function decoderLayerForward(
  config: CrateConfig,
  weights: DecoderLayerWeights,
  Y: Float64Array,
): DecoderLayerForward {
  const { d } = config;
  const { K, p } = decoderSizes(config);
  const n = tokenCount(config);
  const eps = layerNormEps(config);
  const LN_Y = layerNorm(Y, weights.normWeight, weights.normBias, n, d, eps);
  const H = productABt(LN_Y, weights.linear, n, d, d);
  const LN_H = layerNorm(H, weights.attentionNormWeight, weights.attentionNormBias, n, d, eps);
  const HU = productABt(LN_H, weights.U, n, K * p, d);
  const { heads } = ssa(HU, n, K, p);
  const step = mssa(heads, weights, n, K * p, d);
  const Y_next = H.map((value, i) => value - (step[i] as number));
  return {
    Y,
    LN_Y,
    H,
    LN_H,
    HU,
    get A() {
      return attention(HU, n, K, p);
    },
    heads,
    mssa: step,
    Y_next,
  };
}

/** The decoder on the encoder's last tokens Z, n × d. */
export function decode(config: CrateConfig, weights: DecoderWeights, Z: Numbers): DecoderForward {
  const { d, patchSize } = config;
  const n = tokenCount(config);
  const latent = layerNorm(Z, weights.normWeight, weights.normBias, n, d, DECODER_NORM_EPS);
  const layers: DecoderLayerForward[] = [];
  let Y = latent;
  for (const layerWeights of weights.layers) {
    const layer = decoderLayerForward(config, layerWeights, Y);
    layers.push(layer);
    Y = layer.Y_next;
  }
  const endNorm = layerNorm(Y, weights.endNormWeight, weights.endNormBias, n, d, DECODER_NORM_EPS);
  const { pixelWeight, pixelBias } = weights;
  const reconstruction = linear(endNorm.subarray(d), pixelWeight, pixelBias, n - 1, d, 3 * patchSize ** 2);
  return { latent, layers, endNorm, reconstruction };
}

/** The reconstruction as a planar 3 × side × side picture, still normalised. */
export const reconstructedImage = (config: CrateConfig, reconstruction: Numbers): Float64Array =>
  joinPatches(reconstruction, config);

/**
 * The released loss of one picture: mean squared error over the pixels of its hidden patches; null when none is hidden. Both are
 * N × 3P²; `target` is the picture's patches, or `unitPatches` of them where the model was trained so (`norm_pix_loss`).
 */
export function hiddenError(reconstruction: Numbers, target: Numbers, hidden: Uint8Array): number | null {
  const length = target.length / hidden.length;
  let patches = 0;
  let sum = 0;
  for (let i = 0; i < hidden.length; i++) {
    if (!hidden[i]) continue;
    patches++;
    for (let j = i * length; j < (i + 1) * length; j++) {
      sum += ((reconstruction[j] as number) - (target[j] as number)) ** 2;
    }
  }
  return patches > 0 ? sum / (patches * length) : null;
}

/** Each patch with its mean taken off, divided by √(unbiased variance + 1e-6), as the released `norm_pix_loss` compares; N × length. */
export function unitPatches(patches: Numbers, length: number): Float64Array {
  const out = new Float64Array(patches.length);
  for (let from = 0; from < patches.length; from += length) {
    const patch = patches.subarray(from, from + length);
    let mean = 0;
    for (const value of patch) mean += value / length;
    let variance = 0;
    for (const value of patch) variance += (value - mean) ** 2 / (length - 1);
    for (let j = 0; j < length; j++) out[from + j] = ((patch[j] as number) - mean) / Math.sqrt(variance + 1e-6);
  }
  return out;
}

function decoderSizes({ kind, decoder }: CrateConfig): NonNullable<CrateConfig['decoder']> {
  if (!decoder) throw new RangeError(`missing decoder: a model of kind ${kind} without its sizes`);
  return decoder;
}
