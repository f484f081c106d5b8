// The compiled kernels of one model at one size: those of the forward pass, and those of the measures. Each set is compiled at once and
// without blocking.

import type { CrateConfig } from '../model/config.ts';
import { type Sizes, sizesOf } from './gpuSizes.ts';
import type { WeightName } from './gpuWeights.ts';
import { type Compiled, kernelOn } from './kernelOn.ts';
import * as groups from './kernels/grids.ts';
import * as kernels from './kernels/index.ts';
import { type CompiledProduct, type ProductUse, type ProductVariant, productOn } from './productKernel.ts';

/** A product of one layer, or of all layers together. */
export interface PlannedProduct extends ProductVariant {
  readonly isBatch: boolean;
}

export interface Pipelines {
  readonly patchify: Compiled<typeof kernels.patchify>;
  readonly layerNorm: Compiled<typeof kernels.layerNorm>;
  product(variant: PlannedProduct): CompiledProduct;
  readonly assembleTokens: Compiled<typeof kernels.assembleTokens>;
  /** For heads of width p; `rows` tokens a workgroup. */
  ssa(p: number): { readonly kernel: Compiled<typeof kernels.ssa>; readonly rows: number };
  readonly poolTokens: Compiled<typeof kernels.poolTokens>;
}

export interface MeasurePipelines {
  readonly layerNorm: Compiled<typeof kernels.layerNorm>;
  product(variant: PlannedProduct): CompiledProduct;
  readonly attention: Compiled<typeof kernels.attention>;
  /** `isAligned`: whether each vector begins at a multiple of 4, and is zero from its end to the next. */
  rowNorms(isAligned: boolean): Compiled<typeof kernels.rowNorms>;
  /** Of vectors `width` long. */
  gram(width: number, isAligned: boolean): CompiledGram;
  readonly reduceSparsity: Compiled<typeof kernels.reduceSparsity>;
  /** Of matrices of side m. */
  cholesky(m: number): CompiledCholesky;
}

/** By the smaller side: of channels, which needs the tokens' norms, or of tokens, from which their norms follow. */
export type CompiledGram = { readonly shape: groups.GramShape } & (
  | { readonly ofTokens: false; readonly kernel: Compiled<typeof kernels.gram> }
  | { readonly ofTokens: true; readonly kernel: Compiled<typeof kernels.gramTokens> }
);

export interface CompiledCholesky {
  readonly kernel: Compiled<typeof kernels.choleskyLogdet>;
  readonly shape: groups.CholeskyShape;
}

/** What the forward pass multiplies with each matrix of weights: with a layer norm on the way, along its columns. */
const PRODUCTS: readonly (readonly [WeightName, { hasNorm?: boolean; isTransposed?: boolean }])[] = [
  ['U', { hasNorm: true }],
  ['W', {}],
  ['G', { hasNorm: true }],
  ['D', { isTransposed: true }],
  ['D', {}],
  ['D1', {}],
  ['headMapWeight', { hasNorm: true }],
  ['decoderLinear', { hasNorm: true }],
  ['decoderU', { hasNorm: true }],
  ['decoderW', {}],
  ['pixelWeight', { hasNorm: true }],
];

/** Which arrays of weights there are, and which of them are halves. */
interface KnownWeights {
  has(name: WeightName): boolean;
  stack(name: WeightName): { readonly isHalf: boolean };
}

/** What is known before the weights are there: `halves` says whether the file's matrices are such; G is formed at load and never is. */
export function expectedWeights(config: CrateConfig, halves: boolean): KnownWeights {
  const { hasCodes, classes } = sizesOf(config);
  const names = new Set<WeightName>([
    'U',
    'W',
    'embedWeight',
    ...(hasCodes ? (['D', 'D1'] as const) : (['G'] as const)),
  ]);
  if (classes > 0) names.add('headWeight');
  if (classes > 0 && config.headWidth !== undefined) names.add('headMapWeight');
  if (config.decoder)
    for (const name of ['decoderLinear', 'decoderU', 'decoderW', 'pixelWeight'] as const) names.add(name);
  return { has: (name) => names.has(name), stack: (name) => ({ isHalf: halves && name !== 'G' }) };
}

