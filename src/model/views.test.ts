// The views' arrays: closed forms and invariants of subspace, incoherence, tokens, step and dictionary.

import { describe, expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import { dictionaryView, GRAM_ATOMS } from './dictionary.ts';
import { worstDifference } from './fixtures/golden.ts';
import { istaStep } from './ista.ts';
import { overcompleteCodes } from './istaOvercomplete.ts';
import { incoherenceView, subspaceView } from './subspace.ts';
import { stepView, tokensView } from './tokens.ts';

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

describe('subspaceView', () => {
  const [n, K, p] = [40, 3, 5];
  const ZU = normals(n * K * p, seeded(1)).map((value, i) => value * (1 + (i % p)));
  const view = subspaceView(ZU, n, K, p, { layer: 2, head: 1, place: 'half' });

  test('says which layer, head and place it is', () => {
    expect(view).toMatchObject({ layer: 2, head: 1, place: 'half' });
  });

  test('coordinates are centred and uncorrelated, with the variance of their axis', () => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < p; j++) total += at(ZU, i * K * p + p + j) ** 2;
    }
    let means = 0;
    for (let j = 0; j < p; j++) {
      let column = 0;
      for (let i = 0; i < n; i++) column += at(ZU, i * K * p + p + j);
      means += column ** 2 / n;
    }
    const spread = total - means;
    for (let a = 0; a < 3; a++) {
      const axis = Array.from({ length: n }, (_, i) => at(view.coordinates, i * 3 + a));
      expect(Math.abs(sum(axis))).toBeLessThan(1e-4);
      expect(sum(axis.map((x) => x * x)) / spread).toBeCloseTo(at(view.variance, a), 6);
      const other = Array.from({ length: n }, (_, i) => at(view.coordinates, i * 3 + ((a + 1) % 3)));
      expect(Math.abs(sum(axis.map((x, i) => x * at(other, i))))).toBeLessThan(1e-3);
    }
  });

  test('shares descend and sum to one; energy is ‖U_kᵀz_i‖²', () => {
    expect(view.variance).toHaveLength(p);
    expect(sum(view.variance)).toBeCloseTo(1, 6);
    expect(Array.from(view.variance)).toEqual(Array.from(view.variance).sort((a, b) => b - a));
    const token = 7;
    let energy = 0;
    for (let j = 0; j < p; j++) energy += at(ZU, token * K * p + p + j) ** 2;
    expect(at(view.energy, token) / energy).toBeCloseTo(1, 6);
  });

  test('the f32 read-back of an engine gives the same view', () => {
    const f32 = subspaceView(new Float32Array(ZU), n, K, p, { layer: 2, head: 1, place: 'half' });
    expect(worstDifference(f32.coordinates, view.coordinates)).toBeLessThan(1e-4);
  });

  test('a plane has two axes, the third coordinate is 0; equal tokens have no variance', () => {
    const flat = subspaceView(normals(10 * 2, seeded(4)), 10, 1, 2, { layer: 0, head: 0, place: 'input' });
    expect(flat.variance).toHaveLength(2);
    for (let i = 0; i < 10; i++) expect(flat.coordinates[3 * i + 2]).toBe(0);
    const same = subspaceView(new Float32Array(10 * 2).fill(3), 10, 1, 2, { layer: 0, head: 0, place: 'input' });
    expect(Array.from(same.variance)).toEqual([0, 0]);
  });
});

describe('incoherenceView', () => {
  test('orthogonal subspaces meet nowhere, a subspace meets itself wholly', () => {
    // Heads 1 and 2 span axes 0–1 and 2–3; head 3 is head 1 scaled.
    const axis = (j: number, size: number): number[] => Array.from({ length: 5 }, (_, i) => (i === j ? size : 0));
    const U = Float32Array.from([axis(0, 2), axis(1, 3), axis(2, 1), axis(3, 1), axis(0, -5), axis(1, 0.5)].flat());
    const view = incoherenceView(U, 3, 2, 5, 4);
    expect(view).toMatchObject({ layer: 4, size: 6 });
    expect(at(view.gram, 0 * 6 + 4)).toBe(1);
    expect(at(view.gram, 0 * 6 + 2)).toBe(0);
    expect(Array.from(view.blocks)).toEqual([0, 0, 0.5, 0, 0, 0, 0.5, 0, 0]);
  });

  test('entries are in [0, 1] and symmetric', () => {
    const { gram, size } = incoherenceView(normals(6 * 9, seeded(2)), 2, 3, 9, 0);
    for (let i = 0; i < size; i++) {
      expect(at(gram, i * size + i)).toBeCloseTo(1, 6);
      for (let j = 0; j < size; j++) {
        expect(at(gram, i * size + j)).toBe(at(gram, j * size + i));
        expect(at(gram, i * size + j)).toBeLessThanOrEqual(1);
      }
    }
  });
});

test('tokensView computes the values before the ReLU from X and D', () => {
  const [n, d] = [5, 4];
  const X = normals(n * d, seeded(5));
  const D = new Float32Array(normals(d * d, seeded(6)));
  const step = istaStep(X, D, n, d, 0.1, 0.1);
  const Z_half = normals(n * d, seeded(7));
  const view = tokensView({ Z_half, X, Z_next: step.Z_next, D }, n, d, { kind: 'crate', eta: 0.1, lambda: 0.1 }, 3);
  expect(view.layer).toBe(3);
  expect(worstDifference(view.before, step.before)).toBeLessThan(1e-6);
  expect(
    worstDifference(
      view.Z_next,
      view.before.map((value) => Math.max(0, value)),
    ),
  ).toBe(0);
  expect(worstDifference(view.Z_half, Z_half)).toBeLessThan(1e-6);
});

