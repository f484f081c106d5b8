// What one picture's read-back holds and where, and the plain numbers that are made of it.

import type { LayerTrace, Place, RawUnit } from '../model/trace.ts';
import type { Sizes } from './gpuSizes.ts';

/** Where each result begins in the one buffer that is read back a picture, in floats. */
export interface ResultLayout {
  readonly logits: number;
  /** (n − 1) × 3P², CRATE-MAE only. */
  readonly reconstruction: number;
  /** Where the measures begin: all before it is read without them. */
  readonly measures: number;
  /** 3 places × L × (raw, unit) × K. */
  readonly headRates: number;
  /** 3 places × L × (raw, unit). */
  readonly allRates: number;
  /** L × (count, Σ|Z|) of Z_half, then of Z_next, then of α's codes. */
  readonly sparsityHalf: number;
  readonly sparsityNext: number;
  readonly sparsityCodes: number;
  /** L × K × n. */
  readonly clsRows: number;
  readonly length: number;
}

export function resultLayout({ classes, L, K, n, patch, hasCodes, decoder }: Sizes): ResultLayout {
  const reconstruction = classes;
  const measures = reconstruction + (decoder ? (n - 1) * patch : 0);
  const headRates = measures;
  const allRates = headRates + 3 * L * 2 * K;
  const sparsityHalf = allRates + 3 * L * 2;
  const sparsityNext = sparsityHalf + 2 * L;
  const sparsityCodes = sparsityNext + 2 * L;
  const clsRows = sparsityCodes + (hasCodes ? 2 * L : 0);
  const length = clsRows + L * K * n;
  return {
    logits: 0,
    reconstruction,
    measures,
    headRates,
    allRates,
    sparsityHalf,
    sparsityNext,
    sparsityCodes,
    clsRows,
    length,
  };
}

const PLACES: readonly Place[] = ['input', 'half', 'output'];

/** The one read-back as plain numbers, a record a layer. */
export function readLayers(values: Float32Array, layout: ResultLayout, sizes: Sizes): readonly LayerTrace[] {
  const { L, K, n, d, atoms, hasCodes } = sizes;
  const take = (first: number, length: number): number[] => Array.from(values.subarray(first, first + length));
  const one = (at: number): number => values[at] as number;
  return Array.from({ length: L }, (_, l): LayerTrace => {
    const heads = (place: number): RawUnit<readonly number[]> => {
      const at = layout.headRates + (place * L + l) * 2 * K;
      return { raw: take(at, K), unit: take(at + K, K) };
    };
    const all = (place: number): RawUnit => {
      const at = layout.allRates + (place * L + l) * 2;
      return { raw: one(at), unit: one(at + 1) };
    };
    const byPlace = <T>(of: (place: number) => T): Record<Place, T> =>
      Object.fromEntries(PLACES.map((place, i) => [place, of(i)])) as Record<Place, T>;
    return {
      index: l + 1,
      R: byPlace(all),
      Rc: byPlace(heads),
      nonzero: {
        half: one(layout.sparsityHalf + 2 * l) / (n * d),
        output: one(layout.sparsityNext + 2 * l) / (n * d),
        ...(hasCodes ? { codes: one(layout.sparsityCodes + 2 * l) / (n * atoms) } : {}),
      },
      l1: one(layout.sparsityNext + 2 * l + 1),
      attention: { cls: Array.from({ length: K }, (_, k) => take(layout.clsRows + (l * K + k) * n, n)) },
    };
  });
}
