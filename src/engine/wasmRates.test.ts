// The rates of the WebAssembly engine on the cases of the pure formula, as codingRate.test.ts has them.

import { beforeAll, expect, test } from 'vitest';
import { codingRates as reference } from '../model/codingRate.ts';
import { loadRates } from '../model/fixtures/golden.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { compileKernels, type KernelModule } from './wasm/kernels.ts';
import { createArena, createWasmMemory } from './wasmMemory.ts';
import { placeRates } from './wasmPicture.ts';
import { codingRates } from './wasmRates.ts';
import { ceil8, padRows } from './wasmSizes.ts';

let compiled: KernelModule;
beforeAll(async () => {
  compiled = await compileKernels();
});

/** Both rates of n rows of c. */
async function ratesOf(X: Float32Array, n: number, c: number, eps2: number) {
  const memory = createWasmMemory();
  const arena = createArena();
  const at = arena.take(n * ceil8(c));
  const scratch = placeRates({ n, d: c, p: c }, arena);
  memory.reserve(arena.end(), 'The test');
  padRows(X, n, c, memory.f32(at, n * ceil8(c)), ceil8(c));
  const kernels = await compiled.on(memory.memory);
  return codingRates({ kernels, memory, scratch, n, eps2 }, at, ceil8(c), c);
}

test.each(loadRates().rates)('R of the case $name', async ({ X, n, d, eps2, R }) => {
  const { raw } = await ratesOf(Float32Array.from(X), n, d, eps2);
  // As tight as the definition's own, singular values from 1e4 to 1e-4 among them: the Gram matrix is f64.
  expect(Math.abs(raw - R)).toBeLessThan(1e-8 * Math.max(1, R));
});

test.each([
  { n: 9, c: 50 },
  { n: 50, c: 9 },
  { n: 197, c: 48 },
])('raw and unit rates of $n rows of $c are the definitions’', async ({ n, c }) => {
  const X = randomFloats(n * c, 1);
  X.fill(0, c, 2 * c);
  const expected = reference(X, n, c, 0.01);
  const { raw, unit } = await ratesOf(X, n, c, 0.01);
  expect(Math.abs(raw / expected.raw - 1)).toBeLessThan(1e-12);
  expect(Math.abs(unit / expected.unit - 1)).toBeLessThan(1e-12);
});

test('what is not positive definite is said as the definition says it', async () => {
  const X = Float32Array.of(1e30, 1e30, 1e30, 1e30, 1, 1);
  expect(() => reference(X, 3, 2, 1e-30)).toThrow('not positive definite');
  await expect(ratesOf(X, 3, 2, 1e-30)).rejects.toThrow('cholesky: not positive definite at row 1 of 2');
});
