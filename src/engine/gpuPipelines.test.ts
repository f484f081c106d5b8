// What is chosen from an adapter's limits, and that pipelines are compiled once a device.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choleskyShape, chooseSsa } from './gpuPipelines.ts';
import { kernelOn } from './kernelOn.ts';
import { poolTokens } from './kernels/index.ts';
import { openNodeGpu } from './nodeGpu.ts';

/** WebGPU's guaranteed 16 KiB. */
const SMALL = { maxComputeWorkgroupStorageSize: 16384 };
const LARGE = { maxComputeWorkgroupStorageSize: 49152 };

describe('chooseSsa', () => {
  test.each([
    [1, 64, 'ssa', 16],
    [197, 64, 'ssa', 16],
    [252, 64, 'ssa', 16],
    [253, 64, 'ssa', 8],
    [504, 64, 'ssa', 8],
    [505, 64, 'ssa_online', 16],
    [4097, 64, 'ssa_online', 16],
    [4097, 128, 'ssa_online', 16],
    [4097, 192, 'ssa_online', 8],
    [4097, 1024, 'ssa_online', 2],
    [4097, 2048, 'ssa_online', 1],
  ])('%i tokens, heads %i wide, in 16 KiB: %s with %i rows', (n, p, kernel, rows) => {
    expect(chooseSsa(n, p, SMALL)).toEqual({ kernel, rows });
  });

  test('what is chosen fits: scores, sums, factors, lanes', () => {
    for (const p of [1, 63, 64, 127, 128, 500, 3000]) {
      const choice = chooseSsa(5000, p, SMALL);
      expect(((choice?.rows ?? 99) * (64 + p + 1) + 64) * 4).toBeLessThanOrEqual(16384);
    }
    expect(chooseSsa(5000, 4096, SMALL)).toBeNull();
  });

  test('more memory keeps more rows whole', () => {
    expect(chooseSsa(577, 64, LARGE)).toEqual({ kernel: 'ssa', rows: 16 });
    expect(chooseSsa(1025, 64, LARGE)).toEqual({ kernel: 'ssa', rows: 8 });
    expect(chooseSsa(4097, 64, LARGE)).toEqual({ kernel: 'ssa_online', rows: 16 });
  });
});

test('a matrix an invocation on a processor, an invocation for every eight rows on a GPU, up to 32', () => {
  expect(choleskyShape(200, true)).toEqual({ WIDTH: 4, LANES: 1 });
  const lanes = [8, 32, 40, 48, 72, 80, 200, 600].map((m) => choleskyShape(m, false).LANES);
  expect(lanes).toEqual([4, 4, 4, 8, 8, 16, 32, 32]);
});

describe('kernelOn', () => {
  const devices: GPUDevice[] = [];
  beforeAll(async () => {
    for (let i = 0; i < 2; i++) devices.push((await openNodeGpu()).device);
  });
  afterAll(() => {
    for (const device of devices) device.destroy();
  });

  test('compiles once a device and set of constants', async () => {
    const [first, second] = devices;
    if (!first || !second) throw new Error('no device');
    const kernel = await kernelOn(first, poolTokens, { MEAN: 1 });
    expect(await kernelOn(first, poolTokens, { MEAN: 1 })).toBe(kernel);
    expect(await kernelOn(first, poolTokens, { MEAN: 0 })).not.toBe(kernel);
    expect(await kernelOn(second, poolTokens, { MEAN: 1 })).not.toBe(kernel);
  });
});
