import { describe, expect, test } from 'vitest';
import { gram, productAB, productABt, productAtB, rowNorms, takeColumns, transpose, unitRows } from './matrix.ts';
import { normals, seeded } from './random.ts';

/** The definition, one entry at a time. */
function byDefinition(entry: (i: number, j: number) => number, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, index) => entry(Math.floor(index / n), index % n));
}

const sumOver = (k: number, term: (t: number) => number): number => {
  let sum = 0;
  for (let t = 0; t < k; t++) sum += term(t);
  return sum;
};

function expectClose(actual: Float64Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((max, value, i) => Math.max(max, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
  expect(worst).toBeLessThan(1e-12);
}

// On, under and over the 2 × 4 block.
const shapes = [
  { m: 1, n: 1, k: 1 },
  { m: 2, n: 4, k: 3 },
  { m: 3, n: 5, k: 7 },
  { m: 8, n: 3, k: 2 },
  { m: 5, n: 9, k: 16 },
];

describe.each(shapes)('$m × $n × $k', ({ m, n, k }) => {
  const A = normals(m * k, seeded(1));
  const B = normals(k * n, seeded(2));
  const a = (i: number, t: number): number => A[i * k + t] ?? Number.NaN;
  const b = (t: number, j: number): number => B[t * n + j] ?? Number.NaN;
  const expected = byDefinition((i, j) => sumOver(k, (t) => a(i, t) * b(t, j)), m, n);

  test('A·B', () => expectClose(productAB(A, B, m, n, k), expected));
  test('A·Bᵀ', () => expectClose(productABt(A, transpose(B, k, n), m, n, k), expected));
  test('Aᵀ·B', () => expectClose(productAtB(transpose(A, m, k), B, m, n, k), expected));
  test('Gram matrix', () => {
    expectClose(
      gram(A, m, k),
      byDefinition((i, j) => sumOver(k, (t) => a(i, t) * a(j, t)), m, m),
    );
  });
});

test('a product says both sizes when they do not fit', () => {
  expect(() => productABt(new Float64Array(6), new Float64Array(6), 2, 2, 4)).toThrow(
    'productABt: A holds 6 numbers, 2×4 needs 8',
  );
});

test('columns are taken in place', () => {
  expect(Array.from(takeColumns(Float64Array.of(1, 2, 3, 4, 5, 6), 2, 3, 1, 2))).toEqual([2, 3, 5, 6]);
  expect(() => takeColumns(new Float64Array(6), 2, 3, 2, 2)).toThrow(RangeError);
});

test('unit rows have length one, and a row of zeros stays zero', () => {
  const unit = unitRows(Float64Array.of(3, 4, 0, 0), 2, 2);
  expect(unit[0]).toBeCloseTo(0.6, 15);
  expect(unit[1]).toBeCloseTo(0.8, 15);
  expect(Array.from(rowNorms(unit, 2, 2))).toEqual([1, 0]);
});
