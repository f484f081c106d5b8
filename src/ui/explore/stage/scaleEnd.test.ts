import { expect, test } from 'vitest';
import { scaleEnd } from './scaleEnd.ts';

test('the diagonal does not count, the rest is rounded up', () => {
  expect(scaleEnd(Float32Array.from([1, 0.11, 0.03, 0.11, 1, 0.07, 0.03, 0.07, 1]), 3)).toBe(0.2);
});

test('no scale ends above 1', () => {
  expect(scaleEnd(Float32Array.from([1, 0.97, 0.97, 1]), 2)).toBe(1);
});

test('a single vector has nothing beside the diagonal', () => {
  expect(scaleEnd(Float32Array.from([1]), 1)).toBe(1);
});
