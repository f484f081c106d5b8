// What one picture at one input size needs on the GPU beside the weights: positions, every layer's intermediates, results, and what the
// measures need beside these.

import type { CrateConfig } from '../model/config.ts';
import { type ArraySize, refusalOf, totalBytes } from './gpuBuffers.ts';
import { chooseSsa } from './gpuPipelines.ts';
import { resultLayout } from './gpuResults.ts';
import { type Sizes, sizesOf } from './gpuSizes.ts';

export type PictureName =
  | 'image'
  | 'hidden'
  | 'positions'
  | 'patches'
  | 'patchLinear'
  | 'embedded'
  | 'tokens'
  | 'ZU'
  | 'heads'
  | 'Z_half'
  | 'X'
  | 'z1'
  | 'resid'
  | 'codes'
  | 'Z_next'
  | 'pooled'
  | 'features'
  | 'Y'
  | 'H'
  | 'HU'
  | 'decoderHeads'
  | 'results'
  | 'zeros';

/** What only the measures need, beside the picture. */
export type MeasureName = 'LN_Z' | 'ZU_half' | 'ZU_next' | 'inverse' | 'headGrams' | 'tokenGrams';

/**
 * Bytes of Gram matrices, of heads and of tokens each, that are kept at a time, unless one layer's take more. All of CRATE-L's at 224 px
 * fit; at 1025 tokens they would take 600 MB.
 */
const GRAM_BYTES = 64 * 2 ** 20;

/** Gram matrices are made and factored for so many (place, layer) pairs at a time, of all 3 · L. */
export interface GramRounds {
  readonly heads: number;
  readonly all: number;
}

/** `limit`: the most bytes a buffer. */
export function gramRounds({ L, K, mHead, mAll }: Sizes, limit: number): GramRounds {
  const budget = Math.min(limit, GRAM_BYTES);
  const pairs = (entries: number): number => Math.min(3 * L, Math.max(1, Math.floor(budget / (4 * entries))));
  return { heads: pairs(2 * K * mHead * mHead), all: pairs(2 * mAll * mAll) };
}

const one = <N extends string>(name: N, entries: number): ArraySize<N> => ({ name, layers: 1, entries, entryBytes: 4 });

const perLayer =
  ({ L }: Sizes) =>
  <N extends string>(name: N, entries: number): ArraySize<N> => ({ ...one(name, entries), layers: L });

/**
 * The arrays of the forward pass at a size. Views read those of every layer, and patches and tokens; the plan alone reads the others. What
 * follows from them by one run (LN_Z, X, ZU_half, ZU_next) is made again for a view that asks.
 */
export function pictureArrays(config: CrateConfig): readonly ArraySize<PictureName>[] {
  const sizes = sizesOf(config);
  const { n, d, inner, ldD, ldInner, ldPatch, ldFeatures, ldAtoms } = sizes;
  const { hasPatchNorms, hasCodes, decoder } = sizes;
  const layered = perLayer(sizes);
  return [
    one('image', 3 * config.imageSize ** 2),
    one('hidden', n - 1),
    one('positions', n * d),
    one('patches', (n - 1) * ldPatch),
    one('patchLinear', (n - 1) * ldD),
    ...(hasPatchNorms ? [one('embedded', (n - 1) * ldD)] : []),
    one('tokens', n * ldD),
    layered('ZU', n * ldInner),
    layered('heads', n * ldInner),
    layered('Z_half', n * ldD),
    ...(hasCodes
      ? [one('X', n * ldD), one('z1', n * ldAtoms), one('resid', n * ldD), layered('codes', n * ldAtoms)]
      : []),
    layered('Z_next', n * ldD),
    ...(config.classes > 0 ? [one('pooled', ldD), one('features', ldFeatures)] : []),
    ...(decoder
      ? [one('Y', n * ldD), one('H', n * ldD), one('HU', n * decoder.ldInner), one('decoderHeads', n * decoder.ldInner)]
      : []),
    one('results', resultLayout(sizes).length),
    // The bias of a map that has none; bound where an epilogue reads no bias, no residual, no norm.
    one('zeros', Math.max(ldD, inner, ldAtoms)),
  ];
}

/** The arrays of the measures beside those. `limit`: the most bytes a buffer. */
export function measureArrays(config: CrateConfig, limit: number): readonly ArraySize<MeasureName>[] {
  const sizes = sizesOf(config);
  const { n, K, L, ldD, ldInner, mHead, mAll } = sizes;
  const rounds = gramRounds(sizes, limit);
  const layered = perLayer(sizes);
  return [
    layered('LN_Z', n * ldD),
    layered('ZU_half', n * ldInner),
    layered('ZU_next', n * ldInner),
    one('inverse', L * K * n),
    one('headGrams', rounds.heads * 2 * K * mHead * mHead),
    one('tokenGrams', rounds.all * 2 * mAll * mAll),
  ];
}

/** Bytes of all arrays and of the read-back, and why the device cannot hold them, if it cannot. */
export function pictureEstimate(
  config: CrateConfig,
  limits: GPUSupportedLimits,
  limit: number,
): { readonly bytes: number; readonly refusal: string | null } {
  const { n, grid, p, decoder } = sizesOf(config);
  if (!Number.isInteger(grid)) {
    const { imageSize, patchSize } = config;
    return { bytes: 0, refusal: `${imageSize} px are no multiple of the patch side, ${patchSize} px.` };
  }
  const arrays = [...pictureArrays(config), ...measureArrays(config, limit)];
  const results = arrays.find(({ name }) => name === 'results')?.entries ?? 0;
  const widest = Math.max(p, decoder?.p ?? 0);
  return {
    bytes: totalBytes(arrays) + 4 * results,
    refusal: refusalOf(arrays, limit) ?? tooManyTokens(n, limits) ?? tooWideHead(widest, n, limits),
  };
}

const tooManyTokens = (n: number, { maxComputeWorkgroupsPerDimension: most }: GPUSupportedLimits): string | null =>
  n > most ? `${n} tokens are too many; this adapter takes at most ${most} at once.` : null;

function tooWideHead(p: number, n: number, limits: GPUSupportedLimits): string | null {
  if (chooseSsa(n, p, limits)) return null;
  const memory = limits.maxComputeWorkgroupStorageSize / 1024;
  return `Heads of width ${p} do not fit the ${memory} KiB of this adapter's workgroup memory.`;
}
