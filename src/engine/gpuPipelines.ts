// The compiled kernels of one model, all compiled at once and without blocking.

import type { CrateConfig } from '../model/config.ts';
import { sizesOf } from './gpuBuffers.ts';
import { compileKernel, type Dispatch, type Kernel, type KernelDeclaration, type ScalarType } from './kernel.ts';
import * as kernels from './kernels/index.ts';
import { EPILOGUE } from './kernels/index.ts';

type Compiled<D extends { params: object; reads: readonly string[]; writes: readonly string[] }> = Kernel<
  keyof D['params'] & string,
  D['reads'][number] | D['writes'][number]
>;

export interface Pipelines {
  readonly patchify: Compiled<typeof kernels.patchify>;
  readonly layerNorm: Compiled<typeof kernels.layerNorm>;
  readonly gemm: Readonly<Record<'none' | 'bias' | 'biasResidual' | 'ista', Compiled<typeof kernels.gemm>>>;
  readonly assembleTokens: Compiled<typeof kernels.assembleTokens>;
  readonly ssa: Compiled<typeof kernels.ssa>;
  /** Tokens a workgroup of ssa. */
  readonly ssaRows: number;
  readonly attention: Compiled<typeof kernels.attention>;
  readonly poolTokens: Compiled<typeof kernels.poolTokens>;
  readonly rowNorms: Compiled<typeof kernels.rowNorms>;
  readonly gram: Readonly<Record<'channels' | 'tokens', Compiled<typeof kernels.gram>>>;
  readonly reduceSparsity: Compiled<typeof kernels.reduceSparsity>;
  /** ½ logdet of `count` m × m matrices from the start of M into `rates` at `offset`. */
  logdet(m: number, M: GPUBuffer, rates: GPUBuffer, offset: number, count: number): Dispatch;
}

export interface WorkgroupLimits {
  readonly maxComputeWorkgroupStorageSize: number;
}

/** Rows of scores that ssa keeps: the most, up to 8, of which rows·(n + 1) floats fit workgroup memory; 0 when not even one does. */
export function chooseSsaRows(n: number, limits: WorkgroupLimits): number {
  return [8, 4, 2, 1].find((rows) => rows * (n + 1) * 4 <= limits.maxComputeWorkgroupStorageSize) ?? 0;
}

/** Whether a packed lower triangle of side m fits workgroup memory. */
export const fitsWorkgroup = (m: number, limits: WorkgroupLimits): boolean =>
  ((m * (m + 1)) / 2) * 4 <= limits.maxComputeWorkgroupStorageSize;

// A kernel's pipeline depends on its constants alone, so the next model on the same device takes over what the last one compiled.
const compiled = new WeakMap<GPUDevice, Map<string, Promise<Kernel>>>();

/** compileKernel, once a device, kernel and set of constants. @throws EngineError 'shader-invalid' */
export function kernelOn<
  P extends Readonly<Record<string, ScalarType>>,
  R extends string,
  W extends string,
  C extends string,
>(
  device: GPUDevice,
  declaration: KernelDeclaration<P, R, W, C>,
  constants: Partial<Record<NoInfer<C>, number>> = {},
): Promise<Kernel<keyof P & string, R | W>> {
  const known = compiled.get(device) ?? new Map<string, Promise<Kernel>>();
  compiled.set(device, known);
  const key = `${declaration.name} ${JSON.stringify(constants)}`;
  const kernel = known.get(key) ?? compileKernel(device, declaration, constants);
  known.set(key, kernel);
  kernel.catch(() => known.delete(key));
  return kernel;
}

/** @throws EngineError 'shader-invalid' */
export async function compilePipelines(device: GPUDevice, config: CrateConfig, ssaRows: number): Promise<Pipelines> {
  const { n, mHead, mAll } = sizesOf(config);
  const gemmWith = (epilogue: number) => kernelOn(device, kernels.gemm, { EPILOGUE: epilogue });
  const sides = [...new Set([mHead, mAll])];
  const [small, blocked] = [
    sides.filter((m) => fitsWorkgroup(m, device.limits)),
    sides.some((m) => !fitsWorkgroup(m, device.limits)),
  ];
  const [
    patchify,
    layerNorm,
    none,
    bias,
    biasResidual,
    ista,
    assembleTokens,
    ssa,
    attention,
    poolTokens,
    rowNorms,
    channels,
    tokens,
    reduceSparsity,
    choleskyBlocked,
    choleskySmall,
  ] = await Promise.all([
    kernelOn(device, kernels.patchify),
    kernelOn(device, kernels.layerNorm),
    gemmWith(EPILOGUE.none),
    gemmWith(EPILOGUE.bias),
    gemmWith(EPILOGUE.biasResidual),
    gemmWith(EPILOGUE.ista),
    kernelOn(device, kernels.assembleTokens),
    kernelOn(device, kernels.ssa, { N: n, ROWS: ssaRows }),
    kernelOn(device, kernels.attention),
    kernelOn(device, kernels.poolTokens, { MEAN: config.pool === 'mean' ? 1 : 0 }),
    kernelOn(device, kernels.rowNorms),
    kernelOn(device, kernels.gram, { SIDE: 0 }),
    kernelOn(device, kernels.gram, { SIDE: 1 }),
    kernelOn(device, kernels.reduceSparsity),
    blocked ? kernelOn(device, kernels.choleskyBlocked) : null,
    Promise.all(small.map(async (m) => [m, await kernelOn(device, kernels.choleskyLogdet, { SIDE: m })] as const)).then(
      (entries) => new Map(entries),
    ),
  ]);
  return {
    patchify,
    layerNorm,
    gemm: { none, bias, biasResidual, ista },
    assembleTokens,
    ssa,
    ssaRows,
    attention,
    poolTokens,
    rowNorms,
    gram: { channels, tokens },
    reduceSparsity,
    logdet(m, M, rates, offset, count) {
      const one = choleskySmall.get(m);
      if (one) return one.dispatch({ m_offset: 0, rate_offset: offset }, { M, rates }, [count, 1, 1]);
      if (!choleskyBlocked) throw new Error(`no log-det kernel was compiled for side ${m}`);
      return choleskyBlocked.dispatch({ m, m_offset: 0, rate_offset: offset }, { M, rates }, [count, 1, 1]);
    },
  };
}
