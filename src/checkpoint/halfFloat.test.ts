import { describe, expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import { readBfloats, readHalves, toHalf } from './halfFloat.ts';

test('halves of every kind', () => {
  const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
  expect(Array.from(readHalves(Uint16Array.from(bits)))).toEqual([
    0,
    -0,
    1,
    -2,
    0.333251953125,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ]);
});

test('bfloat16 is the upper half of an f32', () => {
  expect(Array.from(readBfloats(Uint16Array.of(0x3f80, 0xc040, 0x7f80)))).toEqual([1, -3, Number.POSITIVE_INFINITY]);
});

describe('toHalf', () => {
  test('gives every half back that it was read from', () => {
    const all = Array.from({ length: 1 << 16 }, (_, bits) => bits);
    const values = readHalves(Uint16Array.from(all));
    const changed = all.filter((bits) => !Number.isNaN(values[bits]) && toHalf(values[bits] ?? 0) !== bits);
    expect(changed).toEqual([]);
    expect(values.filter(Number.isNaN)).toHaveLength(2 * 1023);
  });

  test('rounds to the nearest half, ties to even', () => {
    expect(toHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(toHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(toHalf(65519)).toBe(0x7bff);
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(2 ** -25)).toBe(0);
    expect(toHalf(1.5 * 2 ** -24)).toBe(2);
    expect(toHalf(Number.NaN)).toBe(0x7e00);
  });

  test('errs by at most half a unit in the last place', () => {
    for (const value of normals(2000, seeded(1))) {
      const [back = Number.NaN] = readHalves(Uint16Array.of(toHalf(value)));
      expect(Math.abs(back - value)).toBeLessThanOrEqual(2 ** -11 * Math.max(2 ** -14, Math.abs(value)) * 1.0001);
    }
  });
});
