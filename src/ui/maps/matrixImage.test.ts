import { expect, test } from 'vitest';
import { type MatrixImage, paintMatrix } from './matrixImage.ts';
import type { Rgb } from './ramps.ts';

const grey = (value: number): Rgb => [value, value, value];
/** A ramp on which a value in [0, 1] is the grey of 240 times it. */
const ramps = {
  seq: Array.from({ length: 9 }, (_, i) => grey(30 * i)),
  div: Array.from({ length: 9 }, () => grey(0)),
  paper: grey(255),
};

function painted(part: Omit<MatrixImage, 'ramps' | 'scale'>) {
  const out = new Uint8ClampedArray(4 * part.width * part.height);
  const work = paintMatrix({ ...part, ramps, scale: { kind: 'seq', max: 1, zeroIsPaper: false } }, out);
  let steps = 0;
  while (!work.next().done) steps++;
  const levels = Array.from({ length: part.width * part.height }, (_, i) => out[4 * i] ?? -1);
  return { steps, levels, isOpaque: levels.every((_, i) => out[4 * i + 3] === 255) };
}

const ALL = [0, 1, 2, 3];
// 2 × 4 entries.
const values = Float32Array.from([0, 0.25, 0.5, 1, 1, 0.5, 0.25, 0]);

test('cells with room are whole blocks of pixels', () => {
  const { levels, isOpaque } = painted({ values, stride: 4, rows: [0, 1], columns: ALL, width: 8, height: 4 });
  expect(isOpaque).toBe(true);
  expect(levels.slice(0, 8)).toEqual([0, 0, 60, 60, 120, 120, 240, 240]);
  expect(levels.slice(8, 16)).toEqual(levels.slice(0, 8));
  expect(levels.slice(24)).toEqual([240, 240, 120, 120, 60, 60, 0, 0]);
});

test('rows and columns are drawn in the order asked for', () => {
  const { levels } = painted({ values, stride: 4, rows: [1], columns: [3, 0], width: 2, height: 1 });
  expect(levels).toEqual([0, 240]);
});

test('cells without room share a pixel by what they cover of it', () => {
  const halves = painted({ values, stride: 4, rows: [0, 1], columns: ALL, width: 2, height: 2 });
  expect(halves.levels).toEqual([30, 180, 180, 30]);
  // Four cells on three pixels: a third of the second cell reaches into the second pixel.
  const thirds = painted({ values, stride: 4, rows: [0], columns: ALL, width: 3, height: 1 });
  expect(thirds.levels).toEqual([15, 90, 210]);
  const one = painted({ values, stride: 4, rows: [0, 1], columns: ALL, width: 1, height: 1 });
  expect(one.levels).toEqual([105]);
});

test('a level matrix stays level at any size, and every row is a step', () => {
  const flat = new Float32Array(97 * 211).fill(0.5);
  const rows = Array.from({ length: 97 }, (_, i) => i);
  const columns = Array.from({ length: 211 }, (_, i) => i);
  for (const [width, height] of [
    [57, 31],
    [211, 40],
    [400, 31],
    [57, 200],
  ] as const) {
    const { levels, steps } = painted({ values: flat, stride: 211, rows, columns, width, height });
    expect(new Set(levels.map((level) => Math.abs(level - 120) <= 1))).toEqual(new Set([true]));
    expect(steps).toBe(97);
  }
});
