// The WebGPU engine: one model's weights and one picture's intermediates live on the GPU. A picture costs one submit and one
// read-back (logits and every measure); a view's tensor is read when it asks.

import type { CrateConfig } from '../model/config.ts';
import type { LayerTrace, Place, RawUnit, RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import type { Gpu } from './device.ts';
import { type Engine, EngineError } from './engine.ts';
import {
  type ActivationName,
  createBuffers,
  dropPadding,
  type ModelBuffers,
  type ResultLayout,
  resultLayout,
  type Sizes,
  sizesOf,
} from './gpuBuffers.ts';
import { chooseSsaRows, compilePipelines, kernelOn, type Pipelines } from './gpuPipelines.ts';
import { type Plan, planModel } from './gpuPlan.ts';
import { type Dispatch, USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ, USAGE_STORAGE } from './kernel.ts';
import * as kernels from './kernels/index.ts';

interface Loaded {
  readonly config: CrateConfig;
  readonly sizes: Sizes;
  readonly layout: ResultLayout;
  readonly buffers: ModelBuffers;
  readonly pipelines: Pipelines;
  readonly plan: Plan;
  readonly staging: GPUBuffer;
}

export interface GpuEngine extends Engine {
  readonly kind: 'webgpu';
  /** Resolves when the device is gone; never rejects. */
  readonly lost: Promise<GPUDeviceLostInfo>;
  readonly device: GPUDevice;
}

/** Wraps an opened device (device.ts). The engine owns it: `dispose` destroys it. */
export function createGpuEngine({ device, adapter }: Gpu): GpuEngine {
  let loaded: Loaded | null = null;
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

  const lost = (options?: ErrorOptions): EngineError =>
    new EngineError('device-lost', 'The GPU device was lost.', options);

  /** Whether the device is gone. A failing command and `device.lost` report a loss in either order, so it waits a little. */
  const isGone = (): Promise<boolean> =>
    Promise.race([device.lost.then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 50, false))]);

  function need(): Loaded {
    if (isLost) throw lost();
    if (!loaded) throw new EngineError('not-loaded', 'No model is loaded.');
    return loaded;
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
    const { buffers, layout, staging } = need();
    const bytes = layout.length * 4;
    submit(dispatches, (encoder) => encoder.copyBufferToBuffer(buffers.activations.results, 0, staging, 0, bytes));
    return mapped(staging, bytes);
  }

  async function readRange(buffer: GPUBuffer, first: number, length: number, before: readonly Dispatch[] = []) {
    const staging = device.createBuffer({ label: 'read', size: length * 4, usage: USAGE_MAP_READ | USAGE_COPY_DST });
    try {
      submit(before, (encoder) => encoder.copyBufferToBuffer(buffer, first * 4, staging, 0, length * 4));
      return await mapped(staging, length * 4);
    } finally {
      staging.destroy();
    }
  }

  /** S or A of one layer, K × n × n, computed now. */
  async function attention(layer: number, softmax: 0 | 1): Promise<Float32Array> {
    const { sizes, pipelines, buffers } = need();
    const { n, p, K, ldInner } = sizes;
    const kernel = softmax ? pipelines.attention : await kernelOn(device, kernels.attention, { SOFTMAX: 0 });
    const A = device.createBuffer({ label: 'A', size: K * n * n * 4, usage: USAGE_STORAGE | USAGE_COPY_SRC });
    try {
      const zu = layer * n * ldInner;
      const dispatch = kernel.dispatch(
        { n, p, ld: ldInner, first_row: 0, rows: n, zu_offset: zu, zu_stride: 0, a_offset: 0 },
        { ZU: buffers.activations.ZU, A },
        [n, K, 1],
      );
      return await readRange(A, 0, K * n * n, [dispatch]);
    } finally {
      A.destroy();
    }
  }

  async function read(name: TensorName, layer: number): Promise<Float32Array> {
    const { sizes, buffers } = need();
    const { n, d, inner, patch, L, ldD, ldInner, ldPatch } = sizes;
    if (!hasRun) throw new EngineError('not-loaded', 'No picture has been run yet.');
    if (layer < 0 || layer >= L) throw new RangeError(`invalid layer: ${layer}`);
    if (name === 'S' || name === 'A') return attention(layer, name === 'A' ? 1 : 0);
    if (name === 'Z' && layer > 0) return read('Z_next', layer - 1);
    if (name === 'patches')
      return dropPadding(await readRange(buffers.activations.patches, 0, (n - 1) * ldPatch), n - 1, patch, ldPatch);
    if (name === 'Z' || name === 'tokens')
      return dropPadding(await readRange(buffers.activations.tokens, 0, n * ldD), n, d, ldD);
    const isProjected = name === 'ZU' || name === 'ZU_half' || name === 'ZU_next' || name === 'heads';
    const [columns, ld] = isProjected ? [inner, ldInner] : [d, ldD];
    const buffer = buffers.activations[name satisfies ActivationName];
    return dropPadding(await readRange(buffer, layer * n * ld, n * ld), n, columns, ld);
  }

  async function prepare(config: CrateConfig, weights: CrateWeights): Promise<Loaded> {
    const sizes = sizesOf(config);
    const ssaRows = chooseSsaRows(sizes.n, device.limits);
    if (ssaRows === 0) {
      throw new EngineError('limit-exceeded', `${sizes.n} tokens are more than this adapter's workgroup memory holds.`);
    }
    const pipelines = await compilePipelines(device, config, ssaRows);
    const buffers = await createBuffers(device, config, weights);
    const layout = resultLayout(sizes);
    const staging = device.createBuffer({
      label: 'results',
      size: layout.length * 4,
      usage: USAGE_MAP_READ | USAGE_COPY_DST,
    });
    return { config, sizes, layout, buffers, pipelines, plan: planModel(config, pipelines, buffers), staging };
  }

  function unload(): void {
    loaded?.buffers.destroy();
    loaded?.staging.destroy();
    loaded = null;
    hasRun = false;
  }

  return {
    kind: 'webgpu',
    adapter,
    device,
    lost: device.lost,

    load: (config: CrateConfig, weights: CrateWeights) =>
      inTurn(async () => {
        let next: Loaded;
        try {
          next = await prepare(config, weights);
        } catch (cause) {
          if (await isGone()) throw lost({ cause });
          throw cause;
        }
        // On a lost device everything above succeeds without doing anything.
        if (isLost) throw lost();
        unload();
        loaded = next;
      }),

    run: (image: Float32Array, eps2: number) =>
      inTurn(async (): Promise<RunNumbers> => {
        const begin = performance.now();
        const { config, sizes, layout, buffers, plan } = need();
        const expected = 3 * config.imageSize ** 2;
        if (image.length !== expected) {
          throw new EngineError(
            'shape-mismatch',
            `The picture holds ${image.length} values, the model takes 3×${config.imageSize}×${config.imageSize} = ${expected}.`,
          );
        }
        device.queue.writeBuffer(
          buffers.activations.image,
          0,
          image.buffer as ArrayBuffer,
          image.byteOffset,
          image.byteLength,
        );
        plan.setEps2(eps2);
        const values = await results([...plan.forward, ...plan.measureOnce, ...plan.measureRates]);
        hasRun = true;
        return {
          logits: values.slice(layout.logits, layout.logits + sizes.classes),
          layers: readLayers(values, layout, sizes),
          ms: performance.now() - begin,
        };
      }),

    remeasure: (eps2: number) =>
      inTurn(async () => {
        const { layout, sizes, plan } = need();
        if (!hasRun) throw new EngineError('not-loaded', 'No picture has been run yet.');
        plan.setEps2(eps2);
        return readLayers(await results(plan.measureRates), layout, sizes);
      }),

    read: (name, layer) => inTurn(() => read(name, layer)),

    dispose: () => {
      unload();
      device.destroy();
    },
  };
}

