// What one picture at one input size needs in WebAssembly's memory beside the weights: every layer's intermediates, and scratch.

import type { CrateConfig } from '../model/config.ts';
import { type Arena, createArena } from './wasmMemory.ts';
import { ceil8, type HeadSizes, type WasmSizes, wasmSizes } from './wasmSizes.ts';

/** Addresses of a layer's intermediates, n rows each; names as in TensorName. */
export interface LayerArrays {
  readonly LN_Z: number;
  readonly ZU: number;
  readonly heads: number;
  readonly Z_half: number;
  readonly X: number;
  /** CRATE-α; else 0. */
  readonly codes: number;
  readonly Z_next: number;
  readonly ZU_half: number;
  readonly ZU_next: number;
  /** K × n, not padded. */
  readonly cls: number;
}

/** Scratch of attention: one head's keys and values packed, and the scores of some rows. */
export interface AttentionScratch {
  readonly keys: number;
  readonly values: number;
  readonly scores: number;
  /** As long as a row of scores or a head: what has no bias adds these. */
  readonly zeros: number;
  /** Rows of the scores, so many queries at a time. */
  readonly queries: number;
  readonly ldScores: number;
}

export interface PictureArrays {
  readonly patches: number;
  readonly patchesNorm: number;
  readonly patchLinear: number;
  readonly patchEmbed: number;
  readonly tokens: number;
  readonly layers: readonly LayerArrays[];
  readonly attention: AttentionScratch;
  /** CRATE-α: z1 and D z1 − X of the layer at work; else 0. */
  readonly z1: number;
  readonly resid: number;
  /** One row each: pooled tokens, their LayerNorm, what the class map reads, logits. */
  readonly head: { readonly pooled: number; readonly norm: number; readonly features: number; readonly logits: number };
  /** CRATE-MAE's decoder, the block at work. */
  readonly decoder: {
    readonly Y: number;
    readonly LN: number;
    readonly H: number;
    readonly HU: number;
    readonly heads: number;
    readonly pixels: number;
  } | null;
  readonly rates: RateScratch;
}

/** Scratch of the coding rates, all f64: panels, Gram matrix, what is factored, 1 / its diagonal, 1 / lengths of rows. */
export interface RateScratch {
  readonly panels: number;
  readonly gram: number;
  readonly factor: number;
  readonly inverse: number;
  readonly scales: number;
}

/** Scores of so many queries are kept as fit the first-level cache beside keys and values, but of a few always. */
const SCORE_BYTES = 24 * 1024;
const FEWEST_QUERIES = 16;

const ceil4 = (value: number): number => Math.ceil(value / 4) * 4;

/** Places all arrays of a picture. Memory must be zero there: what pads rows is never written, or with zeros. */
export function placePicture(config: CrateConfig, arena: Arena): PictureArrays {
  const sizes = wasmSizes(config);
  const { n, N, K, L, ldD, ldInner, ldPatch, ldAtoms, ldFeatures, ldClasses, hasCodes, decoder } = sizes;
  const tokens = (): number => arena.take(n * ldD);
  const projections = (): number => arena.take(n * ldInner);
  const hasPatchNorms = config.kind === 'crate';
  const patches = arena.take(N * ldPatch);
  const patchLinear = arena.take(N * ldD);
  return {
    patches,
    patchesNorm: hasPatchNorms ? arena.take(N * ldPatch) : patches,
    patchLinear,
    patchEmbed: hasPatchNorms ? arena.take(N * ldD) : patchLinear,
    tokens: tokens(),
    layers: Array.from({ length: L }, () => ({
      LN_Z: tokens(),
      ZU: projections(),
      heads: projections(),
      Z_half: tokens(),
      X: tokens(),
      codes: hasCodes ? arena.take(n * ldAtoms) : 0,
      Z_next: tokens(),
      ZU_half: projections(),
      ZU_next: projections(),
      cls: arena.take(K * n),
    })),
    attention: placeAttention(n, decoder ? [sizes, decoder] : [sizes], arena),
    z1: hasCodes ? arena.take(n * ldAtoms) : 0,
    resid: hasCodes ? tokens() : 0,
    head: {
      pooled: arena.take(ldD),
      norm: arena.take(ldD),
      features: arena.take(ldFeatures),
      logits: arena.take(ldClasses),
    },
    decoder: decoder
      ? {
          Y: tokens(),
          LN: tokens(),
          H: tokens(),
          HU: arena.take(n * decoder.ldInner),
          heads: arena.take(n * decoder.ldInner),
          pixels: arena.take(N * ldPatch),
        }
      : null,
    rates: placeRates(sizes, arena),
  };
}

function placeAttention(n: number, all: readonly HeadSizes[], arena: Arena): AttentionScratch {
  const ldScores = ceil8(n);
  const widest = Math.max(...all.map(({ headStride }) => headStride));
  const fitting = Math.floor(SCORE_BYTES / (4 * ldScores) / 4) * 4;
  const queries = Math.min(n, Math.max(FEWEST_QUERIES, fitting));
  return {
    keys: arena.take(ldScores * widest),
    values: arena.take(n * widest),
    scores: arena.take(queries * ldScores),
    zeros: arena.take(Math.max(ldScores, widest)),
    queries,
    ldScores,
  };
}

/** Room for the rates of n rows of d or p numbers. */
export function placeRates({ n, d, p }: Pick<WasmSizes, 'n' | 'd' | 'p'>, arena: Arena): RateScratch {
  const side = ceil4(Math.min(n, Math.max(d, p)));
  const panels = Math.max(...[d, p].map((c) => (n <= c ? c * ceil4(n) : n * ceil4(c))));
  return {
    panels: arena.takeF64(panels),
    gram: arena.takeF64(side * side),
    factor: arena.takeF64(side * side),
    inverse: arena.takeF64(side),
    scales: arena.takeF64(n),
  };
}

/** Bytes of a picture's arrays. */
export function pictureBytes(config: CrateConfig): number {
  const arena = createArena(0);
  placePicture(config, arena);
  return arena.end();
}
