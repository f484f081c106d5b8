// The forward pass of the released models by the WebAssembly kernels: as forward() of model/, product by product, but that an ISTA step is
// one product with G and that every bias, residual and threshold is part of the product before it.

import type { Numbers } from '../math/matrix.ts';
import { type CrateConfig, DECODER_NORM_EPS, HEAD_NORM_EPS, layerNormEps } from '../model/config.ts';
import { LAYER_NORM_EPS } from '../model/layerNorm.ts';
import { cutPatches } from '../model/patchEmbed.ts';
import type { Kernels } from './wasm/kernels.ts';
import { attend } from './wasmAttention.ts';
import type { WasmMemory } from './wasmMemory.ts';
import type { LayerArrays, PictureArrays } from './wasmPicture.ts';
import { multiply } from './wasmProduct.ts';
import { padRows, unpadRows, type WasmSizes } from './wasmSizes.ts';
import type { Norm, PackedLayer, PackedWeights } from './wasmWeights.ts';

/** Everything that a pass reads and writes. */
export interface Pass {
  readonly config: CrateConfig;
  readonly sizes: WasmSizes;
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  readonly weights: PackedWeights;
  /** n × d. */
  readonly positions: Float32Array;
  readonly arrays: PictureArrays;
}

export interface Outputs {
  readonly logits: Float32Array;
  /** CRATE-MAE: N × 3P². */
  readonly reconstruction?: Float32Array;
}

/** Tokens to logits or pixels; every layer's intermediates stay in their arrays. */
export function runForward(pass: Pass, image: Numbers, hidden?: Uint8Array): Outputs {
  embed(pass, image, hidden);
  let Z = pass.arrays.tokens;
  pass.weights.layers.forEach((weights, l) => {
    const arrays = pass.arrays.layers[l] as LayerArrays;
    layer(pass, weights, arrays, Z);
    Z = arrays.Z_next;
  });
  const reconstruction = decode(pass, Z);
  return { logits: classify(pass, Z), ...(reconstruction ? { reconstruction } : {}) };
}

const normalise = (
  { kernels, sizes: { n, d, ldD } }: Pass,
  X: number,
  { weight, bias }: Norm,
  Y: number,
  eps: number,
  rows = n,
): void => {
  kernels.layerNorm({ X, weight, bias, Y, ld: ldD, m: rows, d, eps });
};

/** Z^0 = [cls; embedded patches] + positions; see embedPatches of model/. */
function embed(pass: Pass, image: Numbers, hidden: Uint8Array | undefined): void {
  const { config, sizes, kernels, memory, weights, positions, arrays } = pass;
  const { n, N, d, patch, ldD, ldPatch } = sizes;
  const { patches, patchesNorm, patchLinear, patchEmbed } = arrays;
  padRows(cutPatches(image, config), N, patch, memory.f32(patches, N * ldPatch), ldPatch);
  if (weights.patchNorm) {
    const { weight, bias } = weights.patchNorm;
    kernels.layerNorm({ X: patches, weight, bias, Y: patchesNorm, ld: ldPatch, m: N, d: patch, eps: LAYER_NORM_EPS });
  }
  multiply(kernels, { at: patchesNorm, ld: ldPatch, rows: N }, weights.embed, patchLinear);
  if (weights.embedNorm) normalise(pass, patchLinear, weights.embedNorm, patchEmbed, LAYER_NORM_EPS, N);
  const embedded = memory.f32(patchEmbed, N * ldD);
  const tokens = memory.f32(arrays.tokens, n * ldD);
  for (let i = 0; i < n; i++) {
    const isHidden = i > 0 && hidden?.[i - 1];
    const from = i === 0 ? weights.cls : isHidden ? weights.maskToken : embedded.subarray((i - 1) * ldD);
    if (!from) throw new RangeError('only CRATE-MAE can hide patches, these weights hold no mask token');
    for (let j = 0; j < d; j++) tokens[i * ldD + j] = (from[j] as number) + (positions[i * d + j] as number);
  }
}

