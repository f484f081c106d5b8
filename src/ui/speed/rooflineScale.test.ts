import { expect, test } from 'vitest';
import { logScale, logTicks } from './rooflineScale.ts';

test('ticks are round, and few', () => {
  expect(logTicks(0.3, 30, 9)).toEqual([0.5, 1, 2, 5, 10, 20]);
  expect(logTicks(0.003, 3000, 9)).toEqual([0.01, 0.1, 1, 10, 100, 1000]);
});

test('a decade has the same length everywhere; room at both ends', () => {
  const { at, low, high } = logScale([1, 100], [0, 400], 10, 9);
  expect([low, high]).toEqual([0.1, 1000]);
  expect(at(1)).toBeCloseTo(100);
  expect(at(10) - at(1)).toBeCloseTo(100);
  expect(at(1000)).toBeCloseTo(400);
});

test('what has no logarithm is left out', () => {
  expect(logScale([0, -1, Number.NaN, 5], [0, 1], 2, 9)).toMatchObject({ low: 2.5, high: 10 });
  expect(logScale([], [0, 1], 2, 9)).toMatchObject({ low: 0.5, high: 2 });
});