function forwardProducts({ hasPatchNorms }: Sizes, weights: KnownWeights): readonly PlannedProduct[] {
  return (
    [
      ...PRODUCTS,
      ['embedWeight', { hasNorm: hasPatchNorms }],
      // A linear map before the classes takes the norm in their place.
      ['headWeight', { hasNorm: !weights.has('headMapWeight') }],
    ] satisfies typeof PRODUCTS
  )
    .filter(([name]) => weights.has(name))
    .map(([name, { hasNorm = false, isTransposed = false }]) => ({
      hasNorm,
      isTransposed,
      isHalf: weights.stack(name).isHalf,
      isBatch: false,
    }));
}

export type WorkgroupLimits = Pick<GPUSupportedLimits, 'maxComputeWorkgroupStorageSize'>;

export interface SsaChoice {
  readonly kernel: 'ssa' | 'ssa_online';
  /** Tokens a workgroup. */
  readonly rows: number;
}

/**
 * ssa where 16 or 8 of its rows of n scores fit workgroup memory, as they do up to 504 tokens everywhere; beyond, ssa_online with as many
 * rows as fit beside their sums of width p; null when not even one does.
 */
export function chooseSsa(n: number, p: number, limits: WorkgroupLimits): SsaChoice | null {
  const floats = limits.maxComputeWorkgroupStorageSize / 4;
  const whole = [16, 8].find((rows) => rows * 4 * Math.ceil(n / 4) + 2 * kernels.ssa.constants.WIDTH <= floats);
  if (whole !== undefined) return { kernel: 'ssa', rows: whole };
  const { TILE, WIDTH } = kernels.ssaOnline.constants;
  const rows = [16, 8, 4, 2, 1].find((count) => count * (TILE + p + 1) + WIDTH <= floats);
  return rows === undefined ? null : { kernel: 'ssa_online', rows };
}

/**
 * How cholesky_logdet takes matrices of side m. A processor has them side by side in its vectors, each an invocation's; a GPU, which has
 * more invocations than there are matrices, gives each as many as it has eights of rows, up to 32.
 */
export function choleskyShape(m: number, isSoftware: boolean): groups.CholeskyShape {
  if (isSoftware) return { WIDTH: 4, LANES: 1 };
  return { WIDTH: 32, LANES: [4, 8, 16].find((lanes) => lanes >= m / 8 - 1) ?? 32 };
}

/** Compiles each key once and looks the kernels up by it. */
async function compileAll<K, T>(keys: readonly K[], compile: (key: K) => Promise<T>): Promise<(key: K) => T> {
  const nameOf = (key: K): string =>
    JSON.stringify(typeof key === 'object' && key !== null ? Object.entries(key).sort() : key);
  const distinct = new Map(keys.map((key) => [nameOf(key), key]));
  const entries = await Promise.all([...distinct].map(async ([name, key]) => [name, await compile(key)] as const));
  const made = new Map(entries);
  return (key) => {
    const kernel = made.get(nameOf(key));
    if (kernel === undefined) throw new Error(`no kernel was compiled for ${nameOf(key)}`);
    return kernel;
  };
}

/** The shape that products of one layer, or of all together, are cut for. */
const productSize = ({ n, d, inner, L }: Sizes, isBatch: boolean): readonly [number, number, number] =>
  isBatch ? [n, inner, L] : [n, Math.max(d, inner), 1];

/** `weights`: which arrays there are, and which are halves. @throws EngineError 'shader-invalid' */
export async function compilePipelines(
  device: GPUDevice,
  config: CrateConfig,
  weights: KnownWeights,
  use: ProductUse,
): Promise<Pipelines> {
  const sizes = sizesOf(config);
  const { n, p, decoder } = sizes;
  const [patchify, layerNorm, product, assembleTokens, ssa, poolTokens] = await Promise.all([
    kernelOn(device, kernels.patchify),
    kernelOn(device, kernels.layerNorm),
    compileAll(forwardProducts(sizes, weights), (variant) =>
      productOn(device, use, variant, productSize(sizes, false)),
    ),
    kernelOn(device, kernels.assembleTokens),
    compileAll(decoder ? [p, decoder.p] : [p], (width) => compileSsa(device, n, width, use)),
    kernelOn(device, kernels.poolTokens, { MEAN: config.pool === 'mean' ? 1 : 0 }),
  ]);
  return { patchify, layerNorm, product, assembleTokens, ssa, poolTokens };
}

