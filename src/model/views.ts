// What the views draw beyond the measures: plain arrays, computed from tensors of the trace.

import type { Place } from './trace.ts';

/** The tokens in one head's subspace at one place: principal components of the n × p matrix U_kᵀZ, centred. */
export interface SubspaceView {
  readonly layer: number;
  readonly head: number;
  readonly place: Place;
  /** n × 3, coordinates on the first three principal axes; signs fixed so that the largest loading is positive. */
  readonly coordinates: Float32Array;
  /** Share of variance of each principal axis, length min(p, n), descending, sums to 1. */
  readonly variance: Float32Array;
  /** ‖U_kᵀz_i‖² per token, n. */
  readonly energy: Float32Array;
}

/** |[U_1 … U_K]ᵀ[U_1 … U_K]| with columns normalised first, and its block means. */
export interface IncoherenceView {
  readonly layer: number;
  /** (K·p) × (K·p), entries in [0, 1]. */
  readonly gram: Float32Array;
  /** K × K, mean absolute value of each block (the diagonal blocks without their diagonal). */
  readonly blocks: Float32Array;
  readonly size: number;
}

/** Both half-steps of one layer. */
export interface TokensView {
  readonly layer: number;
  /** n × d. */
  readonly Z_half: Float32Array;
  /** n × d, the ISTA step before ReLU: X + η Dᵀ(X − DX) − ηλ. In CRATE-α n × m: z1 + η Dᵀ(X − D z1) − ηλ, the second step's. */
  readonly before: Float32Array;
  /** n × d; non-negative, the ReLU of `before`, but in CRATE-α, where it is Z_half + D1 z2. */
  readonly Z_next: Float32Array;
  /** CRATE-α's codes z2, the ReLU of `before`, n × m; absent elsewhere, where Z_next is the code. */
  readonly codes?: Float32Array;
}

/** What an MSSA half-step did to each token. */
export interface StepView {
  readonly layer: number;
  /** ‖z_i‖ at Z^ℓ, n. */
  readonly normBefore: Float32Array;
  /** ‖z_i‖ at Z^{ℓ+1/2}, n. */
  readonly normAfter: Float32Array;
  /** ‖MSSA(LN Z)_i‖, n. */
  readonly normStep: Float32Array;
  /** cos(z_i, MSSA(LN Z)_i), n. */
  readonly cosine: Float32Array;
}

/** The dictionary of one layer, d × m; m = d but in CRATE-α. */
export interface DictionaryView {
  readonly layer: number;
  /** Indices of the atoms in `gram`, ascending: all m, or where there are more than GRAM_ATOMS the ones that this picture uses most. */
  readonly atoms: Uint32Array;
  /** |DᵀD| of `atoms`, normalised first, in [0, 1]; square, atoms.length a side. */
  readonly gram: Float32Array;
  /** Length of each atom, m. */
  readonly norms: Float32Array;
  /** Singular values of D, descending, min(d, m). */
  readonly singular: Float32Array;
  /** Share of tokens of this picture whose code uses atom j, m. */
  readonly usage: Float32Array;
}