/** Z_half = Z + MSSA(LN Z), then Z_next = ISTA(LN Z_half), or CRATE-α's step over its codes. */
function layer(pass: Pass, weights: PackedLayer, arrays: LayerArrays, Z: number): void {
  const { config, sizes, kernels, weights: all, memory } = pass;
  const { n, ldD, ldInner, ldAtoms } = sizes;
  const { LN_Z, ZU, heads, Z_half, X, codes, Z_next, cls } = arrays;
  const eps = layerNormEps(config);
  const eta = config.eta;
  normalise(pass, Z, weights.norm, LN_Z, eps);
  multiply(kernels, { at: LN_Z, ld: ldD, rows: n }, weights.U, ZU);
  attend({ kernels, memory, ZU, n, heads: sizes, scratch: pass.arrays.attention }, heads, cls);
  multiply(kernels, { at: heads, ld: ldInner, rows: n }, weights.W, Z_half, { R: Z });
  normalise(pass, Z_half, weights.norm2, X, eps);
  const tokens = { at: X, ld: ldD, rows: n };
  const { dictionary } = weights;
  if ('G' in dictionary) {
    // ReLU(X + η X Gᵀ − ηλ)
    multiply(kernels, tokens, dictionary.G, Z_next, { scale: eta, bias: all.threshold, R: X, floor: 0 });
    return;
  }
  const { z1, resid } = pass.arrays;
  // z1 = ReLU(η Dᵀx − ηλ), then D z1 − x, then z2 = ReLU(z1 − η Dᵀ(D z1 − x) − ηλ), then Z_half + D1 z2.
  multiply(kernels, tokens, dictionary.atoms, z1, { scale: eta, bias: all.threshold, floor: 0 });
  multiply(kernels, { at: z1, ld: ldAtoms, rows: n }, dictionary.D, resid, { R: X, r: -1 });
  const residuals = { at: resid, ld: ldD, rows: n };
  multiply(kernels, residuals, dictionary.atoms, codes, { scale: -eta, bias: all.threshold, R: z1, floor: 0 });
  multiply(kernels, { at: codes, ld: ldAtoms, rows: n }, dictionary.D1, Z_next, { R: Z_half });
}

/** CRATE-MAE's decoder on the encoder's last tokens; null elsewhere. See decode of model/. */
function decode(pass: Pass, Z: number): Float32Array | null {
  const { config, sizes, kernels, memory, weights, arrays } = pass;
  if (!weights.decoder || !arrays.decoder || !sizes.decoder) return null;
  const { n, N, patch, ldD, ldPatch } = sizes;
  const { Y, LN, H, HU, heads, pixels } = arrays.decoder;
  const eps = layerNormEps(config);
  const normed = { at: LN, ld: ldD, rows: n };
  normalise(pass, Z, weights.decoder.latentNorm, Y, DECODER_NORM_EPS);
  for (const block of weights.decoder.layers) {
    normalise(pass, Y, block.normIn, LN, eps);
    multiply(kernels, normed, block.linear, H);
    normalise(pass, H, block.norm, LN, eps);
    multiply(kernels, normed, block.U, HU);
    attend({ kernels, memory, ZU: HU, n, heads: sizes.decoder, scratch: arrays.attention }, heads);
    // Y = H − MSSA(LN H); W's bias is stored with its sign turned.
    multiply(kernels, { at: heads, ld: sizes.decoder.ldInner, rows: n }, block.W, Y, { scale: -1, R: H });
  }
  normalise(pass, Y, weights.decoder.endNorm, LN, DECODER_NORM_EPS);
  multiply(kernels, { at: LN + 4 * ldD, ld: ldD, rows: N }, weights.decoder.pixels, pixels);
  return unpadRows(memory.f32(pixels, N * ldPatch), N, patch, ldPatch);
}

/** Logits of the last tokens; none where there is no class head. See classHead of model/. */
function classify(pass: Pass, Z: number): Float32Array {
  const { config, sizes, kernels, memory, weights, arrays } = pass;
  if (!weights.head) return new Float32Array(0);
  const { n, d, classes, ldD, ldFeatures } = sizes;
  const { pooled, norm, features, logits } = arrays.head;
  const tokens = memory.f32(Z, n * ldD);
  const rows = config.pool === 'cls' ? 1 : n;
  const sums = new Float64Array(d);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) sums[j] = (sums[j] as number) + (tokens[i * ldD + j] as number);
  }
  memory.f32(pooled, d).set(sums.map((sum) => sum / rows));
  normalise(pass, pooled, weights.head.norm, norm, HEAD_NORM_EPS, 1);
  const { map, classes: last } = weights.head;
  if (map) multiply(kernels, { at: norm, ld: ldD, rows: 1 }, map, features);
  multiply(kernels, { at: map ? features : norm, ld: ldFeatures, rows: 1 }, last, logits);
  return memory.f32(logits, classes).slice();
}
