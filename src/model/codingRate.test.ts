import { describe, expect, test } from 'vitest';
import { logdetIPlus } from '../math/cholesky.ts';
import { gram, productAB, transpose } from '../math/matrix.ts';
import { normals, seeded } from '../math/random.ts';
import { symmetricEigen } from '../math/symmetricEigen.ts';
import { codingRate, codingRateGiven, codingRates, unitRateCeiling } from './codingRate.ts';
import { loadRates } from './fixtures/golden.ts';

const { rates, given } = loadRates();

test.each(rates)('R of the case $name', ({ X, n, d, eps2, R }) => {
  // With singular values from 1e4 to 1e-4 an f64 Gram matrix has lost the small ones: 2e-7, as numpy's own determinant.
  expect(Math.abs(codingRate(X, n, d, eps2) - R)).toBeLessThan(1e-8 * Math.max(1, R));
});

test('R^c of three subspaces, raw and as the released script takes it', () => {
  const { ZU, n, K, p, eps2 } = given;
  const { raw } = codingRateGiven(ZU, n, K, p, eps2);
  const { unit } = codingRateGiven(ZU, n, K, p, 0.01);
  for (let k = 0; k < K; k++) {
    expect(raw[k]).toBeCloseTo(given.raw[k] ?? Number.NaN, 9);
    expect(unit[k]).toBeCloseTo(given.unit[k] ?? Number.NaN, 9);
  }
});

describe('R', () => {
  const n = 20;
  const c = 6;
  const X = normals(n * c, seeded(1));

  test('of nothing is 0', () => {
    expect(codingRates(new Float64Array(n * c), n, c, 0.01)).toEqual({ raw: 0, unit: 0 });
  });

  test('does not change when the axes are rotated', () => {
    const basis = symmetricEigen(gram(normals(c * c, seeded(2)), c, c), c, true).vectors ?? new Float64Array(0);
    expect(codingRate(productAB(X, basis, n, c, c), n, c, 0.01)).toBeCloseTo(codingRate(X, n, c, 0.01), 10);
  });

  test('is the same by the large Gram matrix as by the small', () => {
    const large = 0.5 * logdetIPlus(gram(X, n, c), n, c / (n * 0.01));
    const wide = transpose(X, n, c);
    expect(codingRate(X, n, c, 0.01)).toBeCloseTo(large, 10);
    expect(codingRate(wide, c, n, 0.01)).toBeCloseTo(0.5 * logdetIPlus(gram(wide, c, n), c, n / (c * 0.01)), 10);
  });

  test('unit-normalised does not change with the length of any token', () => {
    const scaled = X.map((value, i) => value * (1 + Math.floor(i / c)));
    expect(codingRates(scaled, n, c, 0.01).unit).toBeCloseTo(codingRates(X, n, c, 0.01).unit, 10);
  });

  test('grows as ε² shrinks', () => {
    expect(codingRate(X, n, c, 0.001)).toBeGreaterThan(codingRate(X, n, c, 0.01));
  });

  test('needs a positive ε²', () => {
    expect(() => codingRate(X, n, c, 0)).toThrow('ε² must be positive, it is 0');
    expect(() => codingRate(X, n, c, Number.NaN)).toThrow(RangeError);
  });
});

test('a token of zeros adds nothing to the unit-normalised rate and makes no NaN', () => {
  const X = Float64Array.of(3, 4, 0, 0);
  // One direction: ½ log(1 + c/(n ε²)).
  expect(codingRates(X, 2, 2, 0.5).unit).toBeCloseTo(0.5 * Math.log(1 + 2 / (2 * 0.5)), 12);
});

test('the ceiling is reached by tokens spread evenly over the axes, and by no random ones', () => {
  const p = 4;
  const n = 8;
  const even = Float64Array.from({ length: n * p }, (_, i) => (Math.floor(i / p) % p === i % p ? 2 : 0));
  expect(codingRates(even, n, p, 0.01).unit).toBeCloseTo(unitRateCeiling(1, p, 0.01), 10);
  expect(codingRates(normals(n * p, seeded(3)), n, p, 0.01).unit).toBeLessThan(unitRateCeiling(1, p, 0.01));
  // CRATE-Tiny, 6 heads of 64.
  expect(unitRateCeiling(6, 64, 0.01)).toBeCloseTo(886, 0);
});
