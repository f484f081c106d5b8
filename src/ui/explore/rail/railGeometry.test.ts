import { describe, expect, test } from 'vitest';
import { DOCK_RAIL, keyContents, NARROW_RAIL, railGeometry, WIDE_RAIL } from './railGeometry.ts';

describe('the rail', () => {
  test.each([
    { width: 1096, L: 6, sizes: WIDE_RAIL },
    { width: 862, L: 6, sizes: NARROW_RAIL },
    { width: 1096, L: 12, sizes: WIDE_RAIL },
    { width: 1096, L: 24, sizes: WIDE_RAIL },
    { width: 358, L: 6, sizes: DOCK_RAIL },
    { width: 600, L: 24, sizes: NARROW_RAIL },
  ])('of $L layers in $width px has columns in order, without overlap', ({ width, L, sizes }) => {
    const rail = railGeometry(width, L, sizes);
    expect(rail.layers).toHaveLength(L);
    const columns = [rail.picture, rail.embed, ...rail.layers.flatMap((layer) => [layer.mssa, layer.ista]), rail.head];
    const present = columns.filter((column) => column !== null);
    for (let i = 1; i < present.length; i++) {
      const before = present[i - 1];
      expect(present[i]?.x).toBeGreaterThan((before?.x ?? 0) + (before?.width ?? 0));
    }
  });

  test('fills the track where the layers fit', () => {
    for (const L of [5, 6, 12, 24]) {
      const rail = railGeometry(1096, L, WIDE_RAIL);
      expect(Math.abs(rail.width - 1096)).toBeLessThanOrEqual(1);
    }
  });

  test('of one layer is not wider than it needs to be', () => {
    const rail = railGeometry(1096, 1, WIDE_RAIL);
    expect(rail.half).toBe(WIDE_RAIL.maxHalf);
    expect(rail.width).toBeLessThan(1096);
  });

  test('of many layers in the dock keeps thumbs in mind and becomes wider than the track', () => {
    const rail = railGeometry(358, 24, DOCK_RAIL);
    expect(rail.half).toBe(DOCK_RAIL.minHalf);
    expect(rail.width).toBeGreaterThan(358);
  });

  test('of no layers still holds picture, embed and head', () => {
    const rail = railGeometry(1096, 0, WIDE_RAIL);
    expect(rail.layers).toEqual([]);
    expect(rail.head?.x).toBeGreaterThan((rail.embed?.x ?? 0) + (rail.embed?.width ?? 0));
  });

  test.each([
    [62, true, true],
    [61, true, false],
    [40, true, false],
    [39, false, true],
    [24, false, true],
    [23, false, false],
  ])('a key of %d px: word %s, glyph %s', (width, word, glyph) => {
    expect(keyContents(width)).toEqual({ word, glyph });
  });
});
