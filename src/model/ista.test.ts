import { describe, expect, test } from 'vitest';
import { productABt } from '../math/matrix.ts';
import { normals, seeded } from '../math/random.ts';
import { worstDifference } from './fixtures/golden.ts';
import { dictionaryStep, istaStep } from './ista.ts';

const identity = (d: number): Float64Array =>
  Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));

test('with D = I the step only shrinks: ReLU(x − ηλ)', () => {
  const X = normals(7 * 5, seeded(1));
  const { Z_next } = istaStep(X, identity(5), 7, 5, 0.1, 0.1);
  expect(
    worstDifference(
      Z_next,
      X.map((x) => Math.max(0, x - 0.01)),
    ),
  ).toBeLessThan(1e-15);
});

describe('a random dictionary', () => {
  const [n, d, eta, lambda] = [9, 6, 0.1, 0.3];
  const X = normals(n * d, seeded(2));
  const D = normals(d * d, seeded(3)).map((value) => value / 3);
  const { before, Z_next } = istaStep(X, D, n, d, eta, lambda);

  test('is one gradient step on ½‖x − D z‖² + λ Σz from z = x', () => {
    // Central differences of the objective, one token and one entry at a time.
    const objective = (x: Float64Array, z: Float64Array): number => {
      let value = 0;
      for (let r = 0; r < d; r++) {
        let resid = x[r] ?? 0;
        for (let j = 0; j < d; j++) resid -= (D[r * d + j] ?? 0) * (z[j] ?? 0);
        value += 0.5 * resid * resid + lambda * (z[r] ?? 0);
      }
      return value;
    };
    const h = 1e-5;
    for (let i = 0; i < n; i++) {
      const x = X.slice(i * d, (i + 1) * d);
      for (let j = 0; j < d; j++) {
        const up = x.map((value, t) => (t === j ? value + h : value));
        const down = x.map((value, t) => (t === j ? value - h : value));
        const slope = (objective(x, up) - objective(x, down)) / (2 * h);
        expect(before[i * d + j]).toBeCloseTo((x[j] ?? 0) - eta * slope, 8);
      }
    }
  });

  test('codes are the positive part of the values before the ReLU', () => {
    expect(
      worstDifference(
        Z_next,
        before.map((value) => Math.max(0, value)),
      ),
    ).toBe(0);
    expect(Z_next.some((value) => value === 0) && Z_next.some((value) => value > 0)).toBe(true);
  });

  test('one product with G = Dᵀ(I − D) gives the same', () => {
    const XGt = productABt(X, dictionaryStep(D, d), n, d, d);
    const short = XGt.map((value, i) => (X[i] ?? Number.NaN) + eta * value - eta * lambda);
    expect(worstDifference(short, before)).toBeLessThan(1e-14);
  });
});
