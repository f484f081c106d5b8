// What a CRATE is, beside its weights: sizes and the constants that no state dict holds.

export type Pool = 'cls' | 'mean';

/**
 * 'crate': `model/crate.py` of Ma-Lab-Berkeley/CRATE (arXiv 2306.01129). 'crate-alpha': `torch_inference/model/crate_alpha.py` of
 * UCSC-VLAA/CRATE-alpha (arXiv 2405.20299): over-complete dictionary, residual around it. 'crate-mae': `model/crate_ae` (arXiv
 * 2404.02446): the encoder is a CRATE, a decoder follows in place of the class head.
 */
export type CrateKind = 'crate' | 'crate-alpha' | 'crate-mae';

/** Sizes of a CRATE-MAE's decoder; its width is the encoder's. */
export interface DecoderConfig {
  /** Layers. */
  readonly L: number;
  /** Heads. */
  readonly K: number;
  /** Head width. */
  readonly p: number;
}

/** Sizes and constants of a CRATE. */
export interface CrateConfig {
  readonly kind: CrateKind;
  /** Side of the square input in px: the trained one, or a larger one that positions were interpolated to. */
  readonly imageSize: number;
  /** Side P of a square patch in px; divides `imageSize`. */
  readonly patchSize: number;
  /** 0 where there is no class head (CRATE-MAE). */
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
  /** Atoms m of the dictionary D, d × m; absent: d. Only CRATE-α has more atoms than d. */
  readonly atoms?: number;
  /** Outputs of a linear map between the head's LayerNorm and its class map (the segmentation demo has one); absent: there is none. */
  readonly headWidth?: number;
  /** CRATE-MAE only. */
  readonly decoder?: DecoderConfig;
}

/** Patches a side of the grid. */
export const gridSide = (config: CrateConfig): number => config.imageSize / config.patchSize;

/** Tokens n, the class token (row 0) included. */
export const tokenCount = (config: CrateConfig): number => gridSide(config) ** 2 + 1;

/** Atoms m of the dictionary. */
export const atomCount = (config: CrateConfig): number => config.atoms ?? config.d;

/** ε of the LayerNorms inside the layers: torch's default, but 1e-6 in CRATE-α. */
export const layerNormEps = ({ kind }: CrateConfig): number => (kind === 'crate-alpha' ? 1e-6 : 1e-5);

/** ε of the class head's LayerNorm: torch's default in all of them. */
export const HEAD_NORM_EPS = 1e-5;

/** ε of the LayerNorms around CRATE-MAE's decoder (`norm`, `decoder_norm`). */
export const DECODER_NORM_EPS = 1e-6;
