import { expect, test } from 'vitest';
import { meanOfPatch } from './patchMean.ts';

test('the mean of a patch is of its own pixels alone', () => {
  // 4 × 4 pixels in 2 × 2 patches; red counts pixels, green is the patch, blue is 7.
  const rgb = new Uint8ClampedArray(48);
  for (let i = 0; i < 16; i++) {
    const patch = 2 * Math.floor(i / 8) + Math.floor((i % 4) / 2);
    rgb.set([i, 10 * patch, 7], 3 * i);
  }
  expect(meanOfPatch(rgb, 4, 2, 0)).toEqual([2.5, 0, 7]);
  expect(meanOfPatch(rgb, 4, 2, 3)).toEqual([12.5, 30, 7]);
});
