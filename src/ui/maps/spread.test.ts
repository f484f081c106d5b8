import { expect, test } from 'vitest';
import { spread } from './spread.ts';

test('labels that are apart stay where they are', () => {
  expect(spread([40, 10, 90], 12, 100)).toEqual([40, 10, 90]);
});

test('labels that collide move on, in their order, and back from the end', () => {
  expect(spread([10, 11, 12], 12, 100)).toEqual([10, 22, 34]);
  expect(spread([97, 99, 20], 12, 100)).toEqual([88, 100, 20]);
});
