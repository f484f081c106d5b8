// Padding and row strides, where the results lie, and what a picture needs at a size.

import { describe, expect, test } from 'vitest';
import type { CrateConfig } from '../model/config.ts';
import { layersPerChunk } from './gpuBuffers.ts';
import { gramRounds, measureArrays, pictureArrays, pictureEstimate } from './gpuPicture.ts';
import { resultLayout } from './gpuResults.ts';
import { dropPadding, padRows, sizesOf } from './gpuSizes.ts';
import { randomFloats } from './kernels/testKernel.ts';

const ODD: CrateConfig = {
  kind: 'crate',
  imageSize: 9,
  patchSize: 3,
  classes: 7,
  d: 50,
  L: 2,
  K: 2,
  p: 25,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const ALPHA: CrateConfig = { ...ODD, kind: 'crate-alpha', atoms: 90 };
const MAE: CrateConfig = { ...ODD, kind: 'crate-mae', classes: 0, decoder: { L: 3, K: 3, p: 10 } };
const LARGE: CrateConfig = { ...ODD, imageSize: 224, patchSize: 16, classes: 1000, d: 1024, L: 24, K: 16, p: 64 };

/** WebGPU's guaranteed limits. */
const LIMITS = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeWorkgroupsPerDimension: 65535,
} as GPUSupportedLimits;

describe('padding', () => {
  test.each([
    [1, 1, 4],
    [3, 5, 8],
    [7, 27, 28],
    [2, 50, 52],
  ])('%i × %i in rows of %i and back', (rows, columns, ld) => {
    const values = randomFloats(rows * columns, rows);
    const padded = padRows(values, rows, columns, ld);
    expect(padded).toHaveLength(rows * ld);
    for (let i = 0; i < rows; i++) {
      expect(padded.subarray(i * ld + columns, (i + 1) * ld)).toEqual(new Float32Array(ld - columns));
    }
    expect(dropPadding(padded, rows, columns, ld)).toEqual(values);
  });

  test('rows that need none are not copied', () => {
    const values = randomFloats(24, 1);
    expect(padRows(values, 3, 8, 8)).toBe(values);
    expect(dropPadding(values, 3, 8, 8)).toBe(values);
  });
});

describe('sizes', () => {
  test('every row stride is the next multiple of 4; Gram matrices take the small side', () => {
    expect(sizesOf(ODD)).toMatchObject({ n: 10, inner: 50, patch: 27, ldD: 52, ldInner: 52, ldPatch: 28 });
    expect(sizesOf(ODD)).toMatchObject({ mHead: 16, mAll: 16, features: 50, atoms: 50, decoder: null });
    expect(sizesOf({ ...ODD, imageSize: 30 })).toMatchObject({ n: 101, mHead: 32, mAll: 56 });
    expect(sizesOf({ ...ODD, headWidth: 30 })).toMatchObject({ features: 30, ldFeatures: 32 });
    expect(sizesOf(ALPHA)).toMatchObject({ atoms: 90, ldAtoms: 92, hasCodes: true, hasPatchNorms: false });
    expect(sizesOf(MAE).decoder).toEqual({ L: 3, K: 3, p: 10, inner: 30, ldInner: 32 });
  });
});

describe.each([
  { name: 'CRATE', config: ODD },
  { name: 'CRATE-α', config: ALPHA },
  { name: 'CRATE-MAE', config: MAE },
])('results of $name', ({ config }) => {
  test('follow each other without gap or overlap', () => {
    const sizes = sizesOf(config);
    const { classes, L, K, n, patch } = sizes;
    const layout = resultLayout(sizes);
    const parts: [number, number][] = [
      [layout.logits, classes],
      [layout.reconstruction, config === MAE ? (n - 1) * patch : 0],
      [layout.measures, 0],
      [layout.headRates, 3 * L * 2 * K],
      [layout.allRates, 3 * L * 2],
      [layout.sparsityHalf, 2 * L],
      [layout.sparsityNext, 2 * L],
      [layout.sparsityCodes, config === ALPHA ? 2 * L : 0],
      [layout.clsRows, L * K * n],
    ];
    let end = 0;
    for (const [first, length] of parts) {
      expect(first).toBe(end);
      end += length;
    }
    expect(layout.length).toBe(end);
    expect(pictureArrays(config).find(({ name }) => name === 'results')?.entries).toBe(end);
  });
});

