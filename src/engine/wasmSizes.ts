// The sizes of a model at an input size, as the WebAssembly engine lays them out: rows padded with zeros to a multiple of eight floats, and
// in projections each head's columns too, so that every product stores whole vectors.

import { atomCount, type CrateConfig, gridSide, tokenCount } from '../model/config.ts';

export const ceil8 = (value: number): number => Math.ceil(value / 8) * 8;

/** Heads and how far apart they lie in a row. */
export interface HeadSizes {
  readonly K: number;
  readonly p: number;
  /** Entries from one head's columns to the next's. */
  readonly headStride: number;
  /** K heads: a row of a projection. */
  readonly ldInner: number;
}

export interface WasmSizes extends HeadSizes {
  readonly n: number;
  /** Patches, n − 1. */
  readonly N: number;
  readonly d: number;
  readonly L: number;
  /** Numbers of a patch, 3P². */
  readonly patch: number;
  readonly atoms: number;
  readonly classes: number;
  /** Inputs of the class map. */
  readonly features: number;
  readonly ldD: number;
  readonly ldPatch: number;
  readonly ldAtoms: number;
  readonly ldFeatures: number;
  readonly ldClasses: number;
  /** CRATE-α: over-complete dictionary. */
  readonly hasCodes: boolean;
  readonly decoder: (HeadSizes & { readonly L: number }) | null;
}

const headSizes = (K: number, p: number): HeadSizes => ({ K, p, headStride: ceil8(p), ldInner: K * ceil8(p) });

export function wasmSizes(config: CrateConfig): WasmSizes {
  const { kind, d, K, p, L, classes, headWidth = d, decoder } = config;
  const patch = 3 * config.patchSize ** 2;
  const atoms = atomCount(config);
  return {
    ...headSizes(K, p),
    n: tokenCount(config),
    N: gridSide(config) ** 2,
    d,
    L,
    patch,
    atoms,
    classes,
    features: headWidth,
    ldD: ceil8(d),
    ldPatch: ceil8(patch),
    ldAtoms: ceil8(atoms),
    ldFeatures: ceil8(headWidth),
    ldClasses: ceil8(classes),
    hasCodes: kind === 'crate-alpha',
    decoder: decoder ? { ...headSizes(decoder.K, decoder.p), L: decoder.L } : null,
  };
}

/** rows × columns out of rows that lie ld apart. */
export function unpadRows(values: Float32Array, rows: number, columns: number, ld: number): Float32Array {
  if (ld === columns) return values.slice(0, rows * columns);
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * ld, i * ld + columns), i * columns);
  return out;
}

/** Puts rows × columns into rows that lie ld apart. */
export function padRows(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  into: Float32Array,
  ld: number,
): void {
  if (ld === columns) {
    into.set(values);
    return;
  }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) into[i * ld + j] = values[i * columns + j] as number;
  }
}
