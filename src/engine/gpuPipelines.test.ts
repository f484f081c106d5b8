// What is chosen from an adapter's limits, and that pipelines are compiled once a device.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseSsaRows, fitsWorkgroup, kernelOn } from './gpuPipelines.ts';
import { poolTokens } from './kernels/index.ts';
import { openNodeGpu } from './nodeGpu.ts';

/** WebGPU's guaranteed 16 KiB. */
const SMALL = { maxComputeWorkgroupStorageSize: 16384 };
const LARGE = { maxComputeWorkgroupStorageSize: 49152 };

describe('chooseSsaRows', () => {
  test.each([
    [1, 8],
    [65, 8],
    [197, 8],
    [511, 8],
    [512, 4],
    [1023, 4],
    [1024, 2],
    [2047, 2],
    [2048, 1],
    [4095, 1],
    [4096, 0],
  ])('%i tokens in 16 KiB: %i rows', (n, rows) => {
    expect(chooseSsaRows(n, SMALL)).toBe(rows);
  });

  test('more memory keeps more rows', () => {
    expect(chooseSsaRows(1025, LARGE)).toBe(8);
    expect(chooseSsaRows(4096, LARGE)).toBe(2);
  });
});

describe('fitsWorkgroup', () => {
  test.each([
    [1, true],
    [64, true],
    [90, true],
    [91, false],
    [384, false],
  ])('a triangle of side %i in 16 KiB: %s', (m, fits) => {
    expect(fitsWorkgroup(m, SMALL)).toBe(fits);
  });

  test('more memory takes larger triangles', () => {
    expect(fitsWorkgroup(156, LARGE)).toBe(true);
    expect(fitsWorkgroup(157, LARGE)).toBe(false);
  });
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
