// The table of kernels: each entry declares what the WGSL file of the same name declares (contract.test.ts holds them together).

import { defineKernel } from '../kernel.ts';

export const patchify = defineKernel({
  name: 'patchify',
  params: { side: 'u32', P: 'u32', grid: 'u32', ld: 'u32' },
  reads: ['image'],
  writes: ['patches'],
  constants: { WIDTH: 64 },
});

export const layerNorm = defineKernel({
  name: 'layer_norm',
  params: {
    rows: 'u32',
    width: 'u32',
    ld4: 'u32',
    x_offset4: 'u32',
    y_offset4: 'u32',
    norm_offset4: 'u32',
    x_stride4: 'u32',
    y_stride4: 'u32',
    norm_stride4: 'u32',
    eps: 'f32',
  },
  reads: ['X', 'weight', 'bias'],
  writes: ['Y'],
  constants: { WIDTH: 64 },
});

/** What a product does before it stores. */
export const EPILOGUE = { none: 0, bias: 1, biasResidual: 2, ista: 3, firstIsta: 4, difference: 5 } as const;
export type Epilogue = keyof typeof EPILOGUE;

/** The one contract of the products: what they take and give. */
const PRODUCT = {
  params: {
    rows: 'u32',
    cols: 'u32',
    depth4: 'u32',
    width: 'u32',
    ld_b4: 'u32',
    ld_c: 'u32',
    ld_residual: 'u32',
    a_offset4: 'u32',
    b_offset4: 'u32',
    c_offset: 'u32',
    bias_offset: 'u32',
    sums_offset: 'u32',
    residual_offset: 'u32',
    norm_offset4: 'u32',
    a_stride4: 'u32',
    b_stride4: 'u32',
    c_stride: 'u32',
    epilogue: 'u32',
    eta: 'f32',
    threshold: 'f32',
    eps: 'f32',
  },
  reads: ['A', 'B', 'bias', 'residual', 'norm_weight', 'norm_bias'],
  writes: ['C'],
  lib: 'product',
} as const;

/** By register blocks of ROWS × COLS. */
export const gemm = defineKernel({
  name: 'gemm',
  ...PRODUCT,
  constants: { WG_X: 16, WG_Y: 1, ROWS: 16, COLS: 16, NORM: 0, TRANSPOSED: 0, HALF: 0 },
});

/** By register blocks of 16 × COLS, a quad of a subgroup sharing its loads. */
export const gemmQuad = defineKernel({
  name: 'gemm_quad',
  ...PRODUCT,
  feature: 'subgroups',
  constants: { WG_X: 16, COLS: 16, NORM: 0, TRANSPOSED: 0, HALF: 0 },
});

/** By tiles of TILE × TILE in workgroup memory. */
export const gemmTile = defineKernel({
  name: 'gemm_tile',
  ...PRODUCT,
  constants: { TILE: 32, NORM: 0, TRANSPOSED: 0, HALF: 0 },
});

export const assembleTokens = defineKernel({
  name: 'assemble_tokens',
  params: { n: 'u32', d: 'u32', ld: 'u32' },
  reads: ['embedded', 'cls', 'positions', 'mask_token', 'hidden'],
  writes: ['Z'],
  constants: { WIDTH: 64 },
});

export const ssa = defineKernel({
  name: 'ssa',
  params: { n: 'u32', p: 'u32', ld: 'u32', zu_offset: 'u32' },
  reads: ['ZU'],
  writes: ['heads'],
  constants: { WIDTH: 32, N: 64, ROWS: 16, ALIGNED: 0 },
});

/** Heads up to 64 wide, p, ld and zu_offset multiples of 4. */
export const ssaQuad = defineKernel({
  name: 'ssa_quad',
  params: { n: 'u32', p: 'u32', ld: 'u32', zu_offset: 'u32' },
  reads: ['ZU'],
  writes: ['heads'],
  feature: 'subgroups',
  constants: { GROUPS: 2 },
});

