// The two roofs of a roofline, measured: multiply-adds in registers, and reading what no cache holds.

import { CHAINS, STEPS } from '../math/probes.ts';
import type { Peaks } from '../model/speed.ts';
import type { Gpu } from './device.ts';
import { EngineError } from './engine.ts';
import { bindingLimit, capturing, mib } from './gpuBuffers.ts';
import { bestMs, createTimer } from './gpuTimer.ts';
import { type Dispatch, USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ, USAGE_STORAGE } from './kernel.ts';
import { kernelOn } from './kernelOn.ts';
import { peakBytes, peakFlops } from './kernels/index.ts';

/** Rounds of each; a roof is the best of them. */
const ROUNDS = 5;

const MIB = 2 ** 20;

/** Bytes read, the most first: beyond the last-level caches that are known; less where memory or a limit forbids it. */
const SIZES = [256 * MIB, 128 * MIB, 64 * MIB, 32 * MIB];

/**
 * Measures both roofs. `signal` stops it between two rounds.
 * @throws EngineError 'out-of-memory', 'forward-failed' when a result is not what the kernel should have computed
 */
export async function measurePeaks(gpu: Pick<Gpu, 'device' | 'isSoftware'>, signal?: AbortSignal): Promise<Peaks> {
  const gflops = await measureFlops(gpu, signal);
  const limit = bindingLimit(gpu.device.limits);
  // A device that binds less than a gigabyte has little memory, and a processor reads slowly.
  const most = gpu.isSoftware || limit < 1024 * MIB ? 128 * MIB : limit;
  const sizes = SIZES.filter((size) => size <= Math.min(limit, most));
  for (const bytes of sizes) {
    try {
      return { gflops, gbytes: await measureBytes(gpu.device, bytes, signal), bytes };
    } catch (error) {
      const isMemory = error instanceof EngineError && error.code === 'out-of-memory';
      if (!isMemory || bytes === sizes.at(-1)) throw error;
    }
  }
  throw new EngineError('limit-exceeded', `Reading needs ${mib(32 * MIB)} in one buffer; this adapter binds less.`);
}

/** GFLOP/s. */
async function measureFlops({ device, isSoftware }: Pick<Gpu, 'device' | 'isSoftware'>, signal?: AbortSignal) {
  const kernel = await kernelOn(device, peakFlops);
  const groups = isSoftware ? 64 : 4096;
  const rounds = 256;
  const count = groups * peakFlops.constants.WIDTH;
  return capturing(device, 'The GPU has no memory left to measure its speed in.', async () => {
    const out = device.createBuffer({ label: 'out', size: 4 * count, usage: USAGE_STORAGE | USAGE_COPY_SRC });
    // With a = b = 1 a chain counts its steps, which f32 does exactly.
    const dispatch = kernel.dispatch({ rounds, a: 1, b: 1 }, { out }, [groups, 1, 1]);
    try {
      const ms = await dispatchMs(device, dispatch, signal);
      const chain = (i: number): number => CHAINS * ((i % 16) + STEPS * rounds) + (CHAINS * (CHAINS - 1)) / 2;
      await check(device, out, count, chain);
      return (2 * CHAINS * STEPS * rounds * count) / ms / 1e6;
    } finally {
      dispatch.destroy();
      out.destroy();
    }
  });
}

/** GB/s. */
async function measureBytes(device: GPUDevice, bytes: number, signal?: AbortSignal): Promise<number> {
  const { WIDTH } = peakBytes.constants;
  const kernel = await kernelOn(device, peakBytes);
  const groups = 1024;
  const perGroup = bytes / 16 / groups;
  return capturing(device, `Reading ${mib(bytes)} needs more GPU memory than there is.`, async () => {
    const X = device.createBuffer({ label: 'X', size: bytes, usage: USAGE_STORAGE | USAGE_COPY_DST });
    const size = 4 * groups * WIDTH;
    const sums = device.createBuffer({ label: 'sums', size, usage: USAGE_STORAGE | USAGE_COPY_SRC });
    const dispatch = kernel.dispatch({ per_group: perGroup }, { X, sums }, [groups, 1, 1]);
    try {
      const ones = new Float32Array((8 * MIB) / 4).fill(1);
      for (let at = 0; at < bytes; at += ones.byteLength) device.queue.writeBuffer(X, at, ones);
      const ms = await dispatchMs(device, dispatch, signal);
      await check(device, sums, groups * WIDTH, () => (4 * perGroup) / WIDTH);
      return (bytes + size) / ms / 1e6;
    } finally {
      dispatch.destroy();
      X.destroy();
      sums.destroy();
    }
  });
}

async function dispatchMs(device: GPUDevice, dispatch: Dispatch, signal?: AbortSignal): Promise<number> {
  const timer = createTimer(device);
  try {
    return await bestMs(timer, dispatch, { rounds: ROUNDS, signal });
  } finally {
    timer.destroy();
  }
}

/** @throws EngineError 'forward-failed' */
async function check(device: GPUDevice, buffer: GPUBuffer, count: number, expected: (i: number) => number) {
  const size = 4 * count;
  const staging = device.createBuffer({ label: 'check', size, usage: USAGE_MAP_READ | USAGE_COPY_DST });
  try {
    const encoder = device.createCommandEncoder({ label: 'check' });
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const values = new Float32Array(staging.getMappedRange());
    const wrong = values.findIndex((value, i) => value !== expected(i));
    if (wrong < 0) return;
    const found = values[wrong];
    throw new EngineError(
      'forward-failed',
      `The kernel that measures ${buffer.label === 'out' ? 'arithmetic' : 'memory'} gave ${found} in place of ${expected(wrong)}, so its time means nothing.`,
    );
  } finally {
    staging.destroy();
  }
}
