import { expect, test } from 'vitest';
import { cholesky, logdet, logdetIPlus } from './cholesky.ts';
import { gram, productABt, transpose } from './matrix.ts';
import { normals, seeded } from './random.ts';

test('L Lᵀ gives A back', () => {
  const size = 9;
  const A = gram(normals(size * 20, seeded(3)), size, 20);
  const L = cholesky(A, size);
  const back = productABt(L, L, size, size, size);
  for (let i = 0; i < A.length; i++) expect(back[i]).toBeCloseTo(A[i] ?? Number.NaN, 10);
});

test('log det of a diagonal matrix is the sum of logarithms', () => {
  expect(logdet(Float64Array.of(2, 0, 0, 8), 2)).toBeCloseTo(Math.log(16), 14);
});

test('logdet(I + α ZZᵀ) = logdet(I + α ZᵀZ)', () => {
  const Z = normals(7 * 31, seeded(4));
  const rows = logdetIPlus(gram(Z, 7, 31), 7, 2.5);
  const columns = logdetIPlus(gram(transpose(Z, 7, 31), 31, 7), 31, 2.5);
  expect(Math.abs(rows - columns)).toBeLessThan(1e-11 * rows);
});

test('an indefinite matrix is refused by row', () => {
  expect(() => logdet(Float64Array.of(1, 2, 2, 1), 2)).toThrow('not positive definite at row 1 of 2');
});

test('a NaN in the matrix is a NaN in the result', () => {
  expect(logdet(Float64Array.of(1, 0, Number.NaN, 1), 2)).toBeNaN();
});
