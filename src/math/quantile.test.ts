import { expect, test } from 'vitest';
import { quantile } from './quantile.ts';

test('median and quartiles of odd and even counts, in any order', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5);
  expect(quantile([4, 1, 2, 3, 5], 0.25)).toBe(2);
  expect(quantile([7], 0.75)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test('the values are left as they were', () => {
  const values = [2, 1];
  quantile(values, 0.5);
  expect(values).toEqual([2, 1]);
});
