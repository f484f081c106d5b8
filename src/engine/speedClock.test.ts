// What a clock's ticks become: times of single runs and roofs, by a clock on which every run takes half a millisecond.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CHAINS, STEPS } from '../math/probes.ts';
import { loadCase } from '../model/fixtures/golden.ts';
import { createGpuEngine, type GpuEngine } from './gpuEngine.ts';
import type { Dispatch } from './kernel.ts';
import { peakBytes, peakFlops } from './kernels/index.ts';
import { openNodeGpu } from './nodeGpu.ts';
import { measurePeaks } from './peaks.ts';

const EACH = 0.5;

vi.mock('./gpuClock.ts', () => ({
  // It runs what it times: the roofs look at what was computed.
  createGpuClock: (device: GPUDevice) => ({
    async time(groups: readonly (readonly Dispatch[])[]) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const runs of groups) runs[0]?.encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      return groups.map((runs) => runs.length * EACH);
    },
    destroy: () => undefined,
  }),
}));

let gpu: Awaited<ReturnType<typeof openNodeGpu>>;
let engine: GpuEngine;
beforeAll(async () => {
  gpu = await openNodeGpu();
  engine = createGpuEngine(gpu);
});
afterAll(() => engine?.dispose());

test('a run that is repeated is timed as one, and so is the pass', async () => {
  const { config, weights, images } = loadCase('crate_micro');
  const image = images[0] ?? new Float32Array(0);
  await engine.load(config, weights);
  const once = (await engine.profile(image))?.map(({ ms }) => ms) ?? [];
  expect(once).toEqual(once.map(() => EACH));
  const times = once.map((_, i) => 1 + (i % 5));
  expect((await engine.profile(image, { times }))?.map(({ ms }) => ms)).toEqual(once);
  expect(await engine.timePass(image, 7)).toBe(EACH * once.length);
});

test('the roofs: operations and bytes of a run, by its time', async () => {
  const { gflops, gbytes, bytes } = await measurePeaks(gpu);
  // A software adapter: 64 workgroups, 256 rounds of STEPS multiply-adds in each chain.
  const flops = 2 * CHAINS * STEPS * 256 * 64 * peakFlops.constants.WIDTH;
  expect(gflops).toBeCloseTo(flops / (EACH / 1000) / 1e9, 9);
  // What is read, and a sum an invocation of 1024 workgroups.
  expect(gbytes).toBeCloseTo((bytes + 4 * 1024 * peakBytes.constants.WIDTH) / (EACH / 1000) / 1e9, 9);
  expect(bytes).toBe(128 * 2 ** 20);
});
