// The plain types of a trace: what one run of a model on one picture measures, and the tensors a view may ask for.
// `crate-explorer/trace@1` is the exported document; page and command line print the same.

import type { CrateConfig } from './config.ts';

/** A coding-rate number by how tokens are normalised: raw, or each token (per head) divided by its length. In nats. */
export interface RawUnit<T = number> {
  readonly raw: T;
  readonly unit: T;
}

/** Where a layer is measured: LN(Z^ℓ), as the released hook does; Z^{ℓ+1/2}; Z^{ℓ+1}. Always with the same layer's U. */
export type Place = 'input' | 'half' | 'output';

export interface LayerTrace {
  /** 1 … L. */
  readonly index: number;
  /** R over all n tokens, ½ logdet(I + d/(n ε²) ZᵀZ), nats. */
  readonly R: Readonly<Record<Place, RawUnit>>;
  /** Each head's term of R^c, ½ logdet(I + p/(n ε²) (U_kᵀZ)ᵀ(U_kᵀZ)), nats; K entries, their sum is R^c. */
  readonly Rc: Readonly<Record<Place, RawUnit<readonly number[]>>>;
  /**
   * Share of entries that are not zero, in [0, 1], of Z^{ℓ+1/2} and Z^{ℓ+1}; in CRATE-α also of the codes z2 (n × m), since the residual
   * around its dictionary leaves no zeros in Z^{ℓ+1}.
   */
  readonly nonzero: { readonly half: number; readonly output: number; readonly codes?: number };
  /** Σ|Z^{ℓ+1}|. */
  readonly l1: number;
  /** Row of the class token of A_k for each head: K × n. */
  readonly attention: { readonly cls: readonly (readonly number[])[] };
}

export interface Prediction {
  readonly index: number;
  readonly label: string;
  /** Softmax of the logits, in [0, 1]. */
  readonly probability: number;
}

/** The exported document (DESIGN: Trace export). */
export interface TraceDocument {
  readonly schema: 'crate-explorer/trace@1';
  readonly model: {
    readonly name: string;
    readonly kind: string;
    readonly config: CrateConfig;
    readonly parameters: number;
    readonly sha256: string;
  };
  readonly input: {
    readonly name: string;
    /** Size of the picture as decoded, px, after EXIF rotation. */
    readonly width: number;
    readonly height: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    /** Patches that CRATE-MAE did not see, row-major from 0; absent elsewhere. */
    readonly hidden?: readonly number[];
  };
  readonly engine: {
    readonly kind: 'webgpu' | 'cpu';
    readonly adapter: string;
    readonly ms: { readonly load: number; readonly forward: number };
  };
  readonly measure: { readonly eps2: number; readonly unit: 'nats' };
  readonly logits: readonly number[];
  readonly top: readonly Prediction[];
  readonly layers: readonly LayerTrace[];
}

/** What a run returns before names and labels are put to it. */
export interface RunNumbers {
  readonly logits: Float32Array;
  readonly layers: readonly LayerTrace[];
  /** CRATE-MAE: what its decoder makes of every patch, N × 3P², channel fastest, in the model's normalised pixels; absent elsewhere. */
  readonly reconstruction?: Float32Array;
  /** Milliseconds from the call to the read-back. */
  readonly ms: number;
}

/**
 * Tensors a view can ask an engine for. Per picture: patches (n−1) × 3P², tokens n × d (= Z of layer 0). Per layer (index from 0):
 * LN_Z n × d; ZU n × (K·p) = U_kᵀLN(Z), head k in columns k·p…; S and A K × n × n; heads n × (K·p), the concatenated A_k·ZU_k;
 * Z, Z_half, X = LN(Z_half), Z_next n × d; ZU_half, ZU_next n × (K·p); codes n × m, CRATE-α's z2.
 */
export type TensorName =
  | 'patches'
  | 'tokens'
  | 'Z'
  | 'LN_Z'
  | 'ZU'
  | 'S'
  | 'A'
  | 'heads'
  | 'Z_half'
  | 'X'
  | 'Z_next'
  | 'ZU_half'
  | 'ZU_next'
  | 'codes';
