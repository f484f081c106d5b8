// One product with a matrix of weights, by whichever kernel the device takes: what every part of a plan is mostly made of.

import type { CrateConfig } from '../model/config.ts';
import { type Buffers, type Slice, sliceOf } from './gpuBuffers.ts';
import type { PictureName } from './gpuPicture.ts';
import type { Pipelines } from './gpuPipelines.ts';
import { ceil4 } from './gpuSizes.ts';
import type { WeightName } from './gpuWeights.ts';
import type { Dispatch, Work } from './kernel.ts';
import { EPILOGUE, type Epilogue } from './kernels/index.ts';

/** What a plan is made from. */
export interface Parts {
  readonly config: CrateConfig;
  readonly pipelines: Pipelines;
  readonly weights: Buffers<WeightName>;
  readonly picture: Buffers<PictureName>;
  /** The most bytes a buffer. */
  readonly limit: number;
}

/** A layer norm of A on the way. */
export interface Norm {
  readonly weight: Slice;
  readonly bias: Slice;
  readonly eps: number;
  /** Channels of A that count. */
  readonly width: number;
}

export interface Product {
  readonly rows: number;
  readonly cols: number;
  /** Length of the sums, padding included: the row stride of A. */
  readonly depth: number;
  readonly A: Slice;
  /** LN(A) in place of A; of an ISTA step also in place of the residual. `bias` is then the two rows of withNorm (gpuWeights.ts). */
  readonly norm?: Norm;
  /** A matrix of weights, and its layer. */
  readonly B: WeightName;
  readonly layer?: number;
  /** Row stride of B where it is read along its columns: A B in place of A Bᵀ. */
  readonly ldTransposed?: number;
  readonly bias?: Slice;
  readonly residual?: Slice;
  readonly ldResidual?: number;
  readonly C: Slice;
  readonly ldC: number;
  /** Matrices one after the other in A, B and C, and the strides of A and C from one to the next. */
  readonly batch?: { readonly count: number; readonly a: number; readonly c: number };
}

/** One product with a matrix of weights. */
export function product(
  {
    config,
    pipelines,
    weights,
    picture,
  }: Omit<Parts, 'pipelines' | 'limit'> & { pipelines: Pick<Pipelines, 'product'> },
  epilogue: Epilogue,
  of: Product,
): Dispatch & Work {
  const { rows, cols, depth, A, C, norm, ldTransposed, batch } = of;
  const { eta, lambda } = config;
  const stack = weights.stack(of.B);
  const B = sliceOf(stack, of.layer);
  const zeros = sliceOf(picture.stack('zeros'));
  const { bias = zeros, residual = zeros } = of;
  const variant = {
    hasNorm: norm !== undefined,
    isTransposed: ldTransposed !== undefined,
    isHalf: stack.isHalf,
    isBatch: batch !== undefined,
  };
  const count = batch?.count ?? 1;
  const dispatch = pipelines.product(variant).dispatch(
    {
      rows,
      cols,
      depth4: depth / 4,
      width: norm?.width ?? 0,
      ld_b4: (ldTransposed ?? depth) / 4,
      ld_c: of.ldC,
      ld_residual: of.ldResidual ?? 0,
      a_offset4: A.at / 4,
      b_offset4: B.at / 4,
      c_offset: C.at,
      bias_offset: bias.at,
      // As withNorm in gpuWeights.ts lays them out.
      sums_offset: norm ? bias.at + ceil4(cols) : 0,
      residual_offset: residual.at,
      norm_offset4: (norm?.weight.at ?? 0) / 4,
      a_stride4: (batch?.a ?? 0) / 4,
      b_stride4: batch ? stack.stride / 4 : 0,
      c_stride: batch?.c ?? 0,
      epilogue: EPILOGUE[epilogue],
      eta,
      threshold: eta * lambda,
      eps: norm?.eps ?? 1,
    },
    {
      A: A.buffer,
      B: B.buffer,
      bias: bias.buffer,
      residual: residual.buffer,
      norm_weight: (norm?.weight ?? zeros).buffer,
      norm_bias: (norm?.bias ?? zeros).buffer,
      C: C.buffer,
    },
    count,
  );
  // A residual that is A itself, as in an ISTA step, is read once.
  const isOther = of.residual && !(of.residual.buffer === A.buffer && of.residual.at === A.at);
  const entries = rows * depth + rows * cols * (isOther ? 2 : 1);
  return {
    ...dispatch,
    flops: 2 * count * rows * cols * (norm?.width ?? depth),
    bytes: count * (4 * entries + (stack.isHalf ? 2 : 4) * cols * depth),
  };
}
