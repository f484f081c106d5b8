import { describe, expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import { worstDifference } from './fixtures/golden.ts';
import { istaOvercomplete, overcompleteCodes } from './istaOvercomplete.ts';

const [n, d, m, eta, lambda] = [7, 5, 12, 0.1, 0.3];
const X = normals(n * d, seeded(1));
const Z_half = normals(n * d, seeded(2));
const D = normals(d * m, seeded(3));
const D1 = normals(d * m, seeded(4));

const identity = (size: number): Float64Array =>
  Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));

test('with D = 0 nothing is coded, and the tokens stay', () => {
  const { codes, Z_next } = istaOvercomplete({ Z_half, X, D: new Float64Array(d * m), D1 }, n, d, m, eta, lambda);
  expect(codes.every((code) => code === 0)).toBe(true);
  expect(worstDifference(Z_next, Z_half)).toBe(0);
});

test('with D = D1 = I (m = d) each channel is two steps of its own', () => {
  const I = identity(d);
  const { codes, Z_next } = istaOvercomplete({ Z_half, X, D: I, D1: I }, n, d, d, eta, lambda);
  const twoSteps = X.map((x) => {
    const z1 = Math.max(0, eta * x - eta * lambda);
    return Math.max(0, z1 - eta * (z1 - x) - eta * lambda);
  });
  expect(worstDifference(codes, twoSteps)).toBeLessThan(1e-15);
  expect(
    worstDifference(
      Z_next,
      Z_half.map((z, i) => z + (twoSteps[i] ?? Number.NaN)),
    ),
  ).toBeLessThan(1e-15);
});

describe('a random dictionary', () => {
  const { before, codes } = overcompleteCodes(X, D, n, d, m, eta, lambda);
  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

  test('each step is a gradient step on ½‖x − D z‖² + λ Σz, from 0 and then from z1', () => {
    const step = (x: Float64Array, z: Float64Array): Float64Array =>
      z.map((value, j) => {
        let slope = lambda;
        for (let r = 0; r < d; r++) {
          let resid = -at(x, r);
          for (let k = 0; k < m; k++) resid += at(D, r * m + k) * at(z, k);
          slope += at(D, r * m + j) * resid;
        }
        return value - eta * slope;
      });
    const relu = (values: Float64Array): Float64Array => values.map((value) => Math.max(0, value));
    for (let i = 0; i < n; i++) {
      const x = X.slice(i * d, (i + 1) * d);
      const second = step(x, relu(step(x, new Float64Array(m))));
      expect(worstDifference(before.subarray(i * m, (i + 1) * m), second)).toBeLessThan(1e-13);
    }
  });

  test('codes are the positive part; some are zero and some are not', () => {
    expect(
      worstDifference(
        codes,
        before.map((value) => Math.max(0, value)),
      ),
    ).toBe(0);
    expect(codes.some((code) => code === 0) && codes.some((code) => code > 0)).toBe(true);
  });

  test('D1 maps codes to what is added', () => {
    const { Z_next } = istaOvercomplete({ Z_half, X, D, D1 }, n, d, m, eta, lambda);
    for (let i = 0; i < n; i++) {
      for (let r = 0; r < d; r++) {
        let sum = at(Z_half, i * d + r);
        for (let j = 0; j < m; j++) sum += at(D1, r * m + j) * at(codes, i * m + j);
        expect(at(Z_next, i * d + r)).toBeCloseTo(sum, 12);
      }
    }
  });
});
