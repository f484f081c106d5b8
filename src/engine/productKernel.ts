// The kernels of the one product: which of them, cut how, compiled once a device.

import type { ProductKernel } from '../model/speed.ts';
import type { Dispatch } from './kernel.ts';
import { kernelOn } from './kernelOn.ts';
import { type GemmQuadShape, type GemmShape, gemmGroups, gemmQuadGroups, gemmTileGroups } from './kernels/grids.ts';
import { gemm, gemmQuad, gemmTile } from './kernels/index.ts';

export type { ProductKernel };

/** How a device multiplies. */
export interface ProductUse {
  readonly kernel: ProductKernel;
  /** Whether it is a program on the processor. */
  readonly isSoftware: boolean;
}

/** One form of the product. */
export interface ProductVariant {
  /** LN(A) in place of A, wherever `width` is not 0. */
  readonly hasNorm: boolean;
  /** A B in place of A Bᵀ. */
  readonly isTransposed: boolean;
  /** B holds halves. */
  readonly isHalf: boolean;
}

type Params = Readonly<Record<keyof typeof gemm.params, number>>;
type Symbols = (typeof gemm.reads)[number] | (typeof gemm.writes)[number];

export interface CompiledProduct {
  dispatch(params: Params, buffers: Readonly<Record<Symbols, GPUBuffer>>, batch: number): Dispatch;
}

/**
 * How gemm cuts C: the largest block, which reads the least for each product, that leaves the device enough invocations: a processor a few
 * for each of its threads, a GPU about as many as it has lanes. On SwiftShader 16 × 16 takes 0.77 of the processor time of 16 × 8 at
 * 197×576×576 and 0.85 at 65×192×192.
 */
export function gemmShape(rows: number, cols: number, batch: number, isSoftware: boolean): GemmShape {
  const wanted = isSoftware ? 24 : 1024;
  const blocks = [
    { ROWS: 16, COLS: 16 },
    { ROWS: 16, COLS: 8 },
  ] as const;
  const { ROWS, COLS } = blocks.find(
    (block) => Math.ceil(rows / block.ROWS) * Math.ceil(cols / block.COLS) * batch >= wanted,
  ) ?? { ROWS: 8, COLS: 8 };
  // No wider than C, up to a multiple of 4.
  return { WG_X: Math.min(16, 4 * Math.ceil(cols / COLS / 4)), WG_Y: 1, ROWS, COLS };
}

/**
 * How gemm_quad cuts C. Blocks of 16 columns are faster by a sixth at 197×576×576, by a tenth at 65×192×192, and take half as long again
 * to compile, which a processor does by itself: there the products of a small model's layer go without.
 */
export function gemmQuadShape(rows: number, cols: number, batch: number, isSoftware: boolean): GemmQuadShape {
  const blocks = Math.ceil(rows / 16) * Math.ceil(cols / 16);
  const COLS = blocks * batch >= (isSoftware ? 128 : 1024) ? 16 : 8;
  return { WG_X: Math.min(16, 4 * Math.ceil(cols / COLS / 4)), COLS };
}

/**
 * Whether one kernel serves products with a layer norm and without: a picture of a small model takes a processor less time than compiling a
 * second kernel would, and a norm that is not taken costs about a tenth of a product.
 */
export const takesBoth = ({ COLS }: GemmQuadShape, batch: number, isSoftware: boolean): boolean =>
  isSoftware && COLS === 8 && batch === 1;

/** Tiles of 64 read half as much, but a workgroup each is too few of them for one small product. */
export const gemmTileSide = (rows: number, cols: number, batch = 1): number =>
  Math.ceil(rows / 64) * Math.ceil(cols / 64) * batch < 128 ? 32 : 64;

/** The kernel for products of about rows × cols, `batch` at a time. @throws EngineError 'shader-invalid' */
export async function productOn(
  device: GPUDevice,
  { kernel: which, isSoftware }: ProductUse,
  { hasNorm, isTransposed, isHalf }: ProductVariant,
  [rows, cols, batch]: readonly [rows: number, cols: number, batch: number],
): Promise<CompiledProduct> {
  const constants = { NORM: hasNorm ? 1 : 0, TRANSPOSED: isTransposed ? 1 : 0, HALF: isHalf ? 1 : 0 };
  if (which === 'register') {
    const shape = gemmShape(rows, cols, batch, isSoftware);
    const kernel = await kernelOn(device, gemm, { ...shape, ...constants });
    return {
      dispatch: (params, buffers, count) =>
        kernel.dispatch(params, buffers, gemmGroups(params.rows, params.cols, count, shape)),
    };
  }
  if (which === 'quad') {
    const shape = gemmQuadShape(rows, cols, batch, isSoftware);
    const hasBoth = takesBoth(shape, batch, isSoftware) && !isTransposed;
    const kernel = await kernelOn(device, gemmQuad, { ...shape, ...constants, ...(hasBoth ? { NORM: 1 } : {}) });
    return {
      dispatch: (params, buffers, count) =>
        kernel.dispatch(params, buffers, gemmQuadGroups(params.rows, params.cols, count, shape)),
    };
  }
  const TILE = gemmTileSide(rows, cols, batch);
  const kernel = await kernelOn(device, gemmTile, { TILE, ...constants });
  return {
    dispatch: (params, buffers, count) =>
      kernel.dispatch(params, buffers, gemmTileGroups(params.rows, params.cols, count, { TILE })),
  };
}

/** Parameters of a product alone, from the start of its buffers: no batch, no norm, epilogue 0. */
export const PLAIN_PRODUCT = {
  width: 0,
  ld_residual: 0,
  a_offset4: 0,
  b_offset4: 0,
  c_offset: 0,
  bias_offset: 0,
  sums_offset: 0,
  residual_offset: 0,
  norm_offset4: 0,
  a_stride4: 0,
  b_stride4: 0,
  c_stride: 0,
  epilogue: 0,
  eta: 0,
  threshold: 0,
  eps: 1,
} as const;
