// Which of the two product kernels a device takes: measured once, on two shapes, and remembered by the adapter's name.

import type { Gpu } from './device.ts';
import { capturing } from './gpuBuffers.ts';
import { createGpuClock } from './gpuClock.ts';
import { type Dispatch, USAGE_STORAGE } from './kernel.ts';
import { PLAIN_PRODUCT, type ProductKernel, type ProductUse, productOn } from './productKernel.ts';

/** GFLOP/s of each, over the measured shapes together. */
export type ProductSpeeds = Readonly<Record<ProductKernel, number>>;

export interface ProductChoice extends ProductUse {
  /** null where nothing was measured. */
  readonly gflops: ProductSpeeds | null;
  /** A sentence for people. */
  readonly why: string;
}

/** Where a page keeps measured speeds between visits. Whatever it cannot do is done without. */
export interface ProductMemory {
  get(adapter: string): ProductSpeeds | null;
  set(adapter: string, speeds: ProductSpeeds): void;
}

/** rows × depth × cols of CRATE-S at 224 px, and of the shipped model. */
const SHAPES = [
  [197, 576, 576],
  [65, 192, 192],
] as const;

/** Milliseconds of a measurement, about. */
const ROUND_MS = 3;

const measured = new Map<string, ProductSpeeds>();

const isSpeeds = (value: ProductSpeeds | null | undefined): value is ProductSpeeds =>
  value != null && value.register > 0 && value.tile > 0;

function fastest(gflops: ProductSpeeds, when: string): Omit<ProductChoice, 'isSoftware'> {
  const kernel = gflops.tile > gflops.register ? 'tile' : 'register';
  const [more, less] = kernel === 'tile' ? ['tiles', 'register blocks'] : ['register blocks', 'tiles'];
  const ratio = (gflops[kernel] / gflops[kernel === 'tile' ? 'register' : 'tile']).toFixed(1);
  return { kernel, gflops, why: `${when}: ${more} are ${ratio} times as fast as ${less} here.` };
}

/** @throws EngineError 'shader-invalid', 'out-of-memory' */
export async function chooseProduct(
  gpu: Gpu,
  wanted: ProductKernel | 'auto',
  memory: ProductMemory | null = null,
): Promise<ProductChoice> {
  const { adapter, isSoftware } = gpu;
  if (wanted !== 'auto') {
    return { kernel: wanted, isSoftware, gflops: measured.get(adapter) ?? null, why: 'Asked for by name.' };
  }
  if (isSoftware) {
    return {
      kernel: 'register',
      isSoftware,
      gflops: null,
      why: 'A processor has no workgroup memory of its own to gain from.',
    };
  }
  const known = measured.get(adapter) ?? memory?.get(adapter);
  if (isSpeeds(known)) return { ...fastest(known, 'Measured before on this adapter'), isSoftware };
  const gflops = await measureProducts(gpu);
  measured.set(adapter, gflops);
  memory?.set(adapter, gflops);
  return { ...fastest(gflops, 'Measured just now'), isSoftware };
}

/** GFLOP/s of both kernels on this device. @throws EngineError 'shader-invalid', 'out-of-memory' */
export const measureProducts = (gpu: Gpu): Promise<ProductSpeeds> =>
  capturing(gpu.device, 'The GPU has no memory left to measure its kernels in.', async () => {
    const { isSoftware } = gpu;
    const register = await speedOf(gpu.device, { kernel: 'register', isSoftware });
    return { register, tile: await speedOf(gpu.device, { kernel: 'tile', isSoftware }) };
  });

/** GFLOP/s over all shapes, the best of some rounds each. */
async function speedOf(device: GPUDevice, use: ProductUse): Promise<number> {
  let flops = 0;
  let ms = 0;
  for (const shape of SHAPES) {
    flops += 2 * shape[0] * shape[1] * shape[2];
    ms += await bestMs(device, use, shape);
  }
  return flops / ms / 1e6;
}

async function bestMs(
  device: GPUDevice,
  use: ProductUse,
  [rows, depth, cols]: readonly [number, number, number],
): Promise<number> {
  const variant = { hasNorm: false, isTransposed: false, isHalf: false };
  const kernel = await productOn(device, use, variant, [rows, cols, 1]);
  const buffers = [rows * depth, cols * depth, rows * cols, 4].map((floats) =>
    device.createBuffer({ label: 'product test', size: floats * 4, usage: USAGE_STORAGE }),
  );
  const [A, B, C, none] = buffers as [GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer];
  const dispatch = kernel.dispatch(
    { ...PLAIN_PRODUCT, rows, cols, depth4: depth / 4, width: depth, ld_b4: depth / 4, ld_c: cols },
    { A, B, bias: none, residual: none, norm_weight: none, norm_bias: none, C },
    1,
  );
  const timer = createTimer(device);
  try {
    // Once to warm up, and to see how often a round shall be.
    const first = await timer.time(dispatch, 1);
    const times = Math.max(1, Math.min(50, Math.round(ROUND_MS / Math.max(first, 0.01))));
    let best = first;
    for (let round = 0; round < 3; round++) best = Math.min(best, (await timer.time(dispatch, times)) / times);
    return Math.max(best, 1e-6);
  } finally {
    timer.destroy();
    dispatch.destroy();
    for (const buffer of buffers) buffer.destroy();
  }
}

interface Timer {
  /** Milliseconds of a dispatch run `times` times in one pass. */
  time(dispatch: Dispatch, times: number): Promise<number>;
  destroy(): void;
}

/** By the device's own clock where it has one, else by ours around a submit. */
function createTimer(device: GPUDevice): Timer {
  const clock = createGpuClock(device, 1);
  const byDevice = async (dispatch: Dispatch, times: number): Promise<number> => {
    const [ms = 0] = (await clock?.time([Array.from({ length: times }, () => dispatch)])) ?? [];
    return ms;
  };
  const byUs = async (dispatch: Dispatch, times: number): Promise<number> => {
    const begin = performance.now();
    const encoder = device.createCommandEncoder({ label: 'product test' });
    const pass = encoder.beginComputePass();
    for (let i = 0; i < times; i++) dispatch.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begin;
  };
  return { time: clock ? byDevice : byUs, destroy: () => clock?.destroy() };
}
