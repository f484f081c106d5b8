// Which product kernel is taken, why, and that measured speeds are remembered; one real measurement of both kernels.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chooseProduct,
  measureChoice,
  measureProducts,
  type ProductMemory,
  type ProductSpeeds,
  productKey,
} from './chooseProduct.ts';
import type { Gpu } from './device.ts';
import { createGpuEngine } from './gpuEngine.ts';
import { openNodeGpu } from './nodeGpu.ts';
import { gemmShape, gemmTileSide } from './productKernel.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openNodeGpu();
});
afterAll(() => gpu?.device.destroy());

const memoryOf = (speeds: ProductSpeeds | null): ProductMemory & { readonly kept: [string, ProductSpeeds][] } => {
  const kept: [string, ProductSpeeds][] = [];
  return { kept, get: () => speeds, set: (adapter, value) => void kept.push([adapter, value]) };
};

describe('chooseProduct', () => {
  test('a software adapter takes register blocks unmeasured', async () => {
    const memory = memoryOf({ register: 1, tile: 9 });
    expect(await chooseProduct(gpu, 'auto', memory)).toEqual({
      kernel: 'register',
      isSoftware: true,
      gflops: null,
      origin: 'software',
      why: 'Not measured: the adapter is a program, and a processor has no workgroup memory of its own to gain from.',
    });
    expect(memory.kept).toEqual([]);
  });

  test('the one that the link asks for, with what is known of both', async () => {
    const expected = { kernel: 'tile', origin: 'link', why: 'Asked for by the link.' };
    expect(await chooseProduct(gpu, 'tile')).toMatchObject({ ...expected, gflops: null });
    const gflops = { register: 9, tile: 1 };
    expect(await chooseProduct(gpu, 'tile', memoryOf(gflops))).toMatchObject({ ...expected, gflops });
  });

  test('a software adapter is measured when it is asked for, and then its figures decide', async () => {
    const asked = { ...gpu, adapter: 'asked' };
    const memory = memoryOf(null);
    const { kernel, gflops, origin } = await measureChoice(asked, 'auto', memory);
    expect(kernel).toBe((gflops?.tile ?? 0) > (gflops?.register ?? 0) ? 'tile' : 'register');
    expect(origin).toBe('measured');
    expect(memory.kept).toEqual([[productKey('asked'), gflops]]);
    expect(await measureChoice(asked, 'tile')).toMatchObject({ kernel: 'tile', origin: 'link' });
  });

  test('speeds are kept by adapter and by the text of the kernels', () => {
    expect(productKey('A')).toMatch(/^A [\da-f]{8}$/);
    expect(productKey('B').slice(1)).toBe(productKey('A').slice(1));
  });

  test('what was measured on an earlier visit', async () => {
    const remembered = { ...gpu, adapter: 'remembered', isSoftware: false };
    const memory = memoryOf({ register: 200, tile: 300 });
    expect(await chooseProduct(remembered, 'auto', memory)).toEqual({
      kernel: 'tile',
      isSoftware: false,
      gflops: { register: 200, tile: 300 },
      origin: 'remembered',
      why: 'Measured before on this adapter: tiles are 1.5 times as fast as register blocks here.',
    });
    expect(memory.kept).toEqual([]);
  });

  test('else a measurement, once for an adapter, kept for the next visit; what makes no sense is not believed', async () => {
    const unknown = { ...gpu, adapter: 'unknown', isSoftware: false };
    const memory = memoryOf({ register: Number.NaN, tile: 0 });
    const first = await chooseProduct(unknown, 'auto', memory);
    const { gflops } = first;
    expect(gflops?.register).toBeGreaterThan(0);
    expect(gflops?.tile).toBeGreaterThan(0);
    expect(first.kernel).toBe((gflops?.tile ?? 0) > (gflops?.register ?? 0) ? 'tile' : 'register');
    expect(first.why).toMatch(/^Measured just now: .+ are \d+\.\d times as fast as .+ here\.$/);
    expect(memory.kept).toEqual([[productKey('unknown'), gflops]]);
    expect(await chooseProduct(unknown, 'auto', memory)).toMatchObject({
      gflops,
      why: expect.stringMatching(/^Measured before/),
    });
    expect(memory.kept).toHaveLength(1);
  });

  test('without the device’s clock, by ours', async () => {
    const features: GPUSupportedFeatures = new Set<string>();
    const device = new Proxy(gpu.device, {
      get(target, name) {
        const value = name === 'features' ? features : Reflect.get(target, name);
        return typeof value === 'function' && name !== 'features' ? value.bind(target) : value;
      },
    });
    const { register, tile } = await measureProducts({ ...gpu, device });
    expect(Math.min(register, tile)).toBeGreaterThan(0);
  });
});

test('an engine says what it took, once a model is loaded', () => {
  expect(createGpuEngine(gpu).product).toBeNull();
});

test('more of C, and a processor, make larger blocks', () => {
  const block = (rows: number, cols: number, batch: number, isSoftware: boolean) => {
    const { ROWS, COLS } = gemmShape(rows, cols, batch, isSoftware);
    return [ROWS, COLS];
  };
  expect(block(65, 192, 1, true)).toEqual([16, 16]);
  expect(block(10, 50, 1, true)).toEqual([8, 8]);
  expect(block(197, 576, 1, false)).toEqual([8, 8]);
  expect(block(197, 768, 1, false)).toEqual([16, 8]);
  expect(block(197, 576, 12, false)).toEqual([16, 16]);
  expect(gemmShape(10, 50, 1, true)).toMatchObject({ WG_X: 8, WG_Y: 1 });
  expect(gemmTileSide(197, 576)).toBe(32);
  expect(gemmTileSide(1025, 1024)).toBe(64);
});
