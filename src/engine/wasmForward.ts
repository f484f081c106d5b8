// The forward pass of the released models by the WebAssembly kernels: as forward() of model/, product by product, but that an ISTA step is
// one product with G and that every bias, residual and threshold is part of the product before it.

import type { Numbers } from '../math/matrix.ts';
import { type CrateConfig, DECODER_NORM_EPS, HEAD_NORM_EPS, layerNormEps } from '../model/config.ts';
import { LAYER_NORM_EPS } from '../model/layerNorm.ts';
import { cutPatches } from '../model/patchEmbed.ts';
import type { Kernels } from './wasm/kernels.ts';
import { attend } from './wasmAttention.ts';
import { type Block, blocksOf, type Crew } from './wasmCrew.ts';
import type { WasmMemory } from './wasmMemory.ts';
import type { LayerArrays, PictureArrays } from './wasmPicture.ts';
import { multiply, multiplyBlock } from './wasmProduct.ts';
import { padRows, unpadRows, type WasmSizes } from './wasmSizes.ts';
import type { Norm, PackedLayer, PackedWeights } from './wasmWeights.ts';

/** Everything that a pass reads and writes. */
export interface Pass {
  readonly config: CrateConfig;
  readonly sizes: WasmSizes;
  /** For what one thread does. */
  readonly kernels: Kernels;
  readonly crew: Crew;
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
  const { sizes, arrays, weights } = pass;
  const { n, ldD, ldInner, ldAtoms, hasCodes } = sizes;
  const toProject = ldD * ldInner;
  const toFinish = ldD * (ldInner + (hasCodes ? 4 * ldAtoms : ldD));
  embed(pass, image, hidden);
  let Z = arrays.tokens;
  /** Between two attentions each token goes its way alone: from the end of one layer to the projections of the next. */
  let finish: RowWork = () => undefined;
  weights.layers.forEach((packed, l) => {
    const layer = arrays.layers[l] as LayerArrays;
    const [input, before] = [Z, finish];
    eachRows(pass, n, toProject + (l > 0 ? toFinish : 0), (kernels, block) => {
      before(kernels, block);
      project(pass, packed, layer, input, kernels, block);
    });
    attend(pass.crew, { ZU: layer.ZU, n, heads: sizes, scratch: arrays.attention }, layer.heads, layer.cls);
    finish = (kernels, block) => finishLayer(pass, packed, layer, input, kernels, block);
    Z = layer.Z_next;
  });
  eachRows(pass, n, toFinish, finish);
  const reconstruction = decode(pass, Z);
  return { logits: classify(pass, Z), ...(reconstruction ? { reconstruction } : {}) };
}

/** Kernel calls on some rows. */
type RowWork = (kernels: Kernels, block: Block) => void;

/** Work that is the same for each row, `products` multiplications for one, in blocks of rows. */
export function eachRows({ crew }: Pass, rows: number, products: number, work: RowWork): void {
  const all = rows * products;
  const blocks = blocksOf(rows, crew.threadsFor(all));
  crew.run(all, blocks.length, (kernels, task) => work(kernels, blocks[task] as Block));
}

/** LayerNorm of some rows of d. */
function normalise(
  kernels: Kernels,
  { d, ldD: ld }: WasmSizes,
  { first, rows: m }: Block,
  X: number,
  { weight, bias }: Norm,
  Y: number,
  eps: number,
): void {
  const below = 4 * first * ld;
  kernels.layerNorm({ X: X + below, weight, bias, Y: Y + below, ld, m, d, eps });
}

/** Z^0 = [cls; embedded patches] + positions; see embedPatches of model/. */
function embed(pass: Pass, image: Numbers, hidden: Uint8Array | undefined): void {
  const { config, sizes, memory, weights, positions, arrays } = pass;
  const { n, N, d, patch, ldD, ldPatch } = sizes;
  const { patches, patchesNorm, patchLinear, patchEmbed } = arrays;
  padRows(cutPatches(image, config), N, patch, memory.f32(patches, N * ldPatch), ldPatch);
  eachRows(pass, N, ldPatch * ldD, (kernels, block) => {
    if (weights.patchNorm) {
      const below = 4 * block.first * ldPatch;
      const [X, Y] = [patches + below, patchesNorm + below];
      kernels.layerNorm({ ...weights.patchNorm, X, Y, ld: ldPatch, m: block.rows, d: patch, eps: LAYER_NORM_EPS });
    }
    multiplyBlock(kernels, block, { at: patchesNorm, ld: ldPatch }, weights.embed, patchLinear);
    if (!weights.embedNorm) return;
    normalise(kernels, sizes, block, patchLinear, weights.embedNorm, patchEmbed, LAYER_NORM_EPS);
  });
  const embedded = memory.f32(patchEmbed, N * ldD);
  const tokens = memory.f32(arrays.tokens, n * ldD);
  for (let i = 0; i < n; i++) {
    const isHidden = i > 0 && hidden?.[i - 1];
    const from = i === 0 ? weights.cls : isHidden ? weights.maskToken : embedded.subarray((i - 1) * ldD);
    if (!from) throw new RangeError('only CRATE-MAE can hide patches, these weights hold no mask token');
    for (let j = 0; j < d; j++) tokens[i * ldD + j] = (from[j] as number) + (positions[i * d + j] as number);
  }
}