const PLACES: readonly Place[] = ['input', 'half', 'output'];

/** The one read-back as plain numbers, a record a layer. */
function readLayers(values: Float32Array, layout: ResultLayout, { L, K, n, d }: Sizes): readonly LayerTrace[] {
  const take = (first: number, length: number): number[] => Array.from(values.subarray(first, first + length));
  const one = (at: number): number => values[at] as number;
  return Array.from({ length: L }, (_, l): LayerTrace => {
    const heads = (place: number): RawUnit<readonly number[]> => {
      const at = layout.headRates + (place * L + l) * 2 * K;
      return { raw: take(at, K), unit: take(at + K, K) };
    };
    const all = (place: number): RawUnit => {
      const at = layout.allRates + (place * L + l) * 2;
      return { raw: one(at), unit: one(at + 1) };
    };
    const byPlace = <T>(of: (place: number) => T): Record<Place, T> =>
      Object.fromEntries(PLACES.map((place, i) => [place, of(i)])) as Record<Place, T>;
    return {
      index: l + 1,
      R: byPlace(all),
      Rc: byPlace(heads),
      nonzero: {
        half: one(layout.sparsityHalf + 2 * l) / (n * d),
        output: one(layout.sparsityNext + 2 * l) / (n * d),
      },
      l1: one(layout.sparsityNext + 2 * l + 1),
      attention: { cls: Array.from({ length: K }, (_, k) => take(layout.clsRows + (l * K + k) * n, n)) },
    };
  });
}
