// What is compiled while weights are still on their way is all that a load and a first picture need.

import { expect, test } from 'vitest';
import { type CrateConfig, tokenCount } from '../model/config.ts';
import type { Gpu } from './device.ts';
import { createGpuEngine } from './gpuEngine.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { openNodeGpu } from './nodeGpu.ts';
import { randomWeights } from './testWeights.ts';

const CRATE: CrateConfig = {
  kind: 'crate',
  imageSize: 9,
  patchSize: 3,
  classes: 7,
  d: 48,
  L: 2,
  K: 3,
  p: 16,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const KINDS = {
  CRATE,
  'the segmentation demo': { ...CRATE, pool: 'mean', headWidth: 30 },
  'CRATE-α': { ...CRATE, kind: 'crate-alpha', atoms: 90 },
  'CRATE-MAE': { ...CRATE, kind: 'crate-mae', classes: 0, decoder: { L: 2, K: 3, p: 10 } },
} satisfies Record<string, CrateConfig>;

/** Counts the pipelines that a device is asked for. */
async function counted(): Promise<{ readonly gpu: Gpu; readonly made: () => number }> {
  const gpu = await openNodeGpu();
  let count = 0;
  const compile = gpu.device.createComputePipelineAsync.bind(gpu.device);
  gpu.device.createComputePipelineAsync = (descriptor) => {
    count++;
    return compile(descriptor);
  };
  return { gpu, made: () => count };
}

test.each(Object.entries(KINDS))('%s: load and picture find their kernels compiled', async (_, config: CrateConfig) => {
  const { gpu, made } = await counted();
  const engine = createGpuEngine(gpu, { prepare: 'all' });
  await engine.warm(config, false);
  const warmed = made();
  expect(warmed).toBeGreaterThan(8);
  await engine.load(config, randomWeights(config, 3));
  const hidden = config.decoder ? new Uint8Array(tokenCount(config) - 1) : undefined;
  await engine.run(randomFloats(3 * config.imageSize ** 2, 5), 0.01, hidden);
  expect(made()).toBe(warmed);
  engine.dispose();
});

test('a guess that was wrong costs nothing but itself', async () => {
  const { gpu, made } = await counted();
  const engine = createGpuEngine(gpu, { prepare: 'all' });
  const image = randomFloats(3 * CRATE.imageSize ** 2, 5);
  await engine.load(CRATE, randomWeights(CRATE, 3));
  const { logits } = await engine.run(image, 0.01);
  await engine.warm(KINDS['CRATE-α'], true);
  const warmed = made();
  expect((await engine.run(image, 0.01)).logits).toEqual(logits);
  await engine.load(CRATE, randomWeights(CRATE, 3));
  expect((await engine.run(image, 0.01)).logits).toEqual(logits);
  expect(made()).toBe(warmed);
  engine.dispose();
});
