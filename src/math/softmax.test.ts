import { expect, test } from 'vitest';
import { normals, seeded } from './random.ts';
import { softmax, softmaxRows } from './softmax.ts';

test('rows sum to one and keep their order', () => {
  const S = normals(5 * 11, seeded(5));
  const A = softmaxRows(S, 5, 11);
  for (let i = 0; i < 5; i++) {
    const row = A.subarray(i * 11, (i + 1) * 11);
    expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
    const scores = S.subarray(i * 11, (i + 1) * 11);
    expect(row.indexOf(Math.max(...row))).toBe(scores.indexOf(Math.max(...scores)));
  }
});

test('large scores do not overflow', () => {
  expect(Array.from(softmax(Float64Array.of(1000, 1000)))).toEqual([0.5, 0.5]);
});

test('ratios are exponentials of differences', () => {
  const [a, b] = softmax(Float32Array.of(2, -1));
  expect((a ?? 0) / (b ?? 1)).toBeCloseTo(Math.exp(3), 10);
});
