// How many workgroups each kernel takes for its sizes: the WGSL headers' "Grid:" lines as functions, for the plan and the tests alike.

import { ceilDiv } from '../kernel.ts';
import {
  assembleTokens,
  choleskyLogdet,
  gemm,
  gemmQuad,
  gemmTile,
  gram,
  layerNorm,
  patchify,
  poolTokens,
  rowNorms,
} from './index.ts';

export type Groups = readonly [number, number, number];

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

/** How gemm_quad cuts C: its override constants of that. */
export type GemmQuadShape = Readonly<Record<'WG_X' | 'COLS', number>>;

export const gemmQuadGroups = (
  rows: number,
  cols: number,
  batch = 1,
  { WG_X, COLS }: GemmQuadShape = gemmQuad.constants,
): Groups => [ceilDiv(cols, COLS * WG_X), ceilDiv(rows, 16), batch];

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

/** Of ssa, ssa_quad and ssa_online. `rows`: tokens a workgroup, the override ROWS. */
export const ssaGroups = (n: number, rows: number, K: number): Groups => [ceilDiv(n, rows), K, 1];

export const poolTokensGroups = (d: number): Groups => [ceilDiv(d, poolTokens.constants.WIDTH), 1, 1];

export const rowNormsGroups = (n: number, K: number, layers: number): Groups => [
  ceilDiv(n, rowNorms.constants.WIDTH),
  K,
  layers,
];

/** How gram and gram_tokens cut their triangles: invocations a workgroup, and the side of an invocation's block. */
export type GramShape = Readonly<Record<'WIDTH' | 'BLOCK', number>>;

/** gram's is the constant BLOCK in gram.wgsl. */
export const GRAM_SHAPE: GramShape = { WIDTH: gram.constants.WIDTH, BLOCK: 8 };

/** Of gram and gram_tokens, for `heads` matrices of side m in all. */
export function gramGroups(m: number, heads: number, { WIDTH, BLOCK }: GramShape = GRAM_SHAPE): Groups {
  const blocks = ceilDiv(m, BLOCK);
  const all = ceilDiv(heads * ((blocks * (blocks + 1)) / 2), WIDTH);
  // No more of them side by side than every device takes.
  const y = ceilDiv(all, 65535);
  return [ceilDiv(all, y), y, 1];
}

/** How cholesky_logdet deals out its work: its override constants. */
export type CholeskyShape = Readonly<Record<'WIDTH' | 'LANES', number>>;

export const choleskyGroups = (batch: number, { WIDTH, LANES }: CholeskyShape = choleskyLogdet.constants): Groups => [
  ceilDiv(batch, WIDTH / LANES),
  1,
  1,
];
