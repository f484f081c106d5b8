import { expect, test } from 'vitest';
import { contiguousStrides, entryCount, gather, isContiguous, spanLength } from './strided.ts';

test('counts and strides of shapes', () => {
  expect(entryCount([2, 3, 4])).toBe(24);
  expect(entryCount([])).toBe(1);
  expect(entryCount([1e300, 1e300, 0])).toBe(0);
  expect(entryCount([2 ** 40, 2 ** 40])).toBe(Number.POSITIVE_INFINITY);
  expect(contiguousStrides([2, 3, 4])).toEqual([12, 4, 1]);
  expect(contiguousStrides([])).toEqual([]);
});

test('what is contiguous', () => {
  expect(isContiguous({ offset: 0, shape: [2, 3], strides: [3, 1] })).toBe(true);
  expect(isContiguous({ offset: 7, shape: [1, 3], strides: [99, 1] })).toBe(true);
  expect(isContiguous({ offset: 0, shape: [0, 3], strides: [5, 5] })).toBe(true);
  expect(isContiguous({ offset: 0, shape: [3, 2], strides: [1, 3] })).toBe(false);
  expect(isContiguous({ offset: 0, shape: [4], strides: [0] })).toBe(false);
});

test('how far a layout reaches', () => {
  expect(spanLength({ offset: 0, shape: [3, 2], strides: [1, 3] })).toBe(6);
  expect(spanLength({ offset: 0, shape: [5, 5], strides: [0, 0] })).toBe(1);
  expect(spanLength({ offset: 0, shape: [0], strides: [9] })).toBe(0);
});

/** Entry by entry, straight from the definition. */
function naive(from: readonly number[], shape: readonly number[], strides: readonly number[]): number[] {
  return Array.from({ length: entryCount(shape) }, (_, entry) => {
    let [rest, at] = [entry, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % (shape[axis] ?? 1)) * (strides[axis] ?? 0);
      rest = Math.floor(rest / (shape[axis] ?? 1));
    }
    return from[at] ?? Number.NaN;
  });
}

test.each([
  { shape: [3, 4], strides: [1, 3] },
  { shape: [2, 3, 4], strides: [4, 8, 1] },
  { shape: [4, 2, 3], strides: [1, 12, 4] },
  { shape: [3, 5], strides: [1, 0] },
  { shape: [2, 1, 3, 2], strides: [12, 77, 2, 6] },
  { shape: [7], strides: [3] },
  { shape: [], strides: [] },
])('$shape by $strides is gathered in order', ({ shape, strides }) => {
  const layout = { offset: 0, shape, strides };
  const from = Array.from({ length: spanLength(layout) }, (_, i) => i + 1);
  for (const [size, numbers] of [
    [1, Uint8Array.from(from)],
    [2, Uint16Array.from(from)],
    [4, Float32Array.from(from)],
    [8, Float64Array.from(from)],
  ] as const) {
    const Numbers = numbers.constructor as { new (buffer: ArrayBuffer): Float32Array };
    const gathered = new Numbers(gather(new Uint8Array(numbers.buffer), layout, size).buffer);
    expect(Array.from(gathered), `${size} bytes`).toEqual(naive(from, shape, strides));
  }
});
