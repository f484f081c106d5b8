import { describe, expect, test } from 'vitest';
import { cellSize, channelOrder, histogramOf, selectionOf, sparsityOf, subMatrix } from './tokenStats.ts';

// 3 tokens × 4 channels.
const Z = Float32Array.from([1, 0, 0, 2, 0, 0, 0, 3, 4, 0, 5, 6]);

describe('sparsity', () => {
  test('counts non-zeros by token and by channel', () => {
    expect(sparsityOf(Z, 4)).toEqual({ perToken: [2, 1, 3], perChannel: [2, 0, 1, 3], total: 6 });
  });

  test('the most used channel comes first, ties as stored', () => {
    expect(channelOrder([2, 0, 2, 3], 'use')).toEqual([3, 0, 2, 1]);
    expect(channelOrder([2, 0, 2, 3], 'stored')).toEqual([0, 1, 2, 3]);
  });
});

describe('the 50 × 50 sub-matrix', () => {
  test('has 50 different rows and columns, the same at every call', () => {
    const first = subMatrix(65, 192);
    expect(first).toEqual(subMatrix(65, 192));
    for (const [indices, total] of [
      [first.rows, 65],
      [first.columns, 192],
    ] as const) {
      expect(new Set(indices).size).toBe(50);
      expect(Math.min(...indices)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...indices)).toBeLessThan(total);
      expect([...indices].sort((a, b) => a - b)).toEqual(indices);
    }
  });

  test('takes all there is of a small matrix', () => {
    expect(subMatrix(5, 60).rows).toEqual([0, 1, 2, 3, 4]);
  });

  test('keeps the order of channels', () => {
    const perChannel = Array.from({ length: 192 }, (_, j) => (j * 37) % 65);
    const selection = selectionOf({ perToken: new Array(65).fill(1), perChannel, total: 65 }, 'use', '50');
    const use = selection.columns.map((column) => perChannel[column] ?? 0);
    expect(use).toEqual([...use].sort((a, b) => b - a));
    expect(selection.columns).toHaveLength(50);
  });
});

describe('histogram', () => {
  test('zero is an edge; what is not above it is cut; the rest is counted once', () => {
    const histogram = histogramOf(Float32Array.from([-0.9, -0.1, 0, 0.1, 0.6, 7]), 1, 4);
    expect(histogram.counts).toEqual([1, 1, 2, 1]);
    expect(histogram.cut).toBe(0.5);
    expect(histogram.beyond).toBe(1);
  });

  test('an odd number of bins would put zero inside one', () => {
    expect(() => histogramOf(new Float32Array(1), 1, 5)).toThrow('5 is odd');
  });
});

test('cells are whole device pixels where they fit', () => {
  expect(cellSize(576, 192, 1)).toBe(3);
  expect(cellSize(576, 384, 2)).toBe(1.5);
  expect(cellSize(576, 768, 1)).toBe(0.75);
});