/** ZU = U LN Z of some rows. */
function project(
  { config, sizes }: Pass,
  { norm, U }: PackedLayer,
  { LN_Z, ZU }: LayerArrays,
  Z: number,
  kernels: Kernels,
  block: Block,
): void {
  normalise(kernels, sizes, block, Z, norm, LN_Z, layerNormEps(config));
  multiplyBlock(kernels, block, { at: LN_Z, ld: sizes.ldD }, U, ZU);
}

/** Z_half = Z + MSSA(LN Z), then Z_next = ISTA(LN Z_half), or CRATE-α's step over its codes, of some rows. */
function finishLayer(
  pass: Pass,
  { W, norm2, dictionary }: PackedLayer,
  { heads, Z_half, X, codes, Z_next }: LayerArrays,
  Z: number,
  kernels: Kernels,
  block: Block,
): void {
  const { config, sizes, weights } = pass;
  const { ldD, ldInner, ldAtoms } = sizes;
  const { eta } = config;
  const bias = weights.threshold;
  multiplyBlock(kernels, block, { at: heads, ld: ldInner }, W, Z_half, { R: Z });
  normalise(kernels, sizes, block, Z_half, norm2, X, layerNormEps(config));
  const tokens = { at: X, ld: ldD };
  if ('G' in dictionary) {
    // ReLU(X + η X Gᵀ − ηλ)
    multiplyBlock(kernels, block, tokens, dictionary.G, Z_next, { scale: eta, bias, R: X, floor: 0 });
    return;
  }
  const { z1, resid } = pass.arrays;
  const { atoms, D, D1 } = dictionary;
  // z1 = ReLU(η Dᵀx − ηλ), then D z1 − x, then z2 = ReLU(z1 − η Dᵀ(D z1 − x) − ηλ), then Z_half + D1 z2.
  multiplyBlock(kernels, block, tokens, atoms, z1, { scale: eta, bias, floor: 0 });
  multiplyBlock(kernels, block, { at: z1, ld: ldAtoms }, D, resid, { R: X, r: -1 });
  multiplyBlock(kernels, block, { at: resid, ld: ldD }, atoms, codes, { scale: -eta, bias, R: z1, floor: 0 });
  multiplyBlock(kernels, block, { at: codes, ld: ldAtoms }, D1, Z_next, { R: Z_half });
}

/** CRATE-MAE's decoder on the encoder's last tokens; null elsewhere. See decode of model/. */
function decode(pass: Pass, Z: number): Float32Array | null {
  const { config, sizes, crew, memory, weights, arrays } = pass;
  const { decoder } = weights;
  if (!decoder || !arrays.decoder || !sizes.decoder) return null;
  const { n, N, patch, ldD, ldPatch } = sizes;
  const { decoder: inDecoder } = sizes;
  const { ldInner } = inDecoder;
  const { Y, LN, H, HU, heads, pixels } = arrays.decoder;
  const eps = layerNormEps(config);
  const normed = { at: LN, ld: ldD };
  /** As in the encoder: the end of the block before. */
  let finish: RowWork = (kernels, block) =>
    normalise(kernels, sizes, block, Z, decoder.latentNorm, Y, DECODER_NORM_EPS);
  decoder.layers.forEach(({ normIn, linear, norm, U, W }, l) => {
    const before = finish;
    eachRows(pass, n, ldD * (ldD + (l > 0 ? 2 : 1) * ldInner), (kernels, block) => {
      before(kernels, block);
      normalise(kernels, sizes, block, Y, normIn, LN, eps);
      multiplyBlock(kernels, block, normed, linear, H);
      normalise(kernels, sizes, block, H, norm, LN, eps);
      multiplyBlock(kernels, block, normed, U, HU);
    });
    attend(crew, { ZU: HU, n, heads: inDecoder, scratch: arrays.attention }, heads);
    // Y = H − MSSA(LN H); W's bias is stored with its sign turned.
    finish = (kernels, block) => multiplyBlock(kernels, block, { at: heads, ld: ldInner }, W, Y, { scale: -1, R: H });
  });
  eachRows(pass, n, ldD * ldInner, (kernels, block) => {
    finish(kernels, block);
    normalise(kernels, sizes, block, Y, decoder.endNorm, LN, DECODER_NORM_EPS);
  });
  eachRows(pass, N, ldD * ldPatch, (kernels, block) => {
    multiplyBlock(kernels, block, { at: LN + 4 * ldD, ld: ldD }, decoder.pixels, pixels);
  });
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
  normalise(kernels, sizes, { first: 0, rows: 1 }, pooled, weights.head.norm, norm, HEAD_NORM_EPS);
  const { map, classes: last } = weights.head;
  if (map) multiply(kernels, { at: norm, ld: ldD, rows: 1 }, map, features);
  multiply(kernels, { at: map ? features : norm, ld: ldFeatures, rows: 1 }, last, logits);
  return memory.f32(logits, classes).slice();
}