/** @throws EngineError 'shader-invalid' */
export async function compileMeasures(
  device: GPUDevice,
  config: CrateConfig,
  weights: KnownWeights,
  use: ProductUse,
): Promise<MeasurePipelines> {
  const sizes = sizesOf(config);
  const { n, d, p, mHead, mAll } = sizes;
  const gramForm = (width: number, isAligned: boolean) => ({ ofTokens: n < width, isAligned });
  const forms = [gramForm(p, p % 4 === 0), gramForm(d, true)];
  const projection = { hasNorm: false, isTransposed: false, isHalf: weights.stack('U').isHalf, isBatch: true };
  const shapeOf = (m: number): groups.CholeskyShape => choleskyShape(m, use.isSoftware);
  const [layerNorm, product, attention, rowNorms, gram, reduceSparsity, cholesky] = await Promise.all([
    kernelOn(device, kernels.layerNorm),
    compileAll([projection], (variant) => productOn(device, use, variant, productSize(sizes, true))),
    kernelOn(device, kernels.attention, {
      // A processor's workgroups pay for each barrier by their width.
      WIDTH: use.isSoftware ? 16 : kernels.attention.constants.WIDTH,
      ALIGNED: p % 4 === 0 ? 1 : 0,
    }),
    compileAll(
      forms.filter(({ ofTokens }) => !ofTokens).map(({ isAligned }) => isAligned),
      (isAligned) => kernelOn(device, kernels.rowNorms, { ALIGNED: isAligned ? 1 : 0 }),
    ),
    compileAll(forms, (form) => compileGram(device, n, use, form)),
    kernelOn(device, kernels.reduceSparsity),
    compileAll([mHead, mAll].map(shapeOf), (shape) => kernelOn(device, kernels.choleskyLogdet, shape)),
  ]);
  return {
    layerNorm,
    product,
    attention,
    rowNorms,
    gram: (width, isAligned) => gram(gramForm(width, isAligned)),
    reduceSparsity,
    cholesky: (m) => ({ kernel: cholesky(shapeOf(m)), shape: shapeOf(m) }),
  };
}

/**
 * A workgroup of a processor is as wide as its vectors, so that few of its invocations have nothing to do, and its blocks are large: loads
 * are what gram_tokens waits for. On SwiftShader 16 × 16 takes 0.7 to 0.9 of the processor time of 8 × 8, and 0.15 s more to compile, which
 * few tokens would have to save for minutes.
 */
async function compileGram(
  device: GPUDevice,
  n: number,
  { isSoftware }: ProductUse,
  { ofTokens, isAligned }: { readonly ofTokens: boolean; readonly isAligned: boolean },
): Promise<CompiledGram> {
  const constants = { WIDTH: isSoftware ? 4 : groups.GRAM_SHAPE.WIDTH, ALIGNED: isAligned ? 1 : 0 };
  const BLOCK = ofTokens && isSoftware && n > 128 ? 16 : groups.GRAM_SHAPE.BLOCK;
  const shape = { WIDTH: constants.WIDTH, BLOCK };
  return ofTokens
    ? { ofTokens, shape, kernel: await kernelOn(device, kernels.gramTokens, { ...constants, BLOCK }) }
    : { ofTokens, shape, kernel: await kernelOn(device, kernels.gram, constants) };
}

/** By quads on a processor, where ssa_quad takes heads so wide: workgroup memory and its barriers cost a processor more than they save. */
async function compileSsa(device: GPUDevice, n: number, p: number, { kernel: product, isSoftware }: ProductUse) {
  if (product === 'quad' && isSoftware && p % 4 === 0 && p <= 64)
    return { kernel: await kernelOn(device, kernels.ssaQuad, { GROUPS: Math.ceil(p / 16) }), rows: 8 };
  const choice = chooseSsa(n, p, device.limits);
  if (!choice) throw new Error(`no kernel takes heads ${p} wide`);
  const { rows } = choice;
  const kernel =
    choice.kernel === 'ssa'
      ? await kernelOn(device, kernels.ssa, { N: n, ROWS: rows, ALIGNED: p % 4 === 0 ? 1 : 0 })
      : await kernelOn(device, kernels.ssaOnline, { ROWS: rows, P: p });
  return { kernel, rows };
}
