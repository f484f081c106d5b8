import { expect, test } from 'vitest';
import { columnsFor, decoderLayout, pictureSide, tileLayout } from './tiles.ts';

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
  { K: 16, grid: 28 },
  { K: 12, grid: 32 },
])('$K heads on a $grid grid never run over the width', ({ K, grid }) => {
  for (let width = 200; width < 900; width += 13) {
    const { columns, side, gap } = tileLayout(width, K, grid, 216);
    expect(side % grid).toBe(0);
    expect(columns * side + (columns - 1) * gap).toBeLessThanOrEqual(width);
    expect(gap).toBeGreaterThanOrEqual(columns > 1 ? 5 : 0);
  }
});

test('sixteen heads: six abreast while a patch is 5 px, else four; a phone takes two where three would be too small', () => {
  expect([8, 14, 28, 32, 64].map((grid) => columnsFor(16, 680, grid))).toEqual([6, 6, 4, 4, 4]);
  expect([14, 28].map((grid) => columnsFor(16, 358, grid))).toEqual([3, 2]);
});

test('a picture keeps whole pixels where they fill most of the room', () => {
  expect(pictureSide(460, 224, 14)).toBe(448);
  expect(pictureSide(335, 224, 14)).toBe(322);
  expect(pictureSide(140, 224, 14)).toBe(140);
  expect(pictureSide(560, 32, 8)).toBe(544);
});

test.each([300, 358, 503, 680, 1100])('the pictures of the decoder stay inside %i px', (width) => {
  for (const [pixels, grid] of [
    [224, 14],
    [32, 8],
    [512, 32],
  ] as const) {
    const { large, small, isStacked } = decoderLayout(width, pixels, grid);
    expect([large % grid, small % grid]).toEqual([0, 0]);
    expect(isStacked ? Math.max(large, 2 * small + 8) : large + small + 8).toBeLessThanOrEqual(width);
  }
});