test('tokensView of CRATE-α: the codes and what they were before the ReLU', () => {
  const [n, d, m] = [5, 4, 9];
  const X = normals(n * d, seeded(5));
  const D = new Float32Array(normals(d * m, seeded(6)));
  const Z_half = normals(n * d, seeded(7));
  const Z_next = normals(n * d, seeded(8));
  const { before, codes } = overcompleteCodes(X, D, n, d, m, 0.1, 0.1);
  const view = tokensView({ Z_half, X, Z_next, D }, n, d, { kind: 'crate-alpha', eta: 0.1, lambda: 0.1 }, 3);
  expect(worstDifference(view.before, before)).toBeLessThan(1e-6);
  expect(worstDifference(view.codes ?? [], codes)).toBeLessThan(1e-6);
  expect(worstDifference(view.Z_next, Z_next)).toBeLessThan(1e-6);
});

test('stepView: lengths, and the angle between token and step', () => {
  // Token 0 doubles, token 1 turns by a right angle step, token 2 halves, token 3 does not move.
  const Z = Float32Array.of(3, 4, 1, 0, 0, 2, 1, 1);
  const Z_half = Float32Array.of(6, 8, 1, 1, 0, 1, 1, 1);
  const view = stepView(Z, Z_half, 4, 2, 1);
  expect(Array.from(view.normBefore.subarray(0, 3))).toEqual([5, 1, 2]);
  expect(Array.from(view.normAfter.subarray(0, 1))).toEqual([10]);
  expect(Array.from(view.normStep)).toEqual([5, 1, 1, 0]);
  expect(Array.from(view.cosine)).toEqual([1, 0, -1, 0]);
});

describe('dictionaryView', () => {
  test('a scaled rotation: all atoms of one length, no two meet, all singular values equal', () => {
    const c = Math.cos(0.3);
    const s = Math.sin(0.3);
    const D = Float64Array.of(2 * c, -2 * s, 2 * s, 2 * c);
    const view = dictionaryView(D, 2, Float32Array.of(1, 0, 2, 0, 0, 3), 3, 0);
    for (const value of [...view.norms, ...view.singular]) expect(value).toBeCloseTo(2, 6);
    expect(worstDifference(view.gram, [1, 0, 0, 1])).toBeLessThan(1e-6);
    expect(view.usage[0]).toBeCloseTo(2 / 3, 6);
    expect(view.usage[1]).toBeCloseTo(1 / 3, 6);
  });

  test('atoms are columns', () => {
    const { norms, gram } = dictionaryView(Float32Array.of(3, 1, 4, 0), 2, new Float32Array(2), 1, 0);
    expect(Array.from(norms)).toEqual([5, 1]);
    expect(at(gram, 1)).toBeCloseTo(0.6, 6);
  });

  test('the squares of the singular values sum to the squares of the entries', () => {
    const d = 30;
    const D = normals(d * d, seeded(8));
    const { singular } = dictionaryView(D, d, new Float32Array(d), 1, 0);
    expect(sum(singular.map((value) => value * value)) / sum(D.map((value) => value * value))).toBeCloseTo(1, 5);
    expect(Array.from(singular)).toEqual(Array.from(singular).sort((a, b) => b - a));
  });

  test('an over-complete dictionary: d singular values, and as many atoms as codes have', () => {
    const [d, m, n] = [5, 12, 3];
    const D = normals(d * m, seeded(9));
    const codes = new Float32Array(n * m);
    codes[4] = 1;
    codes[m + 4] = 2;
    const view = dictionaryView(D, d, codes, n, 0);
    expect(view.singular).toHaveLength(d);
    expect(sum(view.singular.map((value) => value * value)) / sum(D.map((value) => value * value))).toBeCloseTo(1, 5);
    expect(view.norms).toHaveLength(m);
    expect(view.gram).toHaveLength(m * m);
    expect(Array.from(view.atoms)).toEqual(Array.from({ length: m }, (_, j) => j));
    expect(Array.from(view.usage)).toEqual(Array.from({ length: m }, (_, j) => (j === 4 ? Math.fround(2 / 3) : 0)));
    expect(() => dictionaryView(D, d, new Float32Array(n * d), n, 0)).toThrow('3 tokens and 12 atoms need 36');
  });

  test('of more atoms than can be shown the most used ones are, in their order', () => {
    const [d, m] = [2, GRAM_ATOMS + 3];
    const codes = new Float32Array(m).fill(1);
    for (const unused of [0, 7, m - 1]) codes[unused] = 0;
    const D = normals(d * m, seeded(10));
    const { atoms, gram, norms } = dictionaryView(D, d, codes, 1, 0);
    expect(atoms).toHaveLength(GRAM_ATOMS);
    expect(Array.from(atoms)).toEqual(Array.from({ length: m }, (_, j) => j).filter((j) => codes[j] === 1));
    expect(norms).toHaveLength(m);
    // Row 0, column 8 of the picture: atoms 1 and 10.
    const [a, b] = [atoms[0] ?? 0, atoms[8] ?? 0];
    const dot = at(D, a) * at(D, b) + at(D, m + a) * at(D, m + b);
    expect(at(gram, 8)).toBeCloseTo(Math.abs(dot) / (at(norms, a) * at(norms, b)), 5);
  });
});
