// The buffers of one model on the GPU: weights stacked over layers, and one picture's intermediates, rows padded to a multiple of 4
// so that gemm can read them as vec4.

import type { CrateConfig } from '../model/config.ts';
import { gridSide, tokenCount } from '../model/config.ts';
import { dictionaryStep } from '../model/ista.ts';
import type { CrateWeights } from '../model/weights.ts';
import { EngineError } from './engine.ts';
import { USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_STORAGE } from './kernel.ts';

const ceil4 = (value: number): number => Math.ceil(value / 4) * 4;

/** Sizes that the plan and the read-backs share. "ld" is a row stride in floats. */
export interface Sizes {
  readonly n: number;
  readonly d: number;
  readonly K: number;
  readonly p: number;
  readonly L: number;
  readonly inner: number;
  readonly grid: number;
  readonly patch: number;
  readonly classes: number;
  readonly ldD: number;
  readonly ldInner: number;
  readonly ldPatch: number;
  /** Side of a head's Gram matrix, min(p, n), and of R's, min(d, n). */
  readonly mHead: number;
  readonly mAll: number;
}

export function sizesOf(config: CrateConfig): Sizes {
  const { d, K, p, L, classes } = config;
  const n = tokenCount(config);
  const inner = K * p;
  const patch = 3 * config.patchSize ** 2;
  return {
    n,
    d,
    K,
    p,
    L,
    inner,
    grid: gridSide(config),
    patch,
    classes,
    ldD: ceil4(d),
    ldInner: ceil4(inner),
    ldPatch: ceil4(patch),
    mHead: Math.min(p, n),
    mAll: Math.min(d, n),
  };
}

/** Where each result begins in the one buffer that is read back a picture, in floats. */
export interface ResultLayout {
  readonly logits: number;
  /** 3 places × L × (raw, unit) × K. */
  readonly headRates: number;
  /** 3 places × L × (raw, unit). */
  readonly allRates: number;
  /** L × (count, Σ|Z|) of Z_half, then of Z_next. */
  readonly sparsityHalf: number;
  readonly sparsityNext: number;
  /** L × K × n. */
  readonly clsRows: number;
  readonly length: number;
}

export function resultLayout({ classes, L, K, n }: Sizes): ResultLayout {
  const headRates = classes;
  const allRates = headRates + 3 * L * 2 * K;
  const sparsityHalf = allRates + 3 * L * 2;
  const sparsityNext = sparsityHalf + 2 * L;
  const clsRows = sparsityNext + 2 * L;
  return { logits: 0, headRates, allRates, sparsityHalf, sparsityNext, clsRows, length: clsRows + L * K * n };
}

const WEIGHT_NAMES = [
  'patchNormWeight',
  'patchNormBias',
  'embedWeight',
  'embedBias',
  'embedNormWeight',
  'embedNormBias',
  'cls',
  'positions',
  'norm1Weight',
  'norm1Bias',
  'U',
  'W',
  'b',
  'norm2Weight',
  'norm2Bias',
  'G',
  'headNormWeight',
  'headNormBias',
  'headWeight',
  'headBias',
] as const;

export type WeightName = (typeof WEIGHT_NAMES)[number];

/** The arrays to upload, layers stacked, rows padded. G = Dᵀ(I − D) is formed in f64; an identity output map is written out. */
export function packWeights(config: CrateConfig, weights: CrateWeights): Record<WeightName, Float32Array> {
  const { n, d, L, inner, patch, classes, ldD, ldInner, ldPatch } = sizesOf(config);
  const stack = (length: number, of: (layer: CrateWeights['layers'][number]) => Float32Array): Float32Array => {
    const out = new Float32Array(length * L);
    weights.layers.forEach((layer, l) => {
      out.set(of(layer), l * length);
    });
    return out;
  };
  const identity = (): Float32Array => {
    const out = new Float32Array(d * inner);
    for (let i = 0; i < Math.min(d, inner); i++) out[i * inner + i] = 1;
    return out;
  };
  const packed: Record<WeightName, Float32Array> = {
    patchNormWeight: weights.patchNormWeight,
    patchNormBias: weights.patchNormBias,
    embedWeight: padRows(weights.embedWeight, d, patch, ldPatch),
    embedBias: weights.embedBias,
    embedNormWeight: weights.embedNormWeight,
    embedNormBias: weights.embedNormBias,
    cls: weights.cls,
    positions: weights.positions.subarray(0, n * d),
    norm1Weight: stack(d, (layer) => layer.norm1Weight),
    norm1Bias: stack(d, (layer) => layer.norm1Bias),
    U: stack(inner * ldD, (layer) => padRows(layer.U, inner, d, ldD)),
    W: stack(d * ldInner, (layer) => padRows(layer.W ?? identity(), d, inner, ldInner)),
    b: stack(d, (layer) => layer.b ?? new Float32Array(d)),
    norm2Weight: stack(d, (layer) => layer.norm2Weight),
    norm2Bias: stack(d, (layer) => layer.norm2Bias),
    G: stack(d * ldD, (layer) => padRows(Float32Array.from(dictionaryStep(layer.D, d)), d, d, ldD)),
    headNormWeight: weights.headNormWeight,
    headNormBias: weights.headNormBias,
    headWeight: padRows(weights.headWeight, classes, d, ldD),
    headBias: weights.headBias,
  };
  return packed;
}

