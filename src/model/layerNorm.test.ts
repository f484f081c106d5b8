import { expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import { LAYER_NORM_EPS, layerNorm } from './layerNorm.ts';

test('rows get mean 0 and variance 1 − ε/(variance + ε)', () => {
  const [n, d] = [4, 50];
  const X = normals(n * d, seeded(1)).map((value) => 3 * value + 2);
  const out = layerNorm(X, new Float64Array(d).fill(1), new Float64Array(d), n, d);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * d, (i + 1) * d);
    expect(row.reduce((a, b) => a + b, 0) / d).toBeCloseTo(0, 12);
    expect(row.reduce((a, b) => a + b * b, 0) / d).toBeCloseTo(1, 5);
  }
});

test('two entries in closed form, with weight and bias', () => {
  const [a = 0, b = 0] = layerNorm(Float64Array.of(1, 3), Float32Array.of(2, 4), Float32Array.of(0.5, -1), 1, 2);
  const unit = 1 / Math.sqrt(1 + LAYER_NORM_EPS);
  expect(a).toBeCloseTo(-2 * unit + 0.5, 14);
  expect(b).toBeCloseTo(4 * unit - 1, 14);
});

test('a constant row becomes the bias', () => {
  expect(Array.from(layerNorm(Float64Array.of(7, 7), Float32Array.of(2, 2), Float32Array.of(0, 1), 1, 2))).toEqual([
    0, 1,
  ]);
});

test('sizes that do not fit are said', () => {
  expect(() => layerNorm(new Float64Array(6), new Float32Array(2), new Float32Array(3), 2, 3)).toThrow(
    'for 2×3, weight 2',
  );
});
