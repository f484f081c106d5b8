// The compiled kernels of one model at one size, all compiled at once and without blocking.

import type { CrateConfig } from '../model/config.ts';
import type { Buffers } from './gpuBuffers.ts';
import { sizesOf } from './gpuSizes.ts';
import type { WeightName } from './gpuWeights.ts';
import { compileKernel, type Dispatch, type Kernel, type KernelDeclaration, type ScalarType } from './kernel.ts';
import * as kernels from './kernels/index.ts';
import { EPILOGUE, type Epilogue } from './kernels/index.ts';

type Compiled<D extends { params: object; reads: readonly string[]; writes: readonly string[] }> = Kernel<
  keyof D['params'] & string,
  D['reads'][number] | D['writes'][number]
>;

export interface Pipelines {
  readonly patchify: Compiled<typeof kernels.patchify>;
  readonly layerNorm: Compiled<typeof kernels.layerNorm>;
  gemm(variant: GemmVariant): Compiled<typeof kernels.gemm>;
  readonly assembleTokens: Compiled<typeof kernels.assembleTokens>;
  /** For heads of width p; `rows` tokens a workgroup. */
  ssa(p: number): { readonly kernel: Compiled<typeof kernels.ssa>; readonly rows: number };
  readonly attention: Compiled<typeof kernels.attention>;
  readonly poolTokens: Compiled<typeof kernels.poolTokens>;
  readonly rowNorms: Compiled<typeof kernels.rowNorms>;
  readonly gram: Readonly<Record<'channels' | 'tokens', Compiled<typeof kernels.gram>>>;
  readonly reduceSparsity: Compiled<typeof kernels.reduceSparsity>;
  /** ½ logdet of `count` m × m matrices from the start of M into `rates` at `offset`. */
  logdet(m: number, M: GPUBuffer, rates: GPUBuffer, offset: number, count: number): Dispatch;
}

/** One form of gemm. */
export interface GemmVariant {
  readonly epilogue: Epilogue;
  /** A B in place of A Bᵀ. */
  readonly isTransposed?: boolean;
  /** B holds halves. */
  readonly isHalf: boolean;
}

/** What the plan multiplies with each matrix of weights. */
const PRODUCTS: readonly (readonly [WeightName, Epilogue, boolean?])[] = [
  ['embedWeight', 'bias'],
  ['U', 'none'],
  ['W', 'biasResidual'],
  ['G', 'ista'],
  ['D', 'firstIsta', true],
  ['D', 'difference'],
  ['D', 'ista', true],
  ['D1', 'biasResidual'],
  ['headMapWeight', 'bias'],
  ['headWeight', 'bias'],
  ['decoderLinear', 'none'],
  ['decoderU', 'none'],
  ['decoderW', 'difference'],
  ['pixelWeight', 'bias'],
];

const gemmConstants = ({ epilogue, isTransposed = false, isHalf }: GemmVariant) => ({
  EPILOGUE: EPILOGUE[epilogue],
  TRANSPOSED: isTransposed ? 1 : 0,
  HALF: isHalf ? 1 : 0,
});

export type WorkgroupLimits = Pick<GPUSupportedLimits, 'maxComputeWorkgroupStorageSize'>;

export interface SsaChoice {
  readonly kernel: 'ssa' | 'ssa_online';
  /** Tokens a workgroup. */
  readonly rows: number;
}

/**
 * ssa where 8 or 4 of its rows of n + 1 floats fit workgroup memory, as they do up to 1023 tokens everywhere; beyond, ssa_online with as
 * many rows as fit beside their sums of width p; null when not even one does. On SwiftShader ssa_online takes 1.05 to 1.2 times as long
 * as ssa with 8 or 4 rows (577 to 1025 tokens, p = 64) and 0.6 times as long as with 2.
 */