describe('Gram matrices at a time', () => {
  test('all of them up to 64 MiB, as at 224 px', () => {
    expect(gramRounds(sizesOf(ODD), 2 ** 27)).toEqual({ heads: 6, all: 6 });
    expect(gramRounds(sizesOf(LARGE), 2 ** 27)).toEqual({ heads: 72, all: 72 });
  });

  test('else as many as fit, and never less than one layer at one place', () => {
    // 1024² floats, raw and unit-normalised, are 8 MiB a layer and place.
    expect(gramRounds(sizesOf({ ...LARGE, imageSize: 512 }), 2 ** 27).all).toBe(8);
    expect(gramRounds(sizesOf({ ...LARGE, imageSize: 512 }), 2 ** 24).all).toBe(2);
    expect(gramRounds(sizesOf({ ...LARGE, imageSize: 512 }), 2 ** 20).all).toBe(1);
    const arrays = measureArrays({ ...LARGE, imageSize: 512 }, 2 ** 27);
    expect(arrays.find(({ name }) => name === 'tokenGrams')?.entries).toBe(2 ** 24);
  });
});

describe('what a picture needs', () => {
  const estimate = (config: CrateConfig, limits = LIMITS) =>
    pictureEstimate(config, limits, Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize));

  test('CRATE-L runs within the guaranteed limits at 224 and at 512 px, in buffers of some layers', () => {
    expect(estimate(LARGE)).toEqual({ bytes: expect.any(Number), refusal: null });
    // Seven arrays of 24 · 1025 · 1024 floats, 98.4 MiB each a buffer here, and little else.
    const { bytes, refusal } = estimate({ ...LARGE, imageSize: 512 });
    expect(refusal).toBeNull();
    expect(bytes / 2 ** 20).toBeGreaterThan(7 * 96);
    expect(bytes / 2 ** 20).toBeLessThan(7 * 96 + 150);
    expect(layersPerChunk(pictureArrays({ ...LARGE, imageSize: 512 }), 2 ** 27)).toBe(24);
    expect(layersPerChunk(pictureArrays({ ...LARGE, imageSize: 1024 }), 2 ** 27)).toBe(7);
  });

  test('the demo at 512 px in patches of 8, 4097 tokens', () => {
    expect(estimate({ ...LARGE, imageSize: 512, patchSize: 8, d: 768, L: 12, K: 6, p: 128 }).refusal).toBeNull();
  });

  test('one layer that fits no buffer is named', () => {
    const small = { ...LIMITS, maxStorageBufferBindingSize: 2 ** 19 };
    // 1601 tokens of 50: positions without padding, then the patches, then tokens padded to 52.
    expect(estimate({ ...ODD, imageSize: 120, d: 100 }, small).refusal).toBe(
      'positions needs 0.6 MiB in one buffer; this adapter binds at most 0.5 MiB.',
    );
    expect(estimate({ ...ALPHA, imageSize: 60, d: 48, K: 3, p: 16, atoms: 400 }, small).refusal).toBe(
      'z1 needs 0.6 MiB in one buffer; this adapter binds at most 0.5 MiB.',
    );
    expect(estimate({ ...ODD, imageSize: 120, d: 48, K: 4, p: 25 }, small).refusal).toBe(
      'ZU of one layer needs 0.6 MiB in one buffer; this adapter binds at most 0.5 MiB.',
    );
  });

  test('so are more tokens than a dispatch takes, and heads wider than workgroup memory', () => {
    const tiny = { ...ODD, patchSize: 1, d: 1, K: 1, p: 1 };
    expect(estimate({ ...tiny, imageSize: 255 }).refusal).toBeNull();
    expect(estimate({ ...tiny, imageSize: 256 }).refusal).toBe(
      '65537 tokens are too many; this adapter takes at most 65535 at once.',
    );
    const wide = { ...ODD, d: 8, K: 1, p: 4096 };
    expect(estimate(wide).refusal).toBeNull();
    expect(estimate({ ...wide, imageSize: 120 }).refusal).toBe(
      "Heads of width 4096 do not fit the 16 KiB of this adapter's workgroup memory.",
    );
  });

  test('a side that patches do not divide is refused', () => {
    expect(estimate({ ...ODD, imageSize: 10 }).refusal).toBe('10 px are no multiple of the patch side, 3 px.');
  });
});
