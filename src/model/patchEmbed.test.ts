import { expect, test } from 'vitest';
import type { CrateConfig } from './config.ts';
import { cutPatches } from './patchEmbed.ts';

const config: CrateConfig = {
  kind: 'crate',
  imageSize: 4,
  patchSize: 2,
  classes: 2,
  d: 3,
  L: 1,
  K: 1,
  p: 3,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};

test('patches go by grid row and column; inside by row, column, then channel', () => {
  // Pixel (channel c, row y, column x) holds 100c + 10y + x.
  const image = Float32Array.from(
    { length: 48 },
    (_, i) => 100 * Math.floor(i / 16) + 10 * Math.floor((i % 16) / 4) + (i % 4),
  );
  const patches = cutPatches(image, config);
  expect(Array.from(patches.subarray(0, 12))).toEqual([0, 100, 200, 1, 101, 201, 10, 110, 210, 11, 111, 211]);
  // The second patch is to the right of the first, the third below it.
  expect(Array.from(patches.subarray(12, 15))).toEqual([2, 102, 202]);
  expect(Array.from(patches.subarray(24, 27))).toEqual([20, 120, 220]);
});

test('a picture of the wrong size is refused with both sizes', () => {
  expect(() => cutPatches(new Float32Array(10), config)).toThrow('image holds 10 numbers, 3×4×4 needs 48');
});
