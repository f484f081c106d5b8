import { expect, test } from 'vitest';
import { topMass } from './topMass.ts';

test('keeps the fewest largest entries that reach the share', () => {
  expect([...topMass([0.1, 0.4, 0.2, 0.3], 0.6)].sort()).toEqual([1, 3]);
  expect([...topMass([0.1, 0.4, 0.2, 0.3], 0.71)].sort()).toEqual([1, 2, 3]);
});

test('the left-out entry neither counts nor is kept', () => {
  expect([...topMass([0.9, 0.05, 0.03, 0.02], 0.6, 0)].sort()).toEqual([1, 2]);
});

test('nothing to keep where there is no mass', () => {
  expect(topMass([0, 0, 0], 0.6).size).toBe(0);
});
