import { expect, test } from 'vitest';
import { cellAt, moveInGrid } from './gridKeys.ts';

test('arrows move by one and stop at the edges', () => {
  // 3 rows × 4 columns; 5 is row 1, column 1.
  expect(moveInGrid(5, 3, 4, 'ArrowRight')).toBe(6);
  expect(moveInGrid(5, 3, 4, 'ArrowUp')).toBe(1);
  expect(moveInGrid(7, 3, 4, 'ArrowRight')).toBe(7);
  expect(moveInGrid(8, 3, 4, 'ArrowDown')).toBe(8);
  expect(moveInGrid(8, 3, 4, 'ArrowLeft')).toBe(8);
});

test('home, end and pages go to the ends of row, column and grid; other keys do not move', () => {
  expect(moveInGrid(6, 3, 4, 'Home')).toBe(4);
  expect(moveInGrid(6, 3, 4, 'End')).toBe(7);
  expect(moveInGrid(6, 3, 4, 'Home', true)).toBe(0);
  expect(moveInGrid(6, 3, 4, 'End', true)).toBe(11);
  expect(moveInGrid(6, 3, 4, 'PageDown')).toBe(10);
  expect(moveInGrid(6, 3, 4, 'a')).toBeNull();
});

test('points fall into cells, the far edge into the last', () => {
  expect(cellAt(0, 0, 3, 4)).toBe(0);
  expect(cellAt(0.26, 0.99, 3, 4)).toBe(9);
  expect(cellAt(1, 1, 3, 4)).toBe(11);
});
