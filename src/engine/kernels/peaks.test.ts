// peak_flops and peak_bytes against their f64 twins, and one measurement of both roofs.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHAINS, fmaChains, laneSums, STEPS } from '../../math/probes.ts';
import type { Gpu } from '../device.ts';
import { openNodeGpu } from '../nodeGpu.ts';
import { measurePeaks } from '../peaks.ts';
import { peakBytes, peakFlops } from './index.ts';
import { EPSILON, randomFloats, runKernel, untouched } from './testKernel.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openNodeGpu();
});
afterAll(() => gpu?.device.destroy());

describe('peak_flops', () => {
  const run = (groups: number, WIDTH: number, params: { rounds: number; a: number; b: number }) =>
    runKernel(gpu.device, peakFlops, {
      params,
      reads: {},
      writes: { out: untouched(groups * WIDTH) },
      groups: [groups, 1, 1],
      constants: { WIDTH },
    });

  test.each([
    { groups: 1, WIDTH: 32, rounds: 0 },
    { groups: 3, WIDTH: 64, rounds: 1 },
    { groups: 2, WIDTH: 64, rounds: 256 },
  ])('$groups × $WIDTH, $rounds rounds that count: to the bit', async ({ groups, WIDTH, rounds }) => {
    const { out } = await run(groups, WIDTH, { rounds, a: 1, b: 1 });
    expect(out).toEqual(Float32Array.from(fmaChains(groups * WIDTH, rounds, 1, 1)));
  });

  test('chains that shrink: each step rounds by half a unit of what it gives', async () => {
    const [rounds, a, b] = [7, 0.75, 0.3];
    const expected = fmaChains(64, rounds, a, Math.fround(b));
    const { out } = await run(1, 64, { rounds, a, b });
    // Errors shrink by a at each step, fused or not: Σ aᵏ · 2 · ½ ε · max|x| ≤ 4 ε · 30 a chain.
    out.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(CHAINS * STEPS * 30 * EPSILON);
    });
  });
});

describe('peak_bytes', () => {
  test.each([
    { groups: 1, WIDTH: 32, perGroup: 128 },
    { groups: 3, WIDTH: 64, perGroup: 512 },
    { groups: 2, WIDTH: 128, perGroup: 512 },
  ])('$groups parts of $perGroup by $WIDTH', async ({ groups, WIDTH, perGroup }) => {
    const X = randomFloats(4 * groups * perGroup, groups);
    const { sums } = await runKernel(gpu.device, peakBytes, {
      params: { per_group: perGroup },
      reads: { X },
      writes: { sums: untouched(groups * WIDTH) },
      groups: [groups, 1, 1],
      constants: { WIDTH },
    });
    const expected = laneSums(X, groups, WIDTH, perGroup);
    const k = (4 * perGroup) / WIDTH;
    expect(sums).toHaveLength(expected.length);
    sums.forEach((sum, i) => {
      expect(Math.abs(sum - (expected[i] as number))).toBeLessThanOrEqual(k * EPSILON * 4 * k);
    });
  });
});

describe('measurePeaks', () => {
  test('both roofs of this device, their results checked', async () => {
    const peaks = await measurePeaks(gpu);
    expect(peaks.gflops).toBeGreaterThan(0.1);
    expect(peaks.gbytes).toBeGreaterThan(0.1);
    expect(peaks.bytes).toBe(128 * 2 ** 20);
  });

  test('a device that leaves work out is found out', async () => {
    const lazy = await openNodeGpu();
    const { createCommandEncoder } = lazy.device;
    lazy.device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder.call(lazy.device, descriptor);
      const { beginComputePass } = encoder;
      encoder.beginComputePass = (pass) => {
        const begun = beginComputePass.call(encoder, pass);
        begun.dispatchWorkgroups = () => undefined;
        return begun;
      };
      return encoder;
    };
    await expect(measurePeaks(lazy)).rejects.toThrow(/^The kernel that measures arithmetic gave 0 in place of \d+/);
    lazy.device.destroy();
  });

  test('stops when told', async () => {
    await expect(measurePeaks(gpu, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
