// How many workgroups each kernel takes for its sizes: the WGSL headers' "Grid:" lines as functions, for the plan and the tests alike.

import { ceilDiv } from '../kernel.ts';
import { assembleTokens, gemm, gram, patchify, poolTokens, rowNorms } from './index.ts';

export type Groups = readonly [number, number, number];

/** Rows and columns of C that one invocation of gemm writes: ROWS and COLS in gemm.wgsl. */
export const GEMM_BLOCK = { rows: 8, cols: 8 } as const;

/** Side of the block that one invocation of gram writes: BLOCK in gram.wgsl. */
export const GRAM_BLOCK = 4;

/** `patch`: values of a patch, 3P². */
export const patchifyGroups = (patches: number, patch: number): Groups => [
  ceilDiv(patch, patchify.constants.WIDTH),
  patches,
  1,
];

export const gemmGroups = (rows: number, cols: number, batch = 1): Groups => [
  ceilDiv(cols, GEMM_BLOCK.cols * gemm.constants.WG_X),
  ceilDiv(rows, GEMM_BLOCK.rows * gemm.constants.WG_Y),
  batch,
];

export const assembleTokensGroups = (n: number, d: number): Groups => [
  ceilDiv(d, assembleTokens.constants.WIDTH),
  n,
  1,
];

/** Of ssa and ssa_online. `rows`: tokens a workgroup, the override ROWS. */
export const ssaGroups = (n: number, rows: number, K: number): Groups => [ceilDiv(n, rows), K, 1];

export const poolTokensGroups = (d: number): Groups => [ceilDiv(d, poolTokens.constants.WIDTH), 1, 1];

export const rowNormsGroups = (n: number, K: number, layers: number): Groups => [
  ceilDiv(n, rowNorms.constants.WIDTH),
  K,
  layers,
];

export const gramGroups = (m: number, K: number, layers: number): Groups => [
  ceilDiv(m, GRAM_BLOCK * gram.constants.WG_X),
  ceilDiv(m, GRAM_BLOCK * gram.constants.WG_Y),
  layers * K,
];
