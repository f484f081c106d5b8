// Calls the product kernel with the weights' matrices.

import type { Kernels } from './wasm/kernels.ts';
import type { Block } from './wasmCrew.ts';
import type { Matrix } from './wasmWeights.ts';

/** Rows of the left operand: where they begin, how far apart they lie, how many there are. */
export interface Rows {
  readonly at: number;
  readonly ld: number;
  readonly rows: number;
}

/** What the product adds and how it ends: max(floor, scale · A·Bᵀ + bias + r · R). */
export interface Epilogue {
  readonly scale?: number;
  /** In place of B's. */
  readonly bias?: number;
  readonly R?: number;
  readonly r?: number;
  readonly floor?: number;
  /** Row stride of C and R; absent: as wide as B's panels. */
  readonly ldc?: number;
}

/** Some of the rows of A·Bᵀ, and the same rows of C and R: a block of what `multiply` computes. */
export function multiplyBlock(
  kernels: Kernels,
  { first, rows }: Block,
  A: Omit<Rows, 'rows'>,
  B: Matrix,
  C: number,
  epilogue: Epilogue = {},
): void {
  const { R = 0, ldc = 8 * B.panels } = epilogue;
  const below = 4 * first * ldc;
  const from = { at: A.at + 4 * first * A.ld, ld: A.ld, rows };
  multiply(kernels, from, B, C + below, { ...epilogue, R: R && R + below });
}

/** C = A·Bᵀ and its epilogue; by itself B's bias is added and nothing else. */
export function multiply(kernels: Kernels, A: Rows, B: Matrix, C: number, epilogue: Epilogue = {}): void {
  const { scale = 1, bias = B.bias, R = 0, r = 1, floor = Number.NEGATIVE_INFINITY, ldc = 8 * B.panels } = epilogue;
  const { at, ld, rows } = A;
  kernels.product({
    A: at,
    lda: ld,
    B: B.at,
    bias,
    R,
    C,
    ldc,
    m: rows,
    panels: B.panels,
    k: B.k,
    scale,
    r,
    floor,
  });
}
