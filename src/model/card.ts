// The card of a shipped model (public/models/NAME.json): what training says about it. Written by training/, read by the page and
// the command line.

import type { Pool } from './config.ts';

/** Mean and standard deviation over the exact test pictures, an entry a layer. */
export interface MeanStd {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Dataset curves: R^c summed over heads (nats, ε² 0.01) at the three places by both normalisations, and non-zeros of Z^{ℓ+1}. */
export interface Cohort {
  readonly Rc: {
    readonly input: { readonly raw: MeanStd; readonly unit: MeanStd };
    readonly half: { readonly raw: MeanStd; readonly unit: MeanStd };
    readonly output: { readonly raw: MeanStd; readonly unit: MeanStd };
  };
  /** Share of non-zeros of Z^{ℓ+1}, in [0, 1]. */
  readonly nonzero: MeanStd;
}

export interface ModelCard {
  /** File stem, e.g. "crate-cifar10". */
  readonly name: string;
  /** What menus show, e.g. "CRATE 6 × 192, CIFAR-10". */
  readonly title: string;
  readonly kind: 'crate';
  /** Constants that the state dict does not hold. */
  readonly heads: number;
  readonly eta: number;
  readonly lambda: number;
  readonly pool: Pool;
  readonly labels: readonly string[];
  readonly preprocessing: {
    readonly fit: 'squash' | 'crop';
    /** Shorter side after resizing, px; for 'crop'. Absent: the input size. */
    readonly resize?: number;
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
  };
  readonly parameters: number;
  readonly accuracy: { readonly test: number; readonly heldOut: number };
  readonly cohort: Cohort;
  /** The same curves at random initialisation, and of the variants that were trained beside this one. */
  readonly cohortAtInit?: Cohort;
  readonly variants?: readonly {
    readonly name: string;
    readonly accuracy: { readonly test: number; readonly heldOut: number };
    readonly cohort: Cohort;
  }[];
  /** Free text and numbers about data, recipe, seconds, device: shown in the about panel. */
  readonly training: Readonly<Record<string, string | number>>;
}