export const ssaOnline = defineKernel({
  name: 'ssa_online',
  params: { n: 'u32', p: 'u32', ld: 'u32', zu_offset: 'u32' },
  reads: ['ZU'],
  writes: ['heads'],
  constants: { WIDTH: 64, TILE: 64, ROWS: 16, P: 64 },
});

export const attention = defineKernel({
  name: 'attention',
  params: {
    n: 'u32',
    p: 'u32',
    ld: 'u32',
    first_row: 'u32',
    rows: 'u32',
    zu_offset: 'u32',
    zu_stride: 'u32',
    a_offset: 'u32',
  },
  reads: ['ZU'],
  writes: ['A'],
  constants: { WIDTH: 64, SOFTMAX: 1, ALIGNED: 0 },
});

export const poolTokens = defineKernel({
  name: 'pool_tokens',
  params: { n: 'u32', d: 'u32', ld: 'u32', z_offset: 'u32' },
  reads: ['Z'],
  writes: ['pooled'],
  constants: { WIDTH: 64, MEAN: 0 },
});

export const rowNorms = defineKernel({
  name: 'row_norms',
  params: { n: 'u32', p: 'u32', ld: 'u32', z_offset: 'u32', z_stride: 'u32' },
  reads: ['Z'],
  writes: ['inverse'],
  constants: { WIDTH: 64, ALIGNED: 0 },
});

/** The one contract of both kernels of Gram matrices. */
const GRAM = {
  params: {
    n: 'u32',
    p: 'u32',
    K: 'u32',
    ld: 'u32',
    w_offset: 'u32',
    w_stride: 'u32',
    m: 'u32',
    m_offset: 'u32',
    heads: 'u32',
  },
  writes: ['M'],
} as const;

/** No more channels than tokens. */
export const gram = defineKernel({
  name: 'gram',
  ...GRAM,
  reads: ['W', 'inverse'],
  constants: { WIDTH: 64, ALIGNED: 0 },
});

/** Fewer tokens than channels. */
export const gramTokens = defineKernel({
  name: 'gram_tokens',
  ...GRAM,
  reads: ['W'],
  constants: { WIDTH: 64, BLOCK: 8, ALIGNED: 0 },
});

export const choleskyLogdet = defineKernel({
  name: 'cholesky_logdet',
  params: {
    m: 'u32',
    heads: 'u32',
    of_tokens: 'u32',
    batch: 'u32',
    m_offset4: 'u32',
    rate_offset: 'u32',
    alpha: 'f32',
  },
  reads: [],
  writes: ['M', 'rates'],
  constants: { WIDTH: 32, LANES: 8 },
});

export const reduceSparsity = defineKernel({
  name: 'reduce_sparsity',
  params: { size4: 'u32', z_offset4: 'u32', out_offset: 'u32' },
  reads: ['Z'],
  writes: ['sparsity'],
  constants: { WIDTH: 64 },
});

/** No part of a picture: how much the device computes and reads at most (peaks.ts). */
export const peakFlops = defineKernel({
  name: 'peak_flops',
  params: { rounds: 'u32', a: 'f32', b: 'f32' },
  reads: [],
  writes: ['out'],
  constants: { WIDTH: 64 },
});

export const peakBytes = defineKernel({
  name: 'peak_bytes',
  params: { per_group: 'u32' },
  reads: ['X'],
  writes: ['sums'],
  constants: { WIDTH: 128 },
});

export const quadProbe = defineKernel({
  name: 'quad_probe',
  params: { count: 'u32', rounds: 'u32', inside: 'u32' },
  reads: ['X'],
  writes: ['out'],
  feature: 'subgroups',
  constants: { WIDTH: 16 },
});

export const KERNELS = [
  patchify,
  layerNorm,
  gemm,
  gemmQuad,
  gemmTile,
  assembleTokens,
  ssa,
  ssaQuad,
  ssaOnline,
  attention,
  poolTokens,
  rowNorms,
  gram,
  gramTokens,
  choleskyLogdet,
  reduceSparsity,
  peakFlops,
  peakBytes,
  quadProbe,
] as const;
