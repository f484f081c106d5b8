// The weights of a CRATE under the field's names, each row-major. Memory layout: a matrix `rows × columns` has entry (i, j) at
// i·columns + j. Names in brackets are the released state dict's.

export interface LayerWeights {
  /** [transformer.layers.i.0.norm.weight / .bias], d. */
  readonly norm1Weight: Float32Array;
  readonly norm1Bias: Float32Array;
  /** The stacked U_kᵀ [.0.fn.qkv.weight], (K·p) × d; head k is rows k·p … (k+1)·p − 1. */
  readonly U: Float32Array;
  /** Output map W [.0.fn.to_out.0.weight], d × (K·p); null when it is the identity (K = 1, p = d). */
  readonly W: Float32Array | null;
  /** Output bias b [.0.fn.to_out.0.bias], d; null with W. */
  readonly b: Float32Array | null;
  /** [transformer.layers.i.1.norm.weight / .bias], d. */
  readonly norm2Weight: Float32Array;
  readonly norm2Bias: Float32Array;
  /** Dictionary D [.1.fn.weight], d × d, atoms are columns. */
  readonly D: Float32Array;
}

export interface CrateWeights {
  /** [to_patch_embedding.1.*], 3P². */
  readonly patchNormWeight: Float32Array;
  readonly patchNormBias: Float32Array;
  /** [to_patch_embedding.2.weight], d × 3P². */
  readonly embedWeight: Float32Array;
  /** [to_patch_embedding.2.bias], d. */
  readonly embedBias: Float32Array;
  /** [to_patch_embedding.3.*], d. */
  readonly embedNormWeight: Float32Array;
  readonly embedNormBias: Float32Array;
  /** [cls_token], d. */
  readonly cls: Float32Array;
  /** [pos_embedding], n × d. */
  readonly positions: Float32Array;
  readonly layers: readonly LayerWeights[];
  /** [mlp_head.0.*], d. */
  readonly headNormWeight: Float32Array;
  readonly headNormBias: Float32Array;
  /** [mlp_head.1.weight], classes × d. */
  readonly headWeight: Float32Array;
  /** [mlp_head.1.bias], classes. */
  readonly headBias: Float32Array;
}
