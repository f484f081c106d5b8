import { expect, test } from 'vitest';
import type { CrateConfig } from './config.ts';
import { convToLinear, cutPatches, joinPatches } from './patchEmbed.ts';

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

test('joinPatches undoes cutPatches', () => {
  const image = Float32Array.from({ length: 48 }, (_, i) => i);
  expect(Array.from(joinPatches(cutPatches(image, config), config))).toEqual(Array.from(image));
  expect(() => joinPatches(new Float32Array(47), config)).toThrow('3×4×4 needs 48');
});

test('a convolution is the linear map of a patch', () => {
  const weight = Float32Array.from({ length: 3 * 12 }, (_, i) => Math.sin(i));
  const image = Float32Array.from({ length: 48 }, (_, i) => Math.cos(i));
  const linear = convToLinear(weight, 3, 2);
  const patches = cutPatches(image, config);
  // Output 1 at grid row 0, column 1: Σ over channel, y, x of weight[1, channel, y, x] · image[channel, y, 2 + x].
  let conv = 0;
  let product = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 2; x++) {
        conv += (weight[12 + channel * 4 + y * 2 + x] ?? 0) * (image[channel * 16 + y * 4 + 2 + x] ?? 0);
      }
    }
  }
  for (let j = 0; j < 12; j++) product += (linear[12 + j] ?? 0) * (patches[12 + j] ?? 0);
  expect(product).toBeCloseTo(conv, 6);
  expect(() => convToLinear(weight, 3, 3)).toThrow('3×3×3×3 needs 81');
});
