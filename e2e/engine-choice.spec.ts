// What computes: the page chooses, says why, and the link can decide. The tests' WebGPU is a program, where the CPU engine is faster.

import { expect, test } from '@playwright/test';
import { exportTrace, gotIt, live, openLive, predictions, status } from './page.ts';

test('where WebGPU is a program, the faster CPU engine computes and the page says so; the numbers are the same', async ({
  page,
}) => {
  await openLive(page);
  await live(page, /Live WebGPU on .+, f32, /);
  const onWebGpu = await exportTrace(page);
  const before = await predictions(page);

  await page.goto('./');
  await expect(status(page).getByRole('status')).toHaveText(
    /^WebGPU is itself computed by the processor in this browser/,
  );
  // It is on.
  await expect(status(page).getByRole('button', { name: 'How to turn it on' })).toHaveCount(0);
  await gotIt(page);
  await live(page, /Live CPU, float32, WebAssembly SIMD(, \d threads)?, [\d.,]+\s(ms|s) a picture$/);
  expect(await predictions(page)).toEqual(before);
  const byWasm = await exportTrace(page);
  expect(byWasm.engine).toMatchObject({
    kind: 'cpu',
    adapter: expect.stringMatching(/^CPU, float32, WebAssembly SIMD/),
  });
  byWasm.logits.forEach((logit, i) => {
    expect(Math.abs(logit - (onWebGpu.logits[i] ?? Number.NaN))).toBeLessThan(1e-4);
  });

  await test.step('float64, when the link says so', async () => {
    await page.goto('./?engine=cpu');
    await gotIt(page);
    await live(page, /Live CPU, float64, /);
    expect(await predictions(page)).toEqual(before);
  });
});
