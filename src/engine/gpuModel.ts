// What a loaded model is on the GPU: its weights, whatever the input size, and all that depends on it, made when a model is loaded, resized,
// or first measured.

import type { CrateConfig } from '../model/config.ts';
import type { CrateWeights } from '../model/weights.ts';
import { EngineError } from './engine.ts';
import { allocate, type Buffers, capturing, mib, refusalOf, sliceOf, totalBytes } from './gpuBuffers.ts';
import { type Measures as MeasurePlan, planMeasures } from './gpuMeasures.ts';
import { type MeasureName, measureArrays, type PictureName, pictureArrays, pictureEstimate } from './gpuPicture.ts';
import { compileMeasures, compilePipelines, type Pipelines } from './gpuPipelines.ts';
import { planForward, type Step } from './gpuPlan.ts';
import { type ResultLayout, resultLayout } from './gpuResults.ts';
import { type Sizes, sizesOf } from './gpuSizes.ts';
import { type WeightArray, type WeightName, weightArrays } from './gpuWeights.ts';
import { readsHalvesExactly } from './halfSelfTest.ts';
import { USAGE_COPY_DST, USAGE_MAP_READ } from './kernel.ts';
import type { ProductUse } from './productKernel.ts';

/** How weights lie on the GPU. */
export type WeightsAs = 'f32' | 'f16 where exact';

/** Whether weights that are halves without loss are kept so; 'auto' decides by device and model. */
export type HalvesChoice = 'auto' | 'always' | 'never';

/** Where models are loaded to. */
export interface Place {
  readonly device: GPUDevice;
  /** The most bytes a buffer. */
  readonly limit: number;
  readonly isSoftware: boolean;
}

/** A model's weights on the GPU, whatever the input size. */
export interface Model {
  readonly config: CrateConfig;
  readonly weights: Buffers<WeightName>;
  readonly weightsAs: WeightsAs;
  readonly product: ProductUse;
}

/** All of a model that depends on the input size. */
export interface Sized {
  readonly config: CrateConfig;
  readonly sizes: Sizes;
  readonly layout: ResultLayout;
  readonly pipelines: Pipelines;
  readonly picture: Buffers<PictureName>;
  readonly forward: readonly Step[];
  readonly staging: GPUBuffer;
  /** Made when they are first asked for. */
  measures: Promise<MeasurePlan> | null;
  destroy(): void;
}

/**
 * Bytes of f32 weights from which a software adapter keeps halves too. It shares its memory with the page, but reads halves slowly: on
 * SwiftShader gemm takes 1.2 to 1.4 times as long with them, a picture of CRATE-T 1.15 times (bench/engine.mjs), since there
 * `unpack2x16float` is a dozen instructions and not one.
 */
const SOFTWARE_HALVES_FROM = 512 * 2 ** 20;

/** @throws EngineError 'limit-exceeded' */
export function checkSize({ device, limit }: Place, config: CrateConfig, arrays: readonly WeightArray[]): void {
  const refusal = refusalOf(arrays, limit) ?? pictureEstimate(config, device.limits, limit).refusal;
  if (refusal) throw new EngineError('limit-exceeded', refusal);
}

/**
 * Everything that a picture without measures needs at an input size, for weights whose buffers exist. `meanwhile` runs while the device
 * compiles.
 */