/** rows × columns -> rows × ld, zeros at the end of each row; the same array when nothing is to pad. */
export function padRows(values: Float32Array, rows: number, columns: number, ld: number): Float32Array {
  if (ld === columns) return values;
  const out = new Float32Array(rows * ld);
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * columns, (i + 1) * columns), i * ld);
  return out;
}

/** rows × ld -> rows × columns. */
export function dropPadding(values: Float32Array, rows: number, columns: number, ld: number): Float32Array {
  if (ld === columns) return values;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * ld, i * ld + columns), i * columns);
  return out;
}

const ACTIVATION_NAMES = [
  'image',
  'patches',
  'patchesNorm',
  'patchLinear',
  'embedded',
  'tokens',
  'LN_Z',
  'ZU',
  'heads',
  'Z_half',
  'X',
  'Z_next',
  'ZU_half',
  'ZU_next',
  'pooled',
  'pooledNorm',
  'inverse',
  'headGrams',
  'allGrams',
  'results',
  'none',
] as const;

export type ActivationName = (typeof ACTIVATION_NAMES)[number];

/** Lengths in floats. Grams: 3 places × L × (raw, unit) × … × m². */
export function activationLengths(sizes: Sizes, side: number): Record<ActivationName, number> {
  const { n, K, L, ldD, ldInner, ldPatch, mHead, mAll } = sizes;
  return {
    image: 3 * side * side,
    patches: (n - 1) * ldPatch,
    patchesNorm: (n - 1) * ldPatch,
    patchLinear: (n - 1) * ldD,
    embedded: (n - 1) * ldD,
    tokens: n * ldD,
    LN_Z: L * n * ldD,
    ZU: L * n * ldInner,
    heads: L * n * ldInner,
    Z_half: L * n * ldD,
    X: L * n * ldD,
    Z_next: L * n * ldD,
    ZU_half: L * n * ldInner,
    ZU_next: L * n * ldInner,
    pooled: ldD,
    pooledNorm: ldD,
    inverse: L * K * n,
    headGrams: 3 * L * 2 * K * mHead * mHead,
    allGrams: 3 * L * 2 * mAll * mAll,
    results: resultLayout(sizes).length,
    none: 4,
  };
}

export interface ModelBuffers {
  readonly weights: Readonly<Record<WeightName, GPUBuffer>>;
  readonly activations: Readonly<Record<ActivationName, GPUBuffer>>;
  destroy(): void;
}

/** Creates and fills the buffers. @throws EngineError 'limit-exceeded' or 'out-of-memory', with the size asked for */
export async function createBuffers(
  device: GPUDevice,
  config: CrateConfig,
  weights: CrateWeights,
): Promise<ModelBuffers> {
  const sizes = sizesOf(config);
  const packed = packWeights(config, weights);
  const lengths = activationLengths(sizes, config.imageSize);
  const wanted: [string, number][] = [
    ...WEIGHT_NAMES.map((name): [string, number] => [name, packed[name].byteLength]),
    ...ACTIVATION_NAMES.map((name): [string, number] => [name, lengths[name] * 4]),
  ];
  const limit = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  const tooLarge = wanted.find(([, bytes]) => bytes > limit);
  if (tooLarge) {
    throw new EngineError(
      'limit-exceeded',
      `${tooLarge[0]} needs ${mib(tooLarge[1])} in one buffer; this adapter binds at most ${mib(limit)}.`,
    );
  }
  device.pushErrorScope('out-of-memory');
  const made: GPUBuffer[] = [];
  const create = (label: string, bytes: number): GPUBuffer => {
    const buffer = device.createBuffer({
      label,
      size: Math.max(16, Math.ceil(bytes / 16) * 16),
      usage: USAGE_STORAGE | USAGE_COPY_DST | USAGE_COPY_SRC,
    });
    made.push(buffer);
    return buffer;
  };
  const weightBuffers = {} as Record<WeightName, GPUBuffer>;
  for (const name of WEIGHT_NAMES) {
    const values = packed[name];
    weightBuffers[name] = create(name, values.byteLength);
    device.queue.writeBuffer(
      weightBuffers[name],
      0,
      values.buffer as ArrayBuffer,
      values.byteOffset,
      values.byteLength,
    );
  }
  const activations = {} as Record<ActivationName, GPUBuffer>;
  for (const name of ACTIVATION_NAMES) activations[name] = create(name, lengths[name] * 4);
  const destroy = () => {
    for (const buffer of made) buffer.destroy();
  };
  const error = await device.popErrorScope();
  if (error) {
    destroy();
    const total = wanted.reduce((sum, [, bytes]) => sum + bytes, 0);
    throw new EngineError('out-of-memory', `The model needs ${mib(total)} of GPU memory, more than there is.`, {
      cause: error,
    });
  }
  return { weights: weightBuffers, activations, destroy };
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
