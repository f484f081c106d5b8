// The weights of a CRATE under the field's names, each row-major. Memory layout: a matrix `rows × columns` has entry (i, j) at
// i·columns + j. Names in brackets are the released state dict's: CRATE's, then where they differ those of α and MAE.

export interface LayerWeights {
  /** [transformer.layers.i.0.norm.weight / .bias], d. */
  readonly norm1Weight: Float32Array;
  readonly norm1Bias: Float32Array;
  /** The stacked U_kᵀ [.0.fn.qkv.weight], (K·p) × d; head k is rows k·p … (k+1)·p − 1. */
  readonly U: Float32Array;
  /** Output map W [.0.fn.to_out.0.weight], d × (K·p); null when it is the identity (K = 1, p = d). */
  readonly W: Float32Array | null;
  /** Output bias b [.0.fn.to_out.0.bias], d; null when there is none (identity map, or CRATE-α). */
  readonly b: Float32Array | null;
  /** [transformer.layers.i.1.norm.weight / .bias], d. */
  readonly norm2Weight: Float32Array;
  readonly norm2Bias: Float32Array;
  /** Dictionary D [.1.fn.weight; α: .1.fn.D], d × m with m atoms as columns; m = d but in CRATE-α. */
  readonly D: Float32Array;
  /** CRATE-α's second dictionary [.1.fn.D1], d × m, which maps codes back to tokens; absent elsewhere. */
  readonly D1?: Float32Array;
}

/** One block of CRATE-MAE's decoder: H = LN(Y) Wᵀ, then Y' = H − MSSA(LN(H)). */
export interface DecoderLayerWeights {
  /** [decoder_blocks.i.layers.0.0.norm.*], d. */
  readonly normWeight: Float32Array;
  readonly normBias: Float32Array;
  /** [.layers.0.0.fn.weight], d × d, a Linear's weight: one output a row. */
  readonly linear: Float32Array;
  /** [.layers.0.1.norm.*], d. */
  readonly attentionNormWeight: Float32Array;
  readonly attentionNormBias: Float32Array;
  /** [.layers.0.1.fn.qkv.weight], (K·p) × d. */
  readonly U: Float32Array;
  /** [.layers.0.1.fn.to_out.0.*], d × (K·p) and d; null when the output map is the identity. */
  readonly W: Float32Array | null;
  readonly b: Float32Array | null;
}

/** What follows CRATE-MAE's encoder. */
export interface DecoderWeights {
  /** [mask_token], d: stands in the encoder's input for a patch that is hidden. */
  readonly maskToken: Float32Array;
  /** [norm.*], d: after the encoder. */
  readonly normWeight: Float32Array;
  readonly normBias: Float32Array;
  readonly layers: readonly DecoderLayerWeights[];
  /** [decoder_norm.*], d. */
  readonly endNormWeight: Float32Array;
  readonly endNormBias: Float32Array;
  /** [decoder_pred.*], 3P² × d and 3P²; pixels of a patch row, column, then channel fastest. */
  readonly pixelWeight: Float32Array;
  readonly pixelBias: Float32Array;
}

/** The linear map that the segmentation demo has between the head's LayerNorm and its class map. */
export interface HeadMap {
  /** [mlp_head.1.weight], headWidth × d. */
  readonly weight: Float32Array;
  /** [mlp_head.1.bias], headWidth. */
  readonly bias: Float32Array;
}

export interface CrateWeights {
  /** [to_patch_embedding.1.*], 3P²; null in α and MAE, whose patch embedding is a convolution without norms. */
  readonly patchNormWeight: Float32Array | null;
  readonly patchNormBias: Float32Array | null;
  /** [to_patch_embedding.2.weight; conv1.weight; patch_embed.proj.weight], d × 3P², a patch's pixels channel fastest. */
  readonly embedWeight: Float32Array;
  /** [to_patch_embedding.2.bias; conv1.bias; patch_embed.proj.bias], d. */
  readonly embedBias: Float32Array;
  /** [to_patch_embedding.3.*], d; null with patchNorm. */
  readonly embedNormWeight: Float32Array | null;
  readonly embedNormBias: Float32Array | null;
  /** [cls_token], d. */
  readonly cls: Float32Array;
  /** [pos_embedding; MAE: decoder_pos_embed], n × d; interpolated where imageSize is not the trained one. */
  readonly positions: Float32Array;
  readonly layers: readonly LayerWeights[];
  /** [mlp_head.0.*], d; null in MAE, like the rest of the head. */
  readonly headNormWeight: Float32Array | null;
  readonly headNormBias: Float32Array | null;
  /** Absent but in the segmentation demo. */
  readonly headMap?: HeadMap;
  /** [mlp_head.1.weight; demo: head.weight], classes × (headWidth or d). */
  readonly headWeight: Float32Array | null;
  /** [mlp_head.1.bias; demo: head.bias], classes. */
  readonly headBias: Float32Array | null;
  /** MAE only. */
  readonly decoder?: DecoderWeights;
}
