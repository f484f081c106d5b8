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

/** Scratch of attention: every head's keys and values packed, and the scores of some rows. */
export interface AttentionScratch {
  /** A head's keys take as much room as its head's stride times ldScores, its values as its stride times n. */
  readonly keys: number;
  readonly values: number;
  /** Each thread's own. */
  readonly scores: number;
  /** As long as a row of scores or a head: what has no bias adds these. */
  readonly zeros: number;
  /** Rows of the scores, so many queries at a time. */
  readonly queries: number;
  readonly ldScores: number;
}

/** Scratch that each thread has for itself: how many have it, and bytes from one's to the next one's. */
export interface OwnScratch {
  readonly lanes: number;
  readonly stride: number;
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
  /** Each thread's own. */
  readonly rates: RateScratch;
  readonly own: OwnScratch;
  /** Of the measures, f64: pivots of every rate, and two numbers for each tensor whose sparsity is measured. */
  readonly pivots: number;
  readonly sparsity: number;
}

/** Scratch of the coding rates, as the kernel names it (wasm/codingRates.ts), and room for the pivots of one. */
export interface RateScratch {
  readonly panels: number;
  readonly G: number;
  readonly H: number;
  readonly M: number;
  readonly inverse: number;
  readonly scales: number;
  readonly pivots: number;
}

/** Scores of so many queries are kept as fit the first-level cache beside keys and values, but of a few always. */
const SCORE_BYTES = 24 * 1024;
const FEWEST_QUERIES = 16;
/** What the scratch of threads beside the first may take, bytes; fewer of them work where it would be more. */
const MOST_OWN = 2 ** 28;

const ceil4 = (value: number): number => Math.ceil(value / 4) * 4;

/**
 * Places all arrays of a picture that so many threads compute. Memory must be zero there: what pads rows is never written, or with zeros.
 */
export function placePicture(config: CrateConfig, arena: Arena, threads: number): PictureArrays {
  const sizes = wasmSizes(config);
  const { n, N, K, L, ldD, ldInner, ldPatch, ldAtoms, ldFeatures, ldClasses, hasCodes, decoder } = sizes;
  const tokens = (): number => arena.take(n * ldD);
  const projections = (): number => arena.take(n * ldInner);
  const hasPatchNorms = config.kind === 'crate';
  const patches = arena.take(N * ldPatch);
  const patchLinear = arena.take(N * ldD);
  const queries = queriesOf(n);
  const begin = arena.end();
  const scores = arena.take(queries * ceil8(n));
  const rates = placeRates(sizes, arena);
  const stride = arena.end() - begin;
  const lanes = Math.min(threads, 1 + Math.floor(MOST_OWN / stride));
  arena.take(((lanes - 1) * stride) / 4);
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
    attention: { ...placeAttention(n, decoder ? [sizes, decoder] : [sizes], arena), scores, queries },
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
    rates,
    own: { lanes, stride },
    pivots: arena.takeF64(2 * L * PLACES * (rateSide(n, sizes.d) + K * rateSide(n, sizes.p))),
    sparsity: arena.takeF64(2 * L * SPARSE),
  };
}

/** Input, half and output of a layer. */
export const PLACES = 3;
/** Z_half, Z_next, codes. */
export const SPARSE = 3;
/** Rows of what a rate of n rows of c factors. */
export const rateSide = (n: number, c: number): number => Math.min(n, c);

function queriesOf(n: number): number {
  const fitting = Math.floor(SCORE_BYTES / (4 * ceil8(n)) / 4) * 4;
  return Math.min(n, Math.max(FEWEST_QUERIES, fitting));
}

function placeAttention(n: number, all: readonly HeadSizes[], arena: Arena) {
  const ldScores = ceil8(n);
  const widest = Math.max(...all.map(({ headStride }) => headStride));
  const inner = Math.max(...all.map(({ ldInner }) => ldInner));
  return {
    keys: arena.take(ldScores * inner),
    values: arena.take(n * inner),
    zeros: arena.take(Math.max(ldScores, widest)),
    ldScores,
  };
}

/** Room for one rate at a time, of n rows of d or p numbers. */
export function placeRates({ n, d, p }: Pick<WasmSizes, 'n' | 'd' | 'p'>, arena: Arena): RateScratch {
  const side = ceil4(rateSide(n, Math.max(d, p)));
  const panels = Math.max(...[d, p].map((c) => ceil4(rateSide(n, c)) * Math.max(n, c)));
  const square = (): number => arena.takeF64(side * side);
  return {
    panels: arena.takeF64(panels),
    G: square(),
    H: square(),
    M: arena.takeF64(2 * side * side),
    inverse: arena.takeF64(2 * side),
    scales: arena.takeF64(n),
    pivots: arena.takeF64(2 * side),
  };
}

/** Bytes of a picture's arrays. */
export function pictureBytes(config: CrateConfig, threads: number): number {
  const arena = createArena(0);
  placePicture(config, arena, threads);
  return arena.end();
}
