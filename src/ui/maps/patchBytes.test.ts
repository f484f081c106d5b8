import { expect, test } from 'vitest';
import { fitsGrid, hiddenCount, hiddenDifference, pasteVisible } from './patchBytes.ts';

// 4 × 4 px in 2 × 2 patches; patches 1 and 2 are hidden.
const SIDE = 4;
const HIDDEN = Uint8Array.from([0, 1, 1, 0]);
const filled = (value: number) => new Uint8ClampedArray(3 * SIDE * SIDE).fill(value);
const patchOf = (pixel: number) => 2 * Math.floor(pixel / SIDE / 2) + Math.floor((pixel % SIDE) / 2);

test('visible patches come from the picture, hidden ones from the decoder', () => {
  const pasted = pasteVisible(filled(200), filled(50), HIDDEN, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++)
    expect(Array.from(pasted.subarray(3 * pixel, 3 * pixel + 3))).toEqual(
      new Array(3).fill(HIDDEN[patchOf(pixel)] ? 200 : 50),
    );
});

test('the arrays given are left as they are', () => {
  const reconstruction = filled(200);
  pasteVisible(reconstruction, filled(50), HIDDEN, SIDE);
  expect(reconstruction).toEqual(filled(200));
});

test('the difference is of hidden patches alone; none hidden, none to tell', () => {
  const near = pasteVisible(filled(57), filled(250), HIDDEN, SIDE);
  expect(hiddenDifference(near, filled(50), HIDDEN, SIDE)).toBe(7);
  expect(hiddenDifference(filled(57), filled(50), new Uint8Array(4), SIDE)).toBeNull();
});

test('counts, and whether a mask is of this grid', () => {
  expect(hiddenCount(HIDDEN)).toBe(2);
  expect([fitsGrid(HIDDEN, 2), fitsGrid(HIDDEN, 3), fitsGrid(null, 2)]).toEqual([true, false, false]);
});

test('a side that is no multiple of the grid is named', () => {
  expect(() => pasteVisible(filled(0), filled(0), new Uint8Array(9), SIDE)).toThrow('4 is no multiple of 3');
});
