// Padding, the layout of the read-back, and the sentences when a model is too large: no adapter is needed, devices are made up.

import { describe, expect, test } from 'vitest';
import type { CrateConfig } from '../model/config.ts';
import { dictionaryStep } from '../model/ista.ts';
import {
  activationLengths,
  createBuffers,
  dropPadding,
  packWeights,
  padRows,
  resultLayout,
  sizesOf,
} from './gpuBuffers.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { randomWeights } from './testWeights.ts';

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
    expect(sizesOf(ODD)).toMatchObject({ mHead: 10, mAll: 10 });
    expect(sizesOf({ ...ODD, imageSize: 30 })).toMatchObject({ n: 101, mHead: 25, mAll: 50 });
  });

  test('the results follow each other without gap or overlap', () => {
    const sizes = sizesOf(ODD);
    const { classes, L, K, n } = sizes;
    const layout = resultLayout(sizes);
    const parts: [number, number][] = [
      [layout.logits, classes],
      [layout.headRates, 3 * L * 2 * K],
      [layout.allRates, 3 * L * 2],
      [layout.sparsityHalf, 2 * L],
      [layout.sparsityNext, 2 * L],
      [layout.clsRows, L * K * n],
    ];
    let end = 0;
    for (const [first, length] of parts) {
      expect(first).toBe(end);
      end += length;
    }
    expect(layout.length).toBe(end);
    expect(activationLengths(sizes, ODD.imageSize).results).toBe(end);
  });
});

describe('packed weights', () => {
  const weights = randomWeights(ODD, 5);

  test('layers lie one after the other, rows padded; G is Dᵀ(I − D)', () => {
    const packed = packWeights(ODD, weights);
    const { d, inner, ldD, ldInner } = sizesOf(ODD);
    weights.layers.forEach((layer, l) => {
      const U = packed.U.subarray(l * inner * ldD, (l + 1) * inner * ldD);
      expect(dropPadding(U, inner, d, ldD)).toEqual(layer.U);
      const W = packed.W.subarray(l * d * ldInner, (l + 1) * d * ldInner);
      expect(dropPadding(W, d, inner, ldInner)).toEqual(layer.W);
      const G = packed.G.subarray(l * d * ldD, (l + 1) * d * ldD);
      expect(dropPadding(G, d, d, ldD)).toEqual(Float32Array.from(dictionaryStep(layer.D, d)));
      expect(packed.norm2Bias.subarray(l * d, (l + 1) * d)).toEqual(layer.norm2Bias);
    });
  });

  test('an output map that is the identity is written out, with a bias of zeros', () => {
    const config = { ...ODD, K: 1, p: 50, L: 1 };
    const one = randomWeights(config, 6);
    const layers = one.layers.map((layer) => ({ ...layer, W: null, b: null }));
    const { W, b } = packWeights(config, { ...one, layers });
    for (let i = 0; i < 50; i++) {
      for (let j = 0; j < 52; j++) expect(W[i * 52 + j]).toBe(i === j ? 1 : 0);
    }
    expect(b).toEqual(new Float32Array(50));
  });
});

describe('a device that is too small', () => {
  /** Only what createBuffers asks of a device. */
  const fakeDevice = (limit: number, error: GPUError | null = null) => {
    const alive = new Set<string>();
    const device = {
      limits: { maxStorageBufferBindingSize: limit, maxBufferSize: 2 ** 30 },
      queue: { writeBuffer: () => undefined },
      createBuffer: ({ label = '' }: GPUBufferDescriptor) => {
        alive.add(label);
        return { destroy: () => alive.delete(label) };
      },
      pushErrorScope: () => undefined,
      popErrorScope: async () => error,
    };
    return { device: device as unknown as GPUDevice, alive };
  };
  const weights = randomWeights(ODD, 7);

  test('a buffer over the binding limit is named with both sizes, and nothing is allocated', async () => {
    const { device, alive } = fakeDevice(2 ** 20);
    // The class head's rows are padded to 52: 10000 · 52 · 4 bytes.
    const large = { ...ODD, classes: 10000 };
    await expect(createBuffers(device, large, randomWeights(large, 8))).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: 'headWeight needs 2.0 MiB in one buffer; this adapter binds at most 1.0 MiB.',
    });
    expect(alive.size).toBe(0);
  });

  test('so is one of the picture’s own', async () => {
    // 120 px make 1601 tokens; positions take 1601 · 50 · 4 bytes, LN(Z) of both layers 2 · 1601 · 52 · 4.
    const wide = { ...ODD, imageSize: 120 };
    await expect(createBuffers(fakeDevice(2 ** 19).device, wide, randomWeights(wide, 9))).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: 'LN_Z needs 0.6 MiB in one buffer; this adapter binds at most 0.5 MiB.',
    });
  });

  test('memory that runs out gives everything back and names the whole size', async () => {
    const cause = { message: 'out of memory' } as GPUError;
    const { device, alive } = fakeDevice(2 ** 30, cause);
    await expect(createBuffers(device, ODD, weights)).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'The model needs 0.1 MiB of GPU memory, more than there is.',
      cause,
    });
    expect(alive.size).toBe(0);
  });

  test('a device that is large enough holds every buffer until they are destroyed', async () => {
    const { device, alive } = fakeDevice(2 ** 30);
    const buffers = await createBuffers(device, ODD, weights);
    expect(alive.size).toBe(Object.keys(buffers.weights).length + Object.keys(buffers.activations).length);
    buffers.destroy();
    expect(alive.size).toBe(0);
  });
});
