import { describe, expect, test } from 'vitest';
import { gram, productABt } from './matrix.ts';
import { normals, seeded } from './random.ts';
import { symmetricEigen } from './symmetricEigen.ts';

test('a 2 × 2 matrix in closed form', () => {
  const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2, true);
  expect(values[0]).toBeCloseTo(3, 14);
  expect(values[1]).toBeCloseTo(1, 14);
  expect(Math.abs(vectors?.[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 14);
  expect((vectors?.[0] ?? 0) * (vectors?.[1] ?? 0)).toBeCloseTo(0.5, 14);
});

describe.each([1, 2, 3, 10, 65, 192])('size %i', (size) => {
  const B = normals(size * (size + 3), seeded(size));
  const A = gram(B, size, size + 3);
  const { values, vectors } = symmetricEigen(A, size, true);
  const V = vectors ?? new Float64Array(0);
  const scale = Math.max(...values);

  test('A v = λ v for every pair, vectors orthonormal', () => {
    const AV = productABt(V, A, size, size, size);
    const VV = gram(V, size, size);
    let residual = 0;
    let skew = 0;
    for (let k = 0; k < size; k++) {
      for (let i = 0; i < size; i++) {
        const at = k * size + i;
        residual = Math.max(residual, Math.abs((AV[at] ?? 0) - (values[k] ?? 0) * (V[at] ?? 0)));
        skew = Math.max(skew, Math.abs((VV[at] ?? 0) - (i === k ? 1 : 0)));
      }
    }
    expect(residual).toBeLessThan(1e-12 * scale);
    expect(skew).toBeLessThan(1e-12);
  });

  test('values descend, their sum is the trace, and they do not depend on asking for vectors', () => {
    const trace = Array.from({ length: size }, (_, i) => A[i * size + i] ?? 0).reduce((a, b) => a + b, 0);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) - trace)).toBeLessThan(1e-12 * trace);
    expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => b - a));
    expect(Array.from(symmetricEigen(A, size, false).values)).toEqual(Array.from(values));
  });
});

test('a matrix of low rank has that many values above rounding', () => {
  const size = 40;
  const { values } = symmetricEigen(gram(normals(size * 4, seeded(9)), size, 4), size, true);
  const top = values[0] ?? 0;
  expect(values.filter((value) => value > 1e-12 * top)).toHaveLength(4);
});

test('zero and diagonal matrices need no step', () => {
  expect(Array.from(symmetricEigen(new Float64Array(9), 3, true).values)).toEqual([0, 0, 0]);
  expect(Array.from(symmetricEigen(Float64Array.of(1, 0, 0, 5), 2, false).values)).toEqual([5, 1]);
});

test('a NaN is refused', () => {
  expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2, false)).toThrow('not finite');
});
