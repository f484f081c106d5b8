import { describe, expect, test } from 'vitest';
import { seeded } from '../math/random.ts';
import type { CrateConfig } from './config.ts';
import { hiddenIndices, hiddenPatches } from './mask.ts';
import { cutPatches } from './patchEmbed.ts';
import { reconstructionPixels } from './reconstruction.ts';

const CONFIG: CrateConfig = {
  kind: 'crate-mae',
  imageSize: 12,
  patchSize: 4,
  classes: 0,
  d: 8,
  L: 1,
  K: 1,
  p: 8,
  eta: 0.1,
  lambda: 0.5,
  pool: 'cls',
};
const MEAN = [0.485, 0.456, 0.406] as const;
const STD = [0.229, 0.224, 0.225] as const;

/** Bytes RGB, and the same normalised and planar. */
function picture(seed: number) {
  const uniform = seeded(seed);
  const bytes = Uint8ClampedArray.from({ length: 3 * 12 * 12 }, () => Math.floor(256 * uniform()));
  const image = new Float32Array(bytes.length);
  for (let at = 0; at < 144; at++) {
    for (let c = 0; c < 3; c++) image[c * 144 + at] = ((bytes[3 * at + c] ?? 0) / 255 - (MEAN[c] ?? 0)) / (STD[c] ?? 1);
  }
  return { bytes, image };
}

describe('a reconstruction as a picture', () => {
  test('the true patches give the picture back, to the byte', () => {
    const { bytes, image } = picture(1);
    const reconstruction = Float32Array.from(cutPatches(image, CONFIG));
    const pixels = reconstructionPixels(CONFIG, { reconstruction, image, mean: MEAN, std: STD, patchPixels: 'plain' });
    expect(pixels).toEqual(bytes);
  });

  test('so do patches less their mean over their deviation', () => {
    const { bytes, image } = picture(2);
    const patches = Float32Array.from(cutPatches(image, CONFIG));
    for (let patch = 0; patch < 9; patch++) {
      const one = patches.subarray(48 * patch, 48 * (patch + 1));
      const mean = one.reduce((a, b) => a + b, 0) / 48;
      const variance = one.reduce((a, b) => a + (b - mean) ** 2, 0) / 47;
      one.set(one.map((value) => (value - mean) / Math.sqrt(variance + 1e-6)));
    }
    const parts = { reconstruction: patches, image, mean: MEAN, std: STD };
    const pixels = reconstructionPixels(CONFIG, { ...parts, patchPixels: 'patch' });
    const worst = Math.max(...pixels.map((value, i) => Math.abs(value - (bytes[i] ?? 0))));
    expect(worst).toBeLessThanOrEqual(1);
    expect(reconstructionPixels(CONFIG, { ...parts, patchPixels: 'plain' })).not.toEqual(bytes);
  });

  test('sizes that do not fit are told', () => {
    const { image } = picture(3);
    const parts = { reconstruction: new Float32Array(5), image, mean: MEAN, std: STD, patchPixels: 'plain' as const };
    expect(() => reconstructionPixels(CONFIG, parts)).toThrow(/5 and 432 numbers for 12 × 12 px in patches of 4/);
  });
});

describe('hidden patches', () => {
  test.each([
    [196, 0.75, 147],
    [64, 0.75, 48],
    [9, 0.5, 5],
    [9, 0, 0],
    [9, 1, 9],
  ])('of %i by %f: %i', (N, ratio, count) => {
    expect(hiddenIndices(hiddenPatches(N, ratio, 7))).toHaveLength(count);
  });

  test('are the seed’s', () => {
    expect(hiddenPatches(196, 0.75, 1)).toEqual(hiddenPatches(196, 0.75, 1));
    expect(hiddenPatches(196, 0.75, 1)).not.toEqual(hiddenPatches(196, 0.75, 2));
    expect(() => hiddenPatches(9, 1.5, 1)).toThrow(RangeError);
  });
});
