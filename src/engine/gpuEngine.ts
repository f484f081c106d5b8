// The WebGPU engine: one model's weights and one picture's intermediates live on the GPU. A picture costs one submit and one
// read-back (logits and every measure); a view's tensor is read when it asks.

import type { CrateConfig } from '../model/config.ts';
import type { RunNumbers } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import { chooseProduct, measureChoice, type ProductChoice, type ProductMemory } from './chooseProduct.ts';
import type { Gpu } from './device.ts';
import { type Engine, EngineError, type LoadProgress, type MeasureChoice } from './engine.ts';
import { allocate, bindingLimit, capturing, mib, sliceOf, totalBytes } from './gpuBuffers.ts';
import { createGpuClock } from './gpuClock.ts';
import { createCommands } from './gpuCommands.ts';
import {
  checkSameModel,
  checkSize,
  chooseHalves,
  discard,
  type HalvesChoice,
  type Model,
  measuresOf,
  type Place,
  prepare,
  type Sized,
  show,
  type WeightsAs,
} from './gpuModel.ts';
import { pictureEstimate } from './gpuPicture.ts';
import { compileMeasures, compilePipelines, expectedWeights } from './gpuPipelines.ts';
import type { Part } from './gpuPlan.ts';
import { type Readable, readAttention, readTensor } from './gpuRead.ts';
import { readLayers } from './gpuResults.ts';
import { uploadWeights } from './gpuWeights.ts';
import { readsHalvesExactly } from './halfSelfTest.ts';
import type { Dispatch, Work } from './kernel.ts';
import type { ProductKernel } from './productKernel.ts';

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
  /** Measures the product kernels; the loaded model keeps the one it has until it is loaded again. */
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
  readonly halves?: HalvesChoice;
  /** The product kernel; 'auto', the default, measures once a device, unless it is software. */
  readonly product?: ProductKernel | 'auto';
  /** Where measured speeds are kept between visits. */
  readonly memory?: ProductMemory;
  /** What `load` compiles: the kernels of the measures too, without waiting for them, or, the default, those when first asked for. */
  readonly prepare?: 'forward' | 'all';
}

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
  const place: Place = { device, limit, isSoftware };
  const commands = createCommands(device);
  const { inTurn, orLost, checkLost, submit, mapped } = commands;

  function need(): Sized {
    checkLost();
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

  const readable = (): Readable => ({ commands, sized: needRun(), model: needModel(), limit });

  /** The first `length` results after the dispatches. */
  async function results(dispatches: readonly Dispatch[], length: number): Promise<Float32Array> {
    const { picture, staging } = need();
    const bytes = length * 4;
    const { buffer } = sliceOf(picture.stack('results'));
    submit(dispatches, (encoder) => encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes));
    return mapped(staging, bytes);
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
    const arrays = await chooseHalves(place, options.halves ?? 'auto', config, weights);
    checkSize(place, config, arrays);
    const bytes = totalBytes(arrays);
    const all = bytes + pictureEstimate(config, device.limits, limit).bytes;
    const noMemory = `The model needs ${mib(all)} of GPU memory, more than there is.`;
    const use = await chosen();
    const buffers = await allocate(device, arrays, limit, noMemory);
    let next: Sized | null = null;
    try {
      // Forming what follows from the weights takes about as long as compiling.
      next = await prepare(place, config, buffers, use, weights.positions, bytes, () => {
        // After the kernels of the forward pass; the first picture waits for them and tells what fails.
        if (options.prepare === 'all') void compileMeasures(device, config, buffers, use).catch(() => undefined);
        return capturing(device, noMemory, () => uploadWeights(device, arrays, buffers, progress));
      });
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

  /** Times groups of the forward pass's runs, each a pass of its own; null without a clock. */
  const timed = (
    image: Float32Array,
    hidden: Uint8Array | undefined,
    groupsOf: (one: Sized) => readonly (readonly Dispatch[])[],
  ): Promise<readonly number[] | null> =>
    inTurn(() =>
      orLost(async () => {
        const one = need();
        show(device, one, image, hidden);
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
          checkSize(place, config, []);
          const next = await prepare(place, config, weights, use, positions, 0);
          discard(sized);
          sized = next;
          hasRun = false;
        }),
      ),

    estimate: (config) => pictureEstimate(config, device.limits, limit),

    run: (image, eps2, hidden, wanted: MeasureChoice = 'all') =>
      inTurn(async (): Promise<RunNumbers> => {
        const one = need();
        const { sizes, layout, forward } = one;
        const measures = wanted === 'all' ? await orLost(() => measuresOf(place, one, needModel())) : null;
        // What is compiled for the first picture is no part of its time.
        const begin = performance.now();
        show(device, one, image, hidden);
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
        const measures = await orLost(() => measuresOf(place, one, needModel()));
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

    read: (name, layer) => inTurn(async () => readTensor(readable(), name, layer)),

    attentionRow: (layer, token) =>
      inTurn(async () => {
        const from = readable();
        const { sizes } = from.sized;
        if (!(Number.isInteger(token) && token >= 0 && token < sizes.n))
          throw new RangeError(`invalid token: ${token}`);
        return readAttention(from, layer, 1, { first: token, rows: 1 });
      }),

    dispose: () => {
      unload();
      device.destroy();
    },
  };
}

/** So many times the same runs in the same order. */
const repeated = (runs: readonly Dispatch[], times = 1): readonly Dispatch[] =>
  Array.from({ length: times }, () => runs).flat();
