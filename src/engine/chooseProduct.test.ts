// Which product kernel is taken, why, and that measured speeds are remembered; one real measurement of every kernel.

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
import { gemmQuadShape, gemmShape, gemmTileSide, takesBoth } from './productKernel.ts';
import { hasQuads } from './quads.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openNodeGpu();
});
afterAll(() => gpu?.device.destroy());

const memoryOf = (speeds: ProductSpeeds | null): ProductMemory & { readonly kept: [string, ProductSpeeds][] } => {
  const kept: [string, ProductSpeeds][] = [];
  return { kept, get: () => speeds, set: (adapter, value) => void kept.push([adapter, value]) };
};

/** The same device, but for its features or the shaders that it is given. */
function deviceThat({
  features,
  shader,
}: {
  features?: readonly string[];
  shader?: (code: string) => string;
}): GPUDevice {
  return new Proxy(gpu.device, {
    get(target, name) {
      if (name === 'features' && features) return new Set(features);
      if (name === 'createShaderModule' && shader) {
        return (of: GPUShaderModuleDescriptor) => target.createShaderModule({ ...of, code: shader(of.code) });
      }
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const fastestOf = (gflops: ProductSpeeds | null): string | undefined =>
  Object.entries(gflops ?? {}).sort(([, a], [, b]) => b - a)[0]?.[0];

describe('hasQuads', () => {
  test('SwiftShader has them, and is asked once', async () => {
    expect(hasQuads(gpu.device)).toBe(hasQuads(gpu.device));
    expect(await hasQuads(gpu.device)).toBe(true);
  });

  test('not without subgroups', async () => {
    expect(await hasQuads(deviceThat({ features: ['timestamp-query'] }))).toBe(false);
  });

  test('not where a number comes from another invocation than it should', async () => {
    for (const [right, wrong] of [
      ['quadBroadcast(own, 1u)', 'quadBroadcast(own, 2u)'],
      ['quadSwapX(own)', 'quadSwapY(own)'],
    ] as const) {
      expect(await hasQuads(deviceThat({ shader: (code) => code.replace(right, wrong) }))).toBe(false);
    }
  });

  test('not where the kernel does not compile', async () => {
    expect(await hasQuads(deviceThat({ shader: (code) => code.replace('enable subgroups;', '') }))).toBe(false);
  });
});

describe('chooseProduct', () => {
  test('a software adapter takes quads unmeasured', async () => {
    const memory = memoryOf(null);
    expect(await chooseProduct(gpu, 'auto', memory)).toEqual({
      kernel: 'quad',
      isSoftware: true,
      gflops: null,
      origin: 'software',
      why: 'Not measured: the adapter is a program, and a processor has no workgroup memory of its own to gain from.',
    });
    expect(memory.kept).toEqual([]);
  });

  test('register blocks where it has no quads, whatever was measured of them', async () => {
    const without = { ...gpu, adapter: 'without', device: deviceThat({ features: [] }) };
    expect(await chooseProduct(without, 'auto')).toMatchObject({ kernel: 'register', origin: 'software' });
    expect(await chooseProduct(without, 'quad')).toMatchObject({
      kernel: 'register',
      origin: 'link',
      why: 'The link asks for quads, which this device does not have; register blocks come nearest.',
    });
    const known = memoryOf({ register: 2, quad: 9, tile: 1 });
    expect(await chooseProduct({ ...without, isSoftware: false }, 'auto', known)).toMatchObject({
      kernel: 'register',
      gflops: { register: 2, tile: 1 },
      why: 'Measured before on this adapter: register blocks are 2.0 times as fast as tiles here.',
    });
  });

  test('the one that the link asks for, with what is known of all', async () => {
    const expected = { kernel: 'tile', origin: 'link', why: 'Asked for by the link.' };
    expect(await chooseProduct(gpu, 'tile')).toMatchObject({ ...expected, gflops: null });
    const gflops = { register: 9, quad: 12, tile: 1 };
    expect(await chooseProduct(gpu, 'quad')).toMatchObject({ ...expected, kernel: 'quad' });
    expect(await chooseProduct(gpu, 'tile', memoryOf(gflops))).toMatchObject({ ...expected, gflops });
  });

  test('a software adapter is measured when it is asked for, and then its figures decide, on the next visit too', async () => {
    const asked = { ...gpu, adapter: 'asked' };
    const memory = memoryOf(null);
    const { kernel, gflops, origin } = await measureChoice(asked, 'auto', memory);
    expect(kernel).toBe(fastestOf(gflops));
    expect(origin).toBe('measured');
    expect(memory.kept).toEqual([[productKey('asked'), gflops]]);
    expect(await measureChoice(asked, 'tile')).toMatchObject({ kernel: 'tile', origin: 'link' });
    const later = memoryOf({ register: 1, quad: 2, tile: 9 });
    expect(await chooseProduct({ ...gpu, adapter: 'later' }, 'auto', later)).toMatchObject({
      kernel: 'tile',
      isSoftware: true,
      origin: 'remembered',
      gflops: { register: 1, quad: 2, tile: 9 },
    });
  });

  test('speeds are kept by adapter and by the text of the kernels', () => {
    expect(productKey('A')).toMatch(/^A [\da-f]{8}$/);
    expect(productKey('B').slice(1)).toBe(productKey('A').slice(1));
  });

  test('what was measured on an earlier visit', async () => {
    const remembered = { ...gpu, adapter: 'remembered', isSoftware: false };
    const memory = memoryOf({ register: 200, quad: 250, tile: 300 });
    expect(await chooseProduct(remembered, 'auto', memory)).toEqual({
      kernel: 'tile',
      isSoftware: false,
      gflops: { register: 200, quad: 250, tile: 300 },
      origin: 'remembered',
      why: 'Measured before on this adapter: tiles are 1.2 times as fast as quads here.',
    });
    expect(memory.kept).toEqual([]);
  });

  test('else a measurement, once for an adapter, kept for the next visit; what makes no sense is not believed', async () => {
    const unknown = { ...gpu, adapter: 'unknown', isSoftware: false };
    const memory = memoryOf({ register: Number.NaN, quad: 3, tile: 0 });
    const first = await chooseProduct(unknown, 'auto', memory);
    const { gflops } = first;
    expect(Object.keys(gflops ?? {})).toEqual(['register', 'quad', 'tile']);
    for (const speed of Object.values(gflops ?? {})) expect(speed).toBeGreaterThan(0);
    expect(first.kernel).toBe(fastestOf(gflops));
    expect(first.why).toMatch(/^Measured just now: .+ are \d+\.\d times as fast as .+ here\.$/);
    expect(memory.kept).toEqual([[productKey('unknown'), gflops]]);
    expect(await chooseProduct(unknown, 'auto', memory)).toMatchObject({
      gflops,
      why: expect.stringMatching(/^Measured before/),
    });
    expect(memory.kept).toHaveLength(1);
  });

  test('without the device’s clock, by ours', async () => {
    const speeds = await measureProducts({ ...gpu, device: deviceThat({ features: ['subgroups'] }) });
    expect(Object.keys(speeds)).toEqual(['register', 'quad', 'tile']);
    expect(Math.min(...Object.values(speeds))).toBeGreaterThan(0);
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
  expect(gemmQuadShape(65, 192, 1, true)).toEqual({ WG_X: 16, COLS: 8 });
  expect(gemmQuadShape(65, 192, 6, true)).toEqual({ WG_X: 12, COLS: 16 });
  expect(gemmQuadShape(197, 576, 1, true)).toEqual({ WG_X: 16, COLS: 16 });
  expect(gemmQuadShape(197, 576, 1, false)).toEqual({ WG_X: 16, COLS: 8 });
  expect(gemmQuadShape(10, 50, 1, false)).toEqual({ WG_X: 8, COLS: 8 });
  const both = (rows: number, cols: number, batch: number, isSoftware: boolean) =>
    takesBoth(gemmQuadShape(rows, cols, batch, isSoftware), batch, isSoftware);
  expect(both(65, 192, 1, true)).toBe(true);
  expect(both(65, 192, 1, false)).toBe(false);
  expect(both(197, 576, 1, true)).toBe(false);
  expect(both(5, 16, 6, true)).toBe(false);
  expect(gemmTileSide(197, 576)).toBe(32);
  expect(gemmTileSide(1025, 1024)).toBe(64);
});
