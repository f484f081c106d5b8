// The WebGPU engine: one model's weights and one picture's intermediates live on the GPU. A picture costs one submit and one
// read-back (logits and every measure); a view's tensor is read when it asks.

import type { CrateConfig } from '../model/config.ts';
import type { RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import { chooseProduct, measureChoice, type ProductChoice, type ProductMemory } from './chooseProduct.ts';
import type { Gpu } from './device.ts';
import { type Engine, EngineError, type LoadProgress, type MeasureChoice } from './engine.ts';
import { allocate, type Buffers, bindingLimit, capturing, mib, refusalOf, sliceOf, totalBytes } from './gpuBuffers.ts';
import { createGpuClock } from './gpuClock.ts';
import { type Measures as MeasurePlan, normLayers, planMeasures } from './gpuMeasures.ts';
import { type MeasureName, measureArrays, type PictureName, pictureArrays, pictureEstimate } from './gpuPicture.ts';
import { compileMeasures, compilePipelines, expectedWeights, type Pipelines } from './gpuPipelines.ts';
import { type Part, planForward, type Step } from './gpuPlan.ts';
import { product } from './gpuProduct.ts';
import { type ResultLayout, readLayers, resultLayout } from './gpuResults.ts';
import { dropPadding, type Sizes, sizesOf } from './gpuSizes.ts';
import { uploadWeights, type WeightArray, type WeightName, weightArrays } from './gpuWeights.ts';
import { readsHalvesExactly } from './halfSelfTest.ts';
import { type Dispatch, USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ, USAGE_STORAGE, type Work } from './kernel.ts';
import { kernelOn } from './kernelOn.ts';
import * as kernels from './kernels/index.ts';
import { type ProductKernel, type ProductUse, productOn } from './productKernel.ts';

/** How weights lie on the GPU. */
export type WeightsAs = 'f32' | 'f16 where exact';

/** A model's weights on the GPU, whatever the input size. */
interface Model {
  readonly config: CrateConfig;
  readonly weights: Buffers<WeightName>;
  readonly weightsAs: WeightsAs;
  readonly product: ProductUse;
}

/** All of a model that depends on the input size. */
interface Sized {
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

export interface GpuEngine extends Engine {
  readonly kind: 'webgpu';
  /**
   * Compiles what a model of these sizes needs, while its weights are still on their way; `load` finds it compiled. `halves`: whether they
   * are f16. A wrong guess costs its own time alone. @throws EngineError 'shader-invalid'
   */
  warm(config: CrateConfig, halves: boolean): Promise<void>;
  /** Resolves when the device is gone; never rejects. */
  readonly lost: Promise<GPUDeviceLostInfo>;
  readonly device: GPUDevice;
  /** How the loaded model's weights lie on the GPU; null before a model is loaded. */
  readonly weightsAs: WeightsAs | null;
  /** The product kernel and why it was taken; null before a model is loaded. */
  readonly product: ProductChoice | null;
  /** Measures both product kernels; the loaded model keeps the one it has until it is loaded again. */
  measureProduct(): Promise<ProductChoice>;
  /** Bytes of the loaded model's weights on the GPU; 0 before a model is loaded. */
  readonly weightBytes: number;
  /**
   * The forward pass, each run timed for itself by the device's clock; null where it has none. What runs alone cannot overlap, so the sum is
   * a little more than a picture takes. Afterwards the picture is the last one run, as after `run` with 'none'.
   */
  profile(image: Float32Array, how?: ProfileOptions): Promise<readonly ProfileRow[] | null>;
  /** Milliseconds of the forward pass as a whole, `times` of them in a row, by the device's clock; null where it has none. */
  timePass(image: Float32Array, times: number, hidden?: Uint8Array): Promise<number | null>;
}

export interface ProfileOptions {
  /** As for `run`. */
  readonly hidden?: Uint8Array | undefined;
  /** How often each run of the pass is done within the time that is taken, so that a clock in steps can tell; 1 by default. */
  readonly times?: readonly number[];
}

/** One run of the forward pass. */
export interface ProfileRow extends Work {
  /** The kernel. */
  readonly name: string;
  readonly part: Part;
  /** From 0; null outside the encoder's layers. */
  readonly layer: number | null;
  readonly ms: number;
}

export interface GpuEngineOptions {
  /** Bytes a buffer, if less than the device binds; for tests. */
  readonly bindingLimit?: number;
  /** Whether weights that are halves without loss are kept so; 'auto' decides by device and model. */
  readonly halves?: 'auto' | 'always' | 'never';
  /** The product kernel; 'auto', the default, measures once a device, unless it is software. */
  readonly product?: ProductKernel | 'auto';
  /** Where measured speeds are kept between visits. */
  readonly memory?: ProductMemory;
  /** What `load` makes ready: the kernels and buffers of the measures too, or, the default, those when first asked for. */
  readonly prepare?: 'forward' | 'all';
}

/**
 * Bytes of f32 weights from which a software adapter keeps halves too. It shares its memory with the page, but reads halves slowly: on
 * SwiftShader gemm takes 1.2 to 1.4 times as long with them, a picture of CRATE-T 1.15 times (bench/engine.mjs), since there
 * `unpack2x16float` is a dozen instructions and not one.
 */
const SOFTWARE_HALVES_FROM = 512 * 2 ** 20;

/** Wraps an opened device (device.ts). The engine owns it: `dispose` destroys it. */
export function createGpuEngine(gpu: Gpu, options: GpuEngineOptions = {}): GpuEngine {
  const { device, adapter, isSoftware } = gpu;
  const limit = Math.min(bindingLimit(device.limits), options.bindingLimit ?? Number.POSITIVE_INFINITY);
  let model: Model | null = null;
  let sized: Sized | null = null;
  let hasRun = false;
  /** Whether the results hold the last picture's measures that do not depend on ε². */
  let isMeasured = false;
  let choice: ProductChoice | null = null;
  let choosing: Promise<ProductChoice> | null = null;
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

  function needModel(): Model {
    if (!model) throw new EngineError('not-loaded', 'No model is loaded.');
    return model;
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

  /** The first `length` results after the dispatches. */
  async function results(dispatches: readonly Dispatch[], length: number): Promise<Float32Array> {
    const { picture, staging } = need();
    const bytes = length * 4;
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
    const { sizes, picture } = needRun();
    const { n, p, K, ldInner } = sizes;
    const entries = K * rows * n;
    const name = softmax ? 'A' : 'S';
    const refusal = refusalOf([{ name, layers: 1, entries, entryBytes: 4 }], limit);
    if (refusal) {
      throw new EngineError('limit-exceeded', `${refusal} Ask for one token's row instead.`);
    }
    const kernel = await kernelOn(device, kernels.attention, { SOFTMAX: softmax, ALIGNED: p % 4 === 0 ? 1 : 0 });
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

  /** LN_Z, X, ZU_half or ZU_next of one layer, computed now: n × ld. */
  async function derived(name: 'LN_Z' | 'X' | 'ZU_half' | 'ZU_next', layer: number): Promise<Float32Array> {
    const { config, sizes, pipelines, picture } = needRun();
    const { weights, product: use } = needModel();
    const { n, d, inner, ldD, ldInner } = sizes;
    const isNorm = name === 'LN_Z' || name === 'X';
    const size = n * (isNorm ? ldD : ldInner) * 4;
    const isHalf = weights.stack('U').isHalf;
    const variant = { hasNorm: false, isTransposed: false, isHalf };
    const project = isNorm ? null : await productOn(device, use, variant, [n, inner, 1]);
    const tokens = (stored: PictureName, at: number) => ({ stack: picture.stack(stored), first: at, count: 1 });
    const Z = layer === 0 ? tokens('tokens', 0) : tokens('Z_next', layer - 1);
    return capturing(device, `${name} needs ${mib(2 * size)} of GPU memory, more than there is.`, async () => {
      const out = device.createBuffer({ label: name, size, usage: USAGE_STORAGE | USAGE_COPY_SRC });
      const to = { stack: { chunks: [out], perChunk: 1, stride: size / 4, isHalf: false }, first: 0, count: 1 };
      const half = tokens('Z_half', layer);
      const dispatch = project
        ? product({ config, weights, picture, pipelines: { product: () => project } }, 'none', {
            rows: n,
            cols: inner,
            depth: ldD,
            A: sliceOf(picture.stack(name === 'ZU_half' ? 'Z_half' : 'Z_next'), layer),
            B: 'U',
            layer,
            C: sliceOf(to.stack),
            ldC: ldInner,
          })
        : name === 'LN_Z'
          ? normLayers({ config, weights }, pipelines, ['norm1Weight', 'norm1Bias'], layer, Z, to)
          : normLayers({ config, weights }, pipelines, ['norm2Weight', 'norm2Bias'], layer, half, to);
      try {
        return dropPadding(
          await readRange(out, 0, size / 4, [dispatch]),
          n,
          isNorm ? d : inner,
          isNorm ? ldD : ldInner,
        );
      } finally {
        out.destroy();
        dispatch.destroy();
      }
    });
  }

  async function read(name: TensorName, layer: number): Promise<Float32Array> {
    const { sizes, picture } = needRun();
    const { n, d, inner, patch, atoms, ldD, ldInner, ldPatch, ldAtoms } = sizes;
    checkLayer(layer, sizes);
    if (name === 'S' || name === 'A') return attention(layer, name === 'A' ? 1 : 0, { first: 0, rows: n });
    if (name === 'Z' && layer > 0) return read('Z_next', layer - 1);
    if (name === 'LN_Z' || name === 'X' || name === 'ZU_half' || name === 'ZU_next') return derived(name, layer);
    if (name === 'codes' && !sizes.hasCodes) throw new RangeError('invalid tensor: codes, which only CRATE-α has');
    const rowsOf = async (stored: PictureName, rows: number, columns: number, ld: number): Promise<Float32Array> => {
      const stack = picture.stack(stored);
      const { buffer, at } = sliceOf(stack, stored === name && name !== 'patches' && name !== 'tokens' ? layer : 0);
      return dropPadding(await readRange(buffer, at, rows * ld), rows, columns, ld);
    };
    if (name === 'patches') return rowsOf('patches', n - 1, patch, ldPatch);
    if (name === 'Z' || name === 'tokens') return rowsOf('tokens', n, d, ldD);
    if (name === 'codes') return rowsOf('codes', n, atoms, ldAtoms);
    const isProjected = name === 'ZU' || name === 'heads';
    return isProjected ? rowsOf(name, n, inner, ldInner) : rowsOf(name, n, d, ldD);
  }

  /** @throws EngineError 'limit-exceeded' */
  function checkSize(config: CrateConfig, arrays: readonly WeightArray[]): void {
    const refusal = refusalOf(arrays, limit) ?? pictureEstimate(config, device.limits, limit).refusal;
    if (refusal) throw new EngineError('limit-exceeded', refusal);
  }

  /**
   * Everything that a picture without measures needs at an input size, for weights whose buffers exist. `meanwhile` runs while the device
   * compiles.
   */
  async function prepare(
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
  function measuresOf(
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

  function discard(one: Sized | null): void {
    one?.destroy();
    void one?.measures?.then(
      (measures) => measures.destroy(),
      () => undefined,
    );
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

  /** Measured once, also when a load and a warming ask at the same time. */
  function chosen(): Promise<ProductChoice> {
    choosing ??= chooseProduct(gpu, options.product ?? 'auto', options.memory).then((made) => {
      choice = made;
      return made;
    });
    choosing.catch(() => {
      // The next one who asks tries again.
      choosing = null;
    });
    return choosing;
  }

  async function warm(config: CrateConfig, halves: boolean): Promise<void> {
    const { halves: wanted = 'auto' } = options;
    const areKept = halves && wanted !== 'never' && (wanted === 'always' || !isSoftware);
    const weights = expectedWeights(config, areKept && (await readsHalvesExactly(device)));
    const use = await chosen();
    await Promise.all([
      compilePipelines(device, config, weights, use),
      ...(options.prepare === 'all' ? [compileMeasures(device, config, weights, use)] : []),
    ]);
  }

  async function load(config: CrateConfig, weights: CrateWeights, progress?: LoadProgress): Promise<void> {
    const arrays = await chooseHalves(config, weights);
    checkSize(config, arrays);
    const bytes = totalBytes(arrays);
    const all = bytes + pictureEstimate(config, device.limits, limit).bytes;
    const noMemory = `The model needs ${mib(all)} of GPU memory, more than there is.`;
    const use = await chosen();
    const buffers = await allocate(device, arrays, limit, noMemory);
    let next: Sized | null = null;
    try {
      // Compiled beside those of the forward pass and beside the upload; measuresOf, which waits for them, tells what fails.
      if (options.prepare === 'all') void compileMeasures(device, config, buffers, use).catch(() => undefined);
      // Forming what follows from the weights takes about as long as compiling.
      next = await prepare(config, buffers, use, weights.positions, bytes, () =>
        capturing(device, noMemory, () => uploadWeights(device, arrays, buffers, progress)),
      );
      if (options.prepare === 'all') await measuresOf(next, { weights: buffers, product: use });
    } catch (cause) {
      discard(next);
      buffers.destroy();
      throw cause;
    }
    unload();
    const isAnyHalf = arrays.some(({ entryBytes }) => entryBytes === 2);
    model = { config, weights: buffers, weightsAs: isAnyHalf ? 'f16 where exact' : 'f32', product: use };
    sized = next;
  }

  function unload(): void {
    discard(sized);
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

  /** Puts a picture, and its mask, where the forward pass reads them. @throws EngineError 'shape-mismatch' */
  function show({ config, sizes, picture }: Sized, image: Float32Array, hidden?: Uint8Array): void {
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

  /** Times groups of the forward pass's runs, each a pass of its own; null without a clock. */
  const timed = (
    image: Float32Array,
    hidden: Uint8Array | undefined,
    groupsOf: (one: Sized) => readonly (readonly Dispatch[])[],
  ): Promise<readonly number[] | null> =>
    inTurn(() =>
      orLost(async () => {
        const one = need();
        show(one, image, hidden);
        const groups = groupsOf(one);
        const clock = createGpuClock(device, groups.length);
        if (!clock) return null;
        try {
          const times = await clock.time(groups);
          hasRun = true;
          isMeasured = false;
          return times;
        } finally {
          clock.destroy();
        }
      }),
    );

  return {
    kind: 'webgpu',
    adapter,
    device,
    lost: device.lost,

    get weightBytes() {
      return model?.weights.bytes ?? 0;
    },

    get weightsAs() {
      return model?.weightsAs ?? null;
    },

    get product() {
      return model ? choice : null;
    },

    warm,

    load: (config, weights, progress) => inTurn(() => orLost(() => load(config, weights, progress))),

    resize: (config, positions) =>
      inTurn(() =>
        orLost(async () => {
          need();
          const { config: loaded, weights, product: use } = needModel();
          checkSameModel(loaded, config);
          checkSize(config, []);
          const next = await prepare(config, weights, use, positions, 0);
          discard(sized);
          sized = next;
          hasRun = false;
        }),
      ),

    estimate: (config) => pictureEstimate(config, device.limits, limit),

    run: (image, eps2, hidden, wanted: MeasureChoice = 'all') =>
      inTurn(async (): Promise<RunNumbers> => {
        const begin = performance.now();
        const one = need();
        const { sizes, layout, forward } = one;
        show(one, image, hidden);
        const measures = wanted === 'all' ? await orLost(() => measuresOf(one, needModel())) : null;
        measures?.setEps2(eps2);
        const values = measures
          ? await results([...forward, ...measures.once, ...measures.rates], layout.length)
          : await results(forward, layout.measures);
        hasRun = true;
        isMeasured = measures !== null;
        return {
          logits: values.slice(layout.logits, layout.logits + sizes.classes),
          layers: measures ? readLayers(values, layout, sizes) : [],
          ...(sizes.decoder ? { reconstruction: values.slice(layout.reconstruction, layout.measures) } : {}),
          ms: performance.now() - begin,
        };
      }),

    remeasure: (eps2) =>
      inTurn(async () => {
        const one = needRun();
        const { layout, sizes } = one;
        const measures = await orLost(() => measuresOf(one, needModel()));
        measures.setEps2(eps2);
        const values = await results([...(isMeasured ? [] : measures.once), ...measures.rates], layout.length);
        isMeasured = true;
        return readLayers(values, layout, sizes);
      }),

    profile: (image, { hidden, times = [] } = {}) =>
      timed(image, hidden, ({ forward }) => forward.map((step, i) => repeated([step], times[i]))).then(
        (ms) =>
          ms &&
          need().forward.map(({ name, part, layer, flops, bytes }, i) => {
            return { name, part, layer, flops, bytes, ms: (ms[i] ?? 0) / (times[i] ?? 1) };
          }),
      ),

    timePass: (image, times, hidden) =>
      timed(image, hidden, ({ forward }) => [repeated(forward, times)]).then((ms) => ms && (ms[0] ?? 0) / times),

    measureProduct: () =>
      inTurn(() =>
        orLost(async () => {
          choice = await measureChoice(gpu, options.product ?? 'auto', options.memory);
          choosing = Promise.resolve(choice);
          return choice;
        }),
      ),

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

/** So many times the same runs in the same order. */
const repeated = (runs: readonly Dispatch[], times = 1): readonly Dispatch[] =>
  Array.from({ length: times }, () => runs).flat();

/** Only the input size may change. */
function checkSameModel(loaded: CrateConfig, next: CrateConfig): void {
  const rest = (config: CrateConfig): string =>
    JSON.stringify(Object.entries({ ...config, imageSize: 0 }).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (rest(loaded) !== rest(next)) throw new RangeError('resize: only imageSize may differ from the loaded model');
}
