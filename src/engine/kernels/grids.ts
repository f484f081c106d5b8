// How many workgroups each kernel takes for its sizes: the WGSL headers' "Grid:" lines as functions, for the plan and the tests alike.

import { ceilDiv } from '../kernel.ts';
import {
  assembleTokens,
  choleskyLogdet,
  gemm,
  gemmTile,
  gram,
  layerNorm,
  patchify,
  poolTokens,
  rowNorms,
} from './index.ts';

export type Groups = readonly [number, number, number];

/** Side of the block that one invocation of gram writes: BLOCK in gram.wgsl. */
export const GRAM_BLOCK = 8;

/** `patch`: values of a patch, 3P². */
export const patchifyGroups = (patches: number, patch: number): Groups => [
  ceilDiv(patch, patchify.constants.WIDTH),
  patches,
  1,
];

/** How gemm cuts C: its override constants of that. */
export type GemmShape = Readonly<Record<'WG_X' | 'WG_Y' | 'ROWS' | 'COLS', number>>;

export const gemmGroups = (rows: number, cols: number, batch = 1, shape: GemmShape = gemm.constants): Groups => [
  ceilDiv(cols, shape.COLS * shape.WG_X),
  ceilDiv(rows, shape.ROWS * shape.WG_Y),
  batch,
];

export const gemmTileGroups = (
  rows: number,
  cols: number,
  batch = 1,
  { TILE }: { readonly TILE: number } = gemmTile.constants,
): Groups => [ceilDiv(cols, TILE), ceilDiv(rows, TILE), batch];

/** Four invocations a row: SHARE in layer_norm.wgsl. */
export const layerNormGroups = (rows: number, layers = 1): Groups => [
  ceilDiv(rows, layerNorm.constants.WIDTH / 4),
  1,
  layers,
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

/** How cholesky_logdet deals out its work: its override constants. */
export type CholeskyShape = Readonly<Record<'WIDTH' | 'LANES', number>>;

export const choleskyGroups = (batch: number, { WIDTH, LANES }: CholeskyShape = choleskyLogdet.constants): Groups => [
  ceilDiv(batch, WIDTH / LANES),
  1,
  1,
];
