import { describe, expect, test } from 'vitest';
import { NO_VIEWS } from '../../../store/appStore.ts';
import {
  type AttentionRows,
  attentionRows,
  isAttentionOf,
  largestOf,
  maximaByLayer,
  patchesOf,
  rankOf,
  scaleEnds,
  weight,
} from './attention.ts';

// K = 2 heads, n = 3 tokens: the class token and two patches. Rows sum to 1.
const A = Float32Array.from(
  [
    [0.5, 0.3, 0.2, 0.1, 0.7, 0.2, 0.4, 0.25, 0.35],
    [0.6, 0.1, 0.3, 0.45, 0.5, 0.05, 0.2, 0.2, 0.6],
  ].flat(),
);

const rowsOf = (token: number): AttentionRows => attentionRows({ A, token: null }, 2, 3, token) ?? [];

const close = (values: ArrayLike<number>) => Array.from(values, (value) => Math.round(value * 1e5) / 1e5);

describe('attention rows', () => {
  test("are each head's row of the token", () => {
    const rows = rowsOf(1);
    expect(rows.map(close)).toEqual([
      [0.1, 0.7, 0.2],
      [0.45, 0.5, 0.05],
    ]);
    expect(close(patchesOf(rows[0] ?? []))).toEqual([0.7, 0.2]);
  });

  test('a wrong size is named', () => {
    expect(() => attentionRows({ A, token: null }, 3, 3, 0)).toThrow('18 entries, expected 3 × 3 × 3');
    expect(() => attentionRows({ A, token: 1 }, 2, 3, 1)).toThrow('18 entries, expected 2 × 3');
    expect([isAttentionOf({ A, token: null }, 2, 3), isAttentionOf({ A, token: 0 }, 2, 3)]).toEqual([true, false]);
    expect(isAttentionOf({ A: A.subarray(0, 6), token: 2 }, 2, 3)).toBe(true);
  });

  test('one row a head is shown for its own token, and no other', () => {
    const one = { A: Float32Array.from(rowsOf(1).flatMap((row) => Array.from(row))), token: 1 };
    expect(attentionRows(one, 2, 3, 1)?.map(close)).toEqual(rowsOf(1).map(close));
    expect(attentionRows(one, 2, 3, 2)).toBeNull();
  });

  test('own weight and class token stay out of the scale', () => {
    const [first = []] = rowsOf(1);
    expect(largestOf(first, 1)).toBeCloseTo(0.2, 6);
    const [cls = []] = rowsOf(0);
    expect(largestOf(cls, 0)).toBeCloseTo(0.3, 6);
  });

  test("scopes: own maximum, the layer's, all layers'", () => {
    const rows = rowsOf(1);
    expect(close(scaleEnds(rows, 1, 'map', null) ?? [])).toEqual([0.2, 0.05]);
    expect(close(scaleEnds(rows, 1, 'layer', null) ?? [])).toEqual([0.2, 0.2]);
    expect(close(scaleEnds(rows, 1, 'all', [0.2, 0.9, 0.4]) ?? [])).toEqual([0.9, 0.9]);
    expect(scaleEnds(rows, 1, 'all', null)).toBeNull();
  });

  test('rank leaves the token itself out', () => {
    const [, second = []] = rowsOf(1);
    expect(rankOf(second, 2, 1)).toBe(1);
    const [cls = []] = rowsOf(0);
    expect(rankOf(cls, 2, 0)).toBe(2);
  });

  test('maxima by layer belong to the token they were made for', () => {
    const views = { ...NO_VIEWS, attentionMax: { token: 4, perLayer: [0.1, 0.2] } };
    expect(maximaByLayer(4, views, null)).toEqual([0.1, 0.2]);
    expect(maximaByLayer(5, views, null)).toBeNull();
  });

  test('small weights are not written as zero', () => {
    expect([0.0312, 0.0005, 0.0003, 0.00002, 0].map(weight)).toEqual(['.031', '.001', '.0003', '< .0001', '.000']);
  });
});
