import { expect, test } from 'vitest';
import { tileLayout } from './tiles.ts';

test('six heads on an 8 × 8 grid: 216 at 1440, 160 at 1024, 176 on a phone', () => {
  expect(tileLayout(680, 6, 8, 216)).toEqual({ columns: 3, side: 216, gap: 16 });
  expect(tileLayout(503, 6, 8, 216)).toEqual({ columns: 3, side: 160, gap: 11 });
  expect(tileLayout(358, 6, 8, 216)).toEqual({ columns: 2, side: 176, gap: 6 });
});

test.each([
  { K: 1, grid: 8 },
  { K: 3, grid: 14 },
  { K: 8, grid: 14 },
  { K: 12, grid: 7 },
  { K: 16, grid: 16 },
])('$K heads on a $grid grid never run over the width', ({ K, grid }) => {
  for (let width = 200; width < 900; width += 13) {
    const { columns, side, gap } = tileLayout(width, K, grid, 216);
    expect(side % grid).toBe(0);
    expect(columns * side + (columns - 1) * gap).toBeLessThanOrEqual(width);
    expect(gap).toBeGreaterThanOrEqual(columns > 1 ? 5 : 0);
  }
});
