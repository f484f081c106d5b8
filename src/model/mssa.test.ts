import { describe, expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import { worstDifference } from './fixtures/golden.ts';
import { attention, attentionRow, headColumns, mssa, scores, ssa } from './mssa.ts';
import type { LayerWeights } from './weights.ts';

const [n, K, p] = [6, 3, 4];
const ZU = normals(n * K * p, seeded(1));

describe('attention', () => {
  const S = scores(ZU, n, K, p);
  const A = attention(ZU, n, K, p);

  test('scores are symmetric, head by head, and scaled by 1/√p', () => {
    for (let k = 0; k < K; k++) {
      const Zk = headColumns(ZU, k, n, K, p);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let dot = 0;
          for (let t = 0; t < p; t++) dot += (Zk[i * p + t] ?? 0) * (Zk[j * p + t] ?? 0);
          expect(S[(k * n + i) * n + j]).toBeCloseTo(dot / Math.sqrt(p), 12);
          expect(S[(k * n + i) * n + j]).toBe(S[(k * n + j) * n + i]);
        }
      }
    }
  });

  test('rows sum to one, and the class token’s row is what ssa keeps', () => {
    const { cls } = ssa(ZU, n, K, p);
    for (let k = 0; k < K; k++) {
      for (let i = 0; i < n; i++) {
        const row = A.subarray((k * n + i) * n, (k * n + i + 1) * n);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
      }
      expect(worstDifference(cls.subarray(k * n, (k + 1) * n), A.subarray(k * n * n, k * n * n + n))).toBe(0);
    }
  });

  test.each([0, 1, n - 1])('attentionRow gives row %i of every head', (token) => {
    const rows = attentionRow(ZU, token, n, K, p);
    for (let k = 0; k < K; k++) {
      const from = (k * n + token) * n;
      expect(worstDifference(rows.subarray(k * n, (k + 1) * n), A.subarray(from, from + n))).toBeLessThan(1e-15);
    }
  });

  test('a token that is not there is refused', () => {
    for (const token of [-1, n, 0.5]) expect(() => attentionRow(ZU, token, n, K, p)).toThrow(`invalid token: ${token}`);
  });

  test('heads hold A_k ZU_k side by side', () => {
    const { heads } = ssa(ZU, n, K, p);
    const [i, k, t] = [4, 2, 1];
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (A[(k * n + i) * n + j] ?? 0) * (ZU[j * K * p + k * p + t] ?? 0);
    expect(heads[i * K * p + k * p + t]).toBeCloseTo(sum, 13);
  });
});

test('equal tokens attend evenly and stay as they are', () => {
  const same = Float64Array.from({ length: n * K * p }, (_, i) => ZU[i % (K * p)] ?? Number.NaN);
  expect(worstDifference(attention(same, n, K, p), new Float64Array(K * n * n).fill(1 / n))).toBeLessThan(1e-15);
  expect(worstDifference(ssa(same, n, K, p).heads, same)).toBeLessThan(1e-14);
});

test('without an output map the heads are the result, and their width must be d', () => {
  const weights: LayerWeights = {
    norm1Weight: new Float32Array(0),
    norm1Bias: new Float32Array(0),
    U: new Float32Array(0),
    W: null,
    b: null,
    norm2Weight: new Float32Array(0),
    norm2Bias: new Float32Array(0),
    D: new Float32Array(0),
  };
  expect(mssa(ZU, weights, n, K * p, K * p)).toBe(ZU);
  expect(() => mssa(ZU, weights, n, K * p, 5)).toThrow('K·p = d, they are 12 and 5');
  // CRATE-α's map has no bias: with W = I the heads are the result again.
  const W = Float32Array.from({ length: (K * p) ** 2 }, (_, i) => (i % (K * p + 1) === 0 ? 1 : 0));
  expect(worstDifference(mssa(ZU, { W, b: null }, n, K * p, K * p), ZU)).toBe(0);
});