export async function prepare(
  { device, limit }: Place,
  config: CrateConfig,
  weights: Buffers<WeightName>,
  use: ProductUse,
  positions: Float32Array,
  beside: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Sized> {
  const sizes = sizesOf(config);
  const layout = resultLayout(sizes);
  const needed = sizes.n * sizes.d;
  if (positions.length !== needed) {
    throw new EngineError(
      'shape-mismatch',
      `The positions hold ${positions.length} numbers, ${sizes.n} tokens of width ${sizes.d} need ${needed}.`,
    );
  }
  const { bytes } = pictureEstimate(config, device.limits, limit);
  const what = beside > 0 ? 'The model' : `A picture of ${config.imageSize} px`;
  const noMemory = `${what} needs ${mib(beside + bytes)} of GPU memory, more than there is.`;
  const picture = await allocate(device, pictureArrays(config), limit, noMemory);
  const made: { destroy(): void }[] = [picture];
  const destroy = (): void => {
    for (const part of made) part.destroy();
  };
  try {
    const compiling = compilePipelines(device, config, weights, use);
    // Whatever becomes of it is said where it is awaited; until then nobody listens.
    compiling.catch(() => undefined);
    await meanwhile();
    const pipelines = await compiling;
    const parts = { config, pipelines, weights, picture, limit };
    return await capturing(device, noMemory, () => {
      const size = layout.length * 4;
      const staging = device.createBuffer({ label: 'results', size, usage: USAGE_MAP_READ | USAGE_COPY_DST });
      const forward = planForward(parts);
      made.push(staging, ...forward);
      write(device, sliceOf(picture.stack('positions')).buffer, positions);
      return { config, sizes, layout, pipelines, picture, forward, staging, measures: null, destroy };
    });
  } catch (cause) {
    destroy();
    throw cause;
  }
}

/** The kernels, arrays and runs of the measures, made once a size. @throws EngineError 'out-of-memory' */
export function measuresOf(
  { device, limit }: Place,
  one: Sized,
  { weights, product: use }: Omit<Model, 'config' | 'weightsAs'>,
): Promise<MeasurePlan> {
  const { config, picture } = one;
  const make = async (): Promise<MeasurePlan> => {
    const pipelines = await compileMeasures(device, config, weights, use);
    const arrays = measureArrays(config, limit);
    const noMemory = `The measures need ${mib(totalBytes(arrays))} of GPU memory, more than there is.`;
    const scratch: Buffers<MeasureName> = await allocate(device, arrays, limit, noMemory);
    try {
      const plan = await capturing(device, noMemory, () =>
        planMeasures({ config, pipelines, weights, picture, scratch, limit }),
      );
      return {
        ...plan,
        destroy() {
          plan.destroy();
          scratch.destroy();
        },
      };
    } catch (cause) {
      scratch.destroy();
      throw cause;
    }
  };
  const measures = one.measures ?? make();
  one.measures = measures;
  measures.catch(() => {
    // The next one who asks tries again.
    if (one.measures === measures) one.measures = null;
  });
  return measures;
}

export function discard(one: Sized | null): void {
  one?.destroy();
  void one?.measures?.then(
    (measures) => measures.destroy(),
    () => undefined,
  );
}

/** The arrays of a model's weights, halves where they shall be. */
export async function chooseHalves(
  { device, isSoftware }: Place,
  halves: HalvesChoice,
  config: CrateConfig,
  weights: CrateWeights,
): Promise<readonly WeightArray[]> {
  const single = weightArrays(config, weights, false);
  if (halves === 'never') return single;
  if (halves === 'auto' && isSoftware && totalBytes(single) < SOFTWARE_HALVES_FROM) return single;
  const arrays = weightArrays(config, weights, true);
  const isAnyHalf = arrays.some(({ entryBytes }) => entryBytes === 2);
  return isAnyHalf && (await capturing(device, 'The GPU has no memory left.', () => readsHalvesExactly(device)))
    ? arrays
    : single;
}

/** 1 where a patch is hidden, as floats for the GPU; null for a model that hides none. */
function hiddenFloats({ n, decoder }: Sizes, hidden: Uint8Array | undefined): Float32Array | null {
  if (!decoder) {
    if (!hidden) return null;
    throw new EngineError('shape-mismatch', 'Only CRATE-MAE can hide patches; this model has no mask token.');
  }
  if (hidden && hidden.length !== n - 1) {
    throw new EngineError(
      'shape-mismatch',
      `The mask holds ${hidden.length} entries, the picture has ${n - 1} patches.`,
    );
  }
  return Float32Array.from({ length: n - 1 }, (_, i) => (hidden?.[i] ? 1 : 0));
}

/** Puts a picture, and its mask, where the forward pass reads them. @throws EngineError 'shape-mismatch' */
export function show(
  device: GPUDevice,
  { config, sizes, picture }: Sized,
  image: Float32Array,
  hidden?: Uint8Array,
): void {
  const expected = 3 * config.imageSize ** 2;
  if (image.length !== expected) {
    throw new EngineError(
      'shape-mismatch',
      `The picture holds ${image.length} values, the model takes 3×${config.imageSize}×${config.imageSize} = ${expected}.`,
    );
  }
  const mask = hiddenFloats(sizes, hidden);
  write(device, sliceOf(picture.stack('image')).buffer, image);
  if (mask) write(device, sliceOf(picture.stack('hidden')).buffer, mask);
}

const write = (device: GPUDevice, buffer: GPUBuffer, values: Float32Array): void =>
  device.queue.writeBuffer(buffer, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);

/** Only the input size may change. */
export function checkSameModel(loaded: CrateConfig, next: CrateConfig): void {
  const rest = (config: CrateConfig): string =>
    JSON.stringify(Object.entries({ ...config, imageSize: 0 }).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (rest(loaded) !== rest(next)) throw new RangeError('resize: only imageSize may differ from the loaded model');
}
