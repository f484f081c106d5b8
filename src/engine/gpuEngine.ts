// The WebGPU engine: one model's weights and one picture's intermediates live on the GPU. A picture costs one submit and one
// read-back (logits and every measure); a view's tensor is read when it asks.

import type { CrateConfig } from '../model/config.ts';
import type { RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import type { Gpu } from './device.ts';
import { type Engine, EngineError, type LoadProgress } from './engine.ts';
import { allocate, type Buffers, bindingLimit, capturing, mib, refusalOf, sliceOf, totalBytes } from './gpuBuffers.ts';
import { type PictureName, pictureArrays, pictureEstimate } from './gpuPicture.ts';
import { compilePipelines, kernelOn, type Pipelines } from './gpuPipelines.ts';
import { type Plan, planModel } from './gpuPlan.ts';
import { type ResultLayout, readLayers, resultLayout } from './gpuResults.ts';
import { dropPadding, type Sizes, sizesOf } from './gpuSizes.ts';
import { uploadWeights, type WeightArray, type WeightName, weightArrays } from './gpuWeights.ts';
import { readsHalvesExactly } from './halfSelfTest.ts';
import { type Dispatch, USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ, USAGE_STORAGE } from './kernel.ts';
import * as kernels from './kernels/index.ts';

/** How weights lie on the GPU. */
export type WeightsAs = 'f32' | 'f16 where exact';

/** A model's weights on the GPU, whatever the input size. */
interface Model {
  readonly config: CrateConfig;
  readonly weights: Buffers<WeightName>;
  readonly weightsAs: WeightsAs;
}

/** All of a model that depends on the input size. */
interface Sized {
  readonly config: CrateConfig;
  readonly sizes: Sizes;
  readonly layout: ResultLayout;
  readonly pipelines: Pipelines;
  readonly picture: Buffers<PictureName>;
  readonly plan: Plan;
  readonly staging: GPUBuffer;
  destroy(): void;
}

export interface GpuEngine extends Engine {
  readonly kind: 'webgpu';
  /** Resolves when the device is gone; never rejects. */
  readonly lost: Promise<GPUDeviceLostInfo>;
  readonly device: GPUDevice;
  /** How the loaded model's weights lie on the GPU; null before a model is loaded. */
  readonly weightsAs: WeightsAs | null;
}

export interface GpuEngineOptions {
  /** Bytes a buffer, if less than the device binds; for tests. */
  readonly bindingLimit?: number;
  /** Whether weights that are halves without loss are kept so; 'auto' decides by device and model. */
  readonly halves?: 'auto' | 'always' | 'never';
}

/**
 * Bytes of f32 weights from which a software adapter keeps halves too. It shares its memory with the page, but reads halves slowly: on
 * SwiftShader gemm takes 1.2 to 1.4 times as long with them, a picture of CRATE-T 1.15 times (bench/engine.mjs), since there
 * `unpack2x16float` is a dozen instructions and not one.
 */
const SOFTWARE_HALVES_FROM = 512 * 2 ** 20;

/** Wraps an opened device (device.ts). The engine owns it: `dispose` destroys it. */
export function createGpuEngine({ device, adapter, isSoftware }: Gpu, options: GpuEngineOptions = {}): GpuEngine {
  const limit = Math.min(bindingLimit(device.limits), options.bindingLimit ?? Number.POSITIVE_INFINITY);
  let model: Model | null = null;
  let sized: Sized | null = null;
  let hasRun = false;
  let fault: string | null = null;
  let isLost = false;
  let queue: Promise<unknown> = Promise.resolve();
  device.addEventListener('uncapturederror', (event) => {
    fault = event.error.message;
  });
  void device.lost.then(() => {
    isLost = true;
  });

  /** One job at a time: a read-back never meets another's staging buffer. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = queue.then(job, job);
    queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  const lost = (cause?: ErrorOptions): EngineError => new EngineError('device-lost', 'The GPU device was lost.', cause);

  /** Whether the device is gone. A failing command and `device.lost` report a loss in either order, so it waits a little. */
  const isGone = (): Promise<boolean> =>
    Promise.race([device.lost.then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 50, false))]);

  /** Runs a job that makes what replaces something; a loss of the device is said as such. */
  async function orLost<T>(job: () => Promise<T>): Promise<T> {
    let made: T;
    try {
      made = await job();
    } catch (cause) {
      if (await isGone()) throw lost({ cause });
      throw cause;
    }
    // On a lost device everything above succeeds without doing anything.
    if (isLost) throw lost();
    return made;
  }

  function need(): Sized {
    if (isLost) throw lost();
    if (!sized) throw new EngineError('not-loaded', 'No model is loaded.');
    return sized;
  }

  function needRun(): Sized {
    const last = need();
    if (!hasRun) throw new EngineError('not-loaded', 'No picture has been run yet.');
    return last;
  }

  function submit(dispatches: readonly Dispatch[], copy: (encoder: GPUCommandEncoder) => void): void {
    const encoder = device.createCommandEncoder({ label: 'crate' });
    const pass = encoder.beginComputePass({ label: 'crate' });
    for (const dispatch of dispatches) dispatch.encode(pass);
    pass.end();
    copy(encoder);
    device.queue.submit([encoder.finish()]);
  }

  async function mapped(staging: GPUBuffer, bytes: number): Promise<Float32Array> {
    try {
      await staging.mapAsync(1, 0, bytes);
    } catch (cause) {
      if (await isGone()) throw lost({ cause });
      throw new EngineError('forward-failed', `Reading back from the GPU failed. ${fault ?? ''}`.trim(), { cause });
    }
    const values = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    if (fault !== null) {
      const sentence = `The GPU refused a command: ${fault}`;
      fault = null;
      throw new EngineError('forward-failed', sentence);
    }
    return values;
  }

  async function results(dispatches: readonly Dispatch[]): Promise<Float32Array> {
    const { picture, layout, staging } = need();
    const bytes = layout.length * 4;
    const { buffer } = sliceOf(picture.stack('results'));
    submit(dispatches, (encoder) => encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes));
    return mapped(staging, bytes);
  }

  /** `length` floats from `first` on, after `before`; what has to be made for it goes again. */
  function readRange(
    buffer: GPUBuffer,
    first: number,
    length: number,
    before: readonly Dispatch[] = [],
  ): Promise<Float32Array> {
    const bytes = length * 4;
    return capturing(device, `Reading back needs ${mib(bytes)} of GPU memory, more than there is.`, async () => {
      const staging = device.createBuffer({ label: 'read', size: bytes, usage: USAGE_MAP_READ | USAGE_COPY_DST });
      try {
        submit(before, (encoder) => encoder.copyBufferToBuffer(buffer, first * 4, staging, 0, bytes));
        return await mapped(staging, bytes);
      } finally {
        staging.destroy();
      }
    });
  }

  /** Rows `first` … of S or A of one layer, K × rows × n, computed now. */
  async function attention(
    layer: number,
    softmax: 0 | 1,
    { first, rows }: { first: number; rows: number },
  ): Promise<Float32Array> {
    const { sizes, pipelines, picture } = needRun();
    const { n, p, K, ldInner } = sizes;
    const entries = K * rows * n;
    const name = softmax ? 'A' : 'S';
    const refusal = refusalOf([{ name, layers: 1, entries, entryBytes: 4 }], limit);
    if (refusal) {
      throw new EngineError('limit-exceeded', `${refusal} Ask for one token's row instead.`);
    }
    const kernel = softmax ? pipelines.attention : await kernelOn(device, kernels.attention, { SOFTMAX: 0 });
    return capturing(device, `${name} needs ${mib(8 * entries)} of GPU memory, more than there is.`, async () => {
      const A = device.createBuffer({ label: name, size: entries * 4, usage: USAGE_STORAGE | USAGE_COPY_SRC });
      const ZU = sliceOf(picture.stack('ZU'), layer);
      const dispatch = kernel.dispatch(
        { n, p, ld: ldInner, first_row: first, rows, zu_offset: ZU.at, zu_stride: 0, a_offset: 0 },
        { ZU: ZU.buffer, A },
        [rows, K, 1],
      );
      try {
        return await readRange(A, 0, entries, [dispatch]);
      } finally {
        A.destroy();
        dispatch.destroy();
      }
    });
  }

  const checkLayer = (layer: number, { L }: Sizes): void => {
    if (!(Number.isInteger(layer) && layer >= 0 && layer < L)) throw new RangeError(`invalid layer: ${layer}`);
  };

  async function read(name: TensorName, layer: number): Promise<Float32Array> {
    const { sizes, picture } = needRun();
    const { n, d, inner, patch, atoms, ldD, ldInner, ldPatch, ldAtoms } = sizes;
    checkLayer(layer, sizes);
    if (name === 'S' || name === 'A') return attention(layer, name === 'A' ? 1 : 0, { first: 0, rows: n });
    if (name === 'Z' && layer > 0) return read('Z_next', layer - 1);
    if (name === 'codes' && !sizes.hasCodes) throw new RangeError('invalid tensor: codes, which only CRATE-α has');
    const rowsOf = async (stored: PictureName, rows: number, columns: number, ld: number): Promise<Float32Array> => {
      const stack = picture.stack(stored);
      const { buffer, at } = sliceOf(stack, stored === name && name !== 'patches' && name !== 'tokens' ? layer : 0);
      return dropPadding(await readRange(buffer, at, rows * ld), rows, columns, ld);
    };
    if (name === 'patches') return rowsOf('patches', n - 1, patch, ldPatch);
    if (name === 'Z' || name === 'tokens') return rowsOf('tokens', n, d, ldD);
    if (name === 'codes') return rowsOf('codes', n, atoms, ldAtoms);
    const isProjected = name === 'ZU' || name === 'ZU_half' || name === 'ZU_next' || name === 'heads';
    return isProjected ? rowsOf(name, n, inner, ldInner) : rowsOf(name, n, d, ldD);
  }

  /** @throws EngineError 'limit-exceeded' */
  function checkSize(config: CrateConfig, arrays: readonly WeightArray[]): void {
    const refusal = refusalOf(arrays, limit) ?? pictureEstimate(config, device.limits, limit).refusal;
    if (refusal) throw new EngineError('limit-exceeded', refusal);
  }

  /** Everything that depends on the input size, for weights whose buffers exist. */
  async function prepare(
    config: CrateConfig,
    weights: Buffers<WeightName>,
    positions: Float32Array,
    beside: number,
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
    const picture = await allocate(device, pictureArrays(config, limit), limit, noMemory);
    const made: { destroy(): void }[] = [picture];
    const destroy = (): void => {
      for (const part of made) part.destroy();
    };
    try {
      const pipelines = await compilePipelines(device, config, weights);
      return await capturing(device, noMemory, () => {
        const size = layout.length * 4;
        const staging = device.createBuffer({ label: 'results', size, usage: USAGE_MAP_READ | USAGE_COPY_DST });
        const plan = planModel({ config, pipelines, weights, picture, limit });
        made.push(staging, plan);
        write(device, sliceOf(picture.stack('positions')).buffer, positions);
        return { config, sizes, layout, pipelines, picture, plan, staging, destroy };
      });
    } catch (cause) {
      destroy();
      throw cause;
    }
  }

  async function chooseHalves(config: CrateConfig, weights: CrateWeights): Promise<readonly WeightArray[]> {
    const { halves = 'auto' } = options;
    const single = weightArrays(config, weights, false);
    if (halves === 'never') return single;
    if (halves === 'auto' && isSoftware && totalBytes(single) < SOFTWARE_HALVES_FROM) return single;
    const arrays = weightArrays(config, weights, true);
    const isAnyHalf = arrays.some(({ entryBytes }) => entryBytes === 2);
    return isAnyHalf && (await capturing(device, 'The GPU has no memory left.', () => readsHalvesExactly(device)))
      ? arrays
      : single;
  }

  async function load(config: CrateConfig, weights: CrateWeights, progress?: LoadProgress): Promise<void> {
    const arrays = await chooseHalves(config, weights);
    checkSize(config, arrays);
    const bytes = totalBytes(arrays);
    const all = bytes + pictureEstimate(config, device.limits, limit).bytes;
    const noMemory = `The model needs ${mib(all)} of GPU memory, more than there is.`;
    const buffers = await allocate(device, arrays, limit, noMemory);
    let next: Sized | null = null;
    try {
      next = await prepare(config, buffers, weights.positions, bytes);
      await capturing(device, noMemory, () => uploadWeights(device, arrays, buffers, progress));
    } catch (cause) {
      next?.destroy();
      buffers.destroy();
      throw cause;
    }
    unload();
    const isAnyHalf = arrays.some(({ entryBytes }) => entryBytes === 2);
    model = { config, weights: buffers, weightsAs: isAnyHalf ? 'f16 where exact' : 'f32' };
    sized = next;
  }

  function unload(): void {
    sized?.destroy();
    model?.weights.destroy();
    model = null;
    sized = null;
    hasRun = false;
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

  return {
    kind: 'webgpu',
    adapter,
    device,
    lost: device.lost,

    get weightsAs() {
      return model?.weightsAs ?? null;
    },

    load: (config, weights, progress) => inTurn(() => orLost(() => load(config, weights, progress))),

    resize: (config, positions) =>
      inTurn(() =>
        orLost(async () => {
          need();
          if (!model) throw new EngineError('not-loaded', 'No model is loaded.');
          checkSameModel(model.config, config);
          checkSize(config, []);
          const next = await prepare(config, model.weights, positions, 0);
          sized?.destroy();
          sized = next;
          hasRun = false;
        }),
      ),

    estimate: (config) => pictureEstimate(config, device.limits, limit),

    run: (image, eps2, hidden) =>
      inTurn(async (): Promise<RunNumbers> => {
        const begin = performance.now();
        const { config, sizes, layout, picture, plan } = need();
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
        plan.setEps2(eps2);
        const values = await results([...plan.forward, ...plan.once, ...plan.rates]);
        hasRun = true;
        return {
          logits: values.slice(layout.logits, layout.logits + sizes.classes),
          layers: readLayers(values, layout, sizes),
          ...(sizes.decoder ? { reconstruction: values.slice(layout.reconstruction) } : {}),
          ms: performance.now() - begin,
        };
      }),

    remeasure: (eps2) =>
      inTurn(async () => {
        const { layout, sizes, plan } = needRun();
        plan.setEps2(eps2);
        return readLayers(await results(plan.rates), layout, sizes);
      }),

    read: (name, layer) => inTurn(() => read(name, layer)),

    attentionRow: (layer, token) =>
      inTurn(async () => {
        const { sizes } = needRun();
        checkLayer(layer, sizes);
        if (!(Number.isInteger(token) && token >= 0 && token < sizes.n))
          throw new RangeError(`invalid token: ${token}`);
        return attention(layer, 1, { first: token, rows: 1 });
      }),

    dispose: () => {
      unload();
      device.destroy();
    },
  };
}

const write = (device: GPUDevice, buffer: GPUBuffer, values: Float32Array): void =>
  device.queue.writeBuffer(buffer, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);

/** Only the input size may change. */
function checkSameModel(loaded: CrateConfig, next: CrateConfig): void {
  const rest = (config: CrateConfig): string =>
    JSON.stringify(Object.entries({ ...config, imageSize: 0 }).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (rest(loaded) !== rest(next)) throw new RangeError('resize: only imageSize may differ from the loaded model');
}
