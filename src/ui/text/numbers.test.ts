import { describe, expect, test } from 'vitest';
import { bare, count, duration, fixed, megabytes, megabytesOf, percent, setting, si, signed } from './numbers.ts';

const NBSP = '\u00a0';

describe('numbers as the page prints them', () => {
  test.each([
    [338.24, 1, '338.2'],
    [-171.44, 1, '−171.4'],
    [-0.04, 1, '0.0'],
    [0, 2, '0.00'],
    [Number.NaN, 1, 'NaN'],
    [Number.NEGATIVE_INFINITY, 1, '−∞'],
  ])('fixed(%d, %d) is %s', (value, digits, text) => expect(fixed(value, digits)).toBe(text));

  test.each([
    [0.8741, 3, '.874'],
    [-0.05, 2, '−.05'],
    [1, 3, '1.000'],
    [0.9999, 3, '1.000'],
    [0, 2, '.00'],
    [10.5, 1, '10.5'],
  ])('bare(%d, %d) is %s', (value, digits, text) => expect(bare(value, digits)).toBe(text));

  test.each([
    [9.46, '+9.5'],
    [-3, '−3.0'],
    [0.01, '0.0'],
    [-0.01, '0.0'],
  ])('signed(%d) is %s', (value, text) => expect(signed(value)).toBe(text));

  test('a share is printed per cent', () => {
    expect(percent(0.3636)).toBe(`36.4${NBSP}%`);
    expect(percent(1, 0)).toBe(`100${NBSP}%`);
  });

  test('counts are grouped', () => {
    expect(count(12480)).toBe('12,480');
    expect(count(-1234.4)).toBe('−1,234');
  });

  test.each([
    [0.01, '.01'],
    [0.0001, '.0001'],
    [0.000316, '.00032'],
    [1, '1'],
    [2.5, '2.5'],
    [-0.1, '−.1'],
    [100, '100'],
    [0, '0'],
  ])('setting(%d) is %s', (value, text) => expect(setting(value)).toBe(text));

  test.each([
    [512, '512'],
    [1500, `1.5${NBSP}k`],
    [900_000, `0.9${NBSP}M`],
    [6_090_000, `6.1${NBSP}M`],
    [77_640_000, `77.6${NBSP}M`],
    [304_000_000, `0.3${NBSP}G`],
  ])('si(%d) is %s', (value, text) => expect(si(value)).toBe(text));

  test('bytes on the way name both ends once the size is known', () => {
    expect(megabytes(3_412_345)).toBe(`3.4${NBSP}MB`);
    expect(megabytesOf(1_900_000, 3_412_345)).toBe(`1.9 of 3.4${NBSP}MB`);
    expect(megabytesOf(1_900_000, 0)).toBe(`1.9${NBSP}MB`);
  });

  test.each([
    [3.14, `3.1${NBSP}ms`],
    [99.96, `100${NBSP}ms`],
    [210.4, `210${NBSP}ms`],
    [999.7, `1.0${NBSP}s`],
    [1400, `1.4${NBSP}s`],
  ])('duration(%d) is %s', (ms, text) => expect(duration(ms)).toBe(text));
});
