import { expect, test } from 'vitest';
import { neighbour } from './useShortcuts.ts';

test('a token moves one patch along the grid and stops at its edges', () => {
  const at = (row: number, column: number) => 1 + row * 8 + column;
  expect(neighbour(at(4, 5), 8, 1, 0)).toBe(at(4, 6));
  expect(neighbour(at(4, 5), 8, 0, -1)).toBe(at(3, 5));
  expect(neighbour(at(4, 7), 8, 1, 0)).toBe(at(4, 7));
  expect(neighbour(at(0, 3), 8, 0, -1)).toBe(at(0, 3));
  expect(neighbour(at(7, 7), 8, 0, 1)).toBe(at(7, 7));
});

test('from the class token any arrow leads to the first patch', () => {
  expect(neighbour(0, 8, 0, 1)).toBe(1);
  expect(neighbour(0, 8, -1, 0)).toBe(1);
});

test('without a model the token stays', () => {
  expect(neighbour(0, 0, 1, 0)).toBe(0);
});
