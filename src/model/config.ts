// What a CRATE is, beside its weights: sizes and the constants that no state dict holds.

export type Pool = 'cls' | 'mean';

/** Sizes and constants of a CRATE (arXiv 2306.01129; released code `model/crate.py`). */
export interface CrateConfig {
  readonly kind: 'crate';
  /** Side of the square input in px. */
  readonly imageSize: number;
  /** Side P of a square patch in px; divides `imageSize`. */
  readonly patchSize: number;
  readonly classes: number;
  /** Token width. */
  readonly d: number;
  /** Layers. */
  readonly L: number;
  /** Heads, one subspace each. */
  readonly K: number;
  /** Head width; K·p ("inner") need not equal d. */
  readonly p: number;
  /** ISTA step η. */
  readonly eta: number;
  /** Sparsity weight λ; the threshold of the proximal step is η·λ. */
  readonly lambda: number;
  readonly pool: Pool;
}

/** Patches a side of the grid. */
export const gridSide = (config: CrateConfig): number => config.imageSize / config.patchSize;

/** Tokens n, the class token (row 0) included. */
export const tokenCount = (config: CrateConfig): number => gridSide(config) ** 2 + 1;
