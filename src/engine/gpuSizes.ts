// The sizes of a model at an input size, as the GPU lays them out: token rows padded to a multiple of 4 floats, so that gemm reads vec4.

import { atomCount, type CrateConfig, gridSide, tokenCount } from '../model/config.ts';

export const ceil4 = (value: number): number => Math.ceil(value / 4) * 4;
const ceil8 = (value: number): number => Math.ceil(value / 8) * 8;

/** What the decoder of CRATE-MAE has sizes of its own for. */
export interface DecoderSizes {
  readonly L: number;
  readonly K: number;
  readonly p: number;
  readonly inner: number;
  readonly ldInner: number;
}

/** Sizes that the plan and the read-backs share. "ld" is a row stride in entries. */
export interface Sizes {
  readonly n: number;
  readonly d: number;
  readonly K: number;
  readonly p: number;
  readonly L: number;
  readonly inner: number;
  /** Patches a side. */
  readonly grid: number;
  /** Numbers of a patch, 3P². */
  readonly patch: number;
  readonly classes: number;
  /** Inputs of the class map: d, or the outputs of the linear map before it. */
  readonly features: number;
  /** Atoms of the dictionary. */
  readonly atoms: number;
  readonly ldD: number;
  readonly ldInner: number;
  readonly ldPatch: number;
  readonly ldFeatures: number;
  readonly ldAtoms: number;
  /** Side of a head's Gram matrix, min(p, n), and of R's, min(d, n), each to the next multiple of 8. */
  readonly mHead: number;
  readonly mAll: number;
  /** CRATE alone: LayerNorms before and after the patch embedding. */
  readonly hasPatchNorms: boolean;
  /** CRATE-α: two ISTA steps with an over-complete dictionary. */
  readonly hasCodes: boolean;
  readonly decoder: DecoderSizes | null;
}

export function sizesOf(config: CrateConfig): Sizes {
  const { kind, d, K, p, L, classes, headWidth = d, decoder } = config;
  const n = tokenCount(config);
  const inner = K * p;
  const patch = 3 * config.patchSize ** 2;
  const atoms = atomCount(config);
  return {
    n,
    d,
    K,
    p,
    L,
    inner,
    grid: gridSide(config),
    patch,
    classes,
    features: headWidth,
    atoms,
    ldD: ceil4(d),
    ldInner: ceil4(inner),
    ldPatch: ceil4(patch),
    ldFeatures: ceil4(headWidth),
    ldAtoms: ceil4(atoms),
    mHead: ceil8(Math.min(p, n)),
    mAll: ceil8(Math.min(d, n)),
    hasPatchNorms: kind === 'crate',
    hasCodes: kind === 'crate-alpha',
    decoder: decoder ? { ...decoder, inner: decoder.K * decoder.p, ldInner: ceil4(decoder.K * decoder.p) } : null,
  };
}

/** rows × columns -> rows × ld, zeros at the end of each row; the same array when nothing is to pad. */
export function padRows(values: Float32Array, rows: number, columns: number, ld: number): Float32Array {
  if (ld === columns) return values;
  const out = new Float32Array(rows * ld);
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * columns, (i + 1) * columns), i * ld);
  return out;
}

/** rows × ld -> rows × columns. */
export function dropPadding(values: Float32Array, rows: number, columns: number, ld: number): Float32Array {
  if (ld === columns) return values;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * ld, i * ld + columns), i * columns);
  return out;
}