export function chooseSsa(n: number, p: number, limits: WorkgroupLimits): SsaChoice | null {
  const floats = limits.maxComputeWorkgroupStorageSize / 4;
  const whole = [8, 4].find((rows) => rows * (n + 1) <= floats);
  if (whole !== undefined) return { kernel: 'ssa', rows: whole };
  const { TILE, WIDTH } = kernels.ssaOnline.constants;
  const rows = [16, 8, 4, 2, 1].find((count) => count * (TILE + p + 1) + WIDTH <= floats);
  return rows === undefined ? null : { kernel: 'ssa_online', rows };
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

/** Compiles each key once and looks the kernels up by it. */
async function compileAll<K, T>(keys: readonly K[], compile: (key: K) => Promise<T>): Promise<(key: K) => T> {
  const nameOf = (key: K): string => JSON.stringify(key);
  const distinct = new Map(keys.map((key) => [nameOf(key), key]));
  const entries = await Promise.all([...distinct].map(async ([name, key]) => [name, await compile(key)] as const));
  const made = new Map(entries);
  return (key) => {
    const kernel = made.get(nameOf(key));
    if (kernel === undefined) throw new Error(`no kernel was compiled for ${nameOf(key)}`);
    return kernel;
  };
}

/** `weights`: which arrays there are, and which are halves. @throws EngineError 'shader-invalid' */
export async function compilePipelines(
  device: GPUDevice,
  config: CrateConfig,
  weights: Pick<Buffers<WeightName>, 'has' | 'stack'>,
): Promise<Pipelines> {
  const { n, p, mHead, mAll, decoder } = sizesOf(config);
  const { limits } = device;
  const variants = PRODUCTS.filter(([name]) => weights.has(name)).map(([name, epilogue, isTransposed]) =>
    gemmConstants({ epilogue, isTransposed: isTransposed === true, isHalf: weights.stack(name).isHalf }),
  );
  const sides = [...new Set([mHead, mAll])];
  const small = sides.filter((m) => fitsWorkgroup(m, limits));
  const compileSsa = async (width: number): ReturnType<typeof compileOneSsa> => compileOneSsa(device, n, width);
  const [
    patchify,
    layerNorm,
    gemm,
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
    compileAll(variants, (constants) => kernelOn(device, kernels.gemm, constants)),
    kernelOn(device, kernels.assembleTokens),
    compileAll(decoder ? [p, decoder.p] : [p], compileSsa),
    kernelOn(device, kernels.attention),
    kernelOn(device, kernels.poolTokens, { MEAN: config.pool === 'mean' ? 1 : 0 }),
    kernelOn(device, kernels.rowNorms),
    kernelOn(device, kernels.gram, { SIDE: 0 }),
    kernelOn(device, kernels.gram, { SIDE: 1 }),
    kernelOn(device, kernels.reduceSparsity),
    small.length < sides.length ? kernelOn(device, kernels.choleskyBlocked) : null,
    compileAll(small, (m) => kernelOn(device, kernels.choleskyLogdet, { SIDE: m })),
  ]);
  return {
    patchify,
    layerNorm,
    gemm: (variant) => gemm(gemmConstants(variant)),
    assembleTokens,
    ssa,
    attention,
    poolTokens,
    rowNorms,
    gram: { channels, tokens },
    reduceSparsity,
    logdet(m, M, rates, offset, count) {
      if (small.includes(m)) {
        return choleskySmall(m).dispatch({ m_offset: 0, rate_offset: offset }, { M, rates }, [count, 1, 1]);
      }
      if (!choleskyBlocked) throw new Error(`no log-det kernel was compiled for side ${m}`);
      return choleskyBlocked.dispatch({ m, m_offset: 0, rate_offset: offset }, { M, rates }, [count, 1, 1]);
    },
  };
}

async function compileOneSsa(device: GPUDevice, n: number, p: number) {
  const choice = chooseSsa(n, p, device.limits);
  if (!choice) throw new Error(`no kernel takes heads ${p} wide`);
  const { rows } = choice;
  const kernel =
    choice.kernel === 'ssa'
      ? await kernelOn(device, kernels.ssa, { N: n, ROWS: rows })
      : await kernelOn(device, kernels.ssaOnline, { ROWS: rows, P: p });
  return { kernel, rows };
}
