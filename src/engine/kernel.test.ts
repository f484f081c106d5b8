// How the binding refuses: WGSL that does not compile, parameters and buffers that are missing or unknown.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineError } from './engine.ts';
import { compileKernel, type Dispatch, defineKernel, type Kernel, USAGE_STORAGE } from './kernel.ts';
import { openNodeGpu } from './nodeGpu.ts';
import { shaderSource } from './shaderSource.ts';

const scale = defineKernel({
  name: 'scale',
  params: { count: 'u32', factor: 'f32' },
  reads: ['X'],
  writes: ['Y'],
  constants: { WIDTH: 4 },
});

const SOURCE = `override WIDTH: u32 = 4u;

struct Params {
  count: u32,
  factor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> X: array<f32>;
@group(0) @binding(2) var<storage, read_write> Y: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.count) { Y[id.x] = params.factor * X[id.x]; }
}
`;

let device: GPUDevice;
beforeAll(async () => {
  device = (await openNodeGpu()).device;
});
afterAll(() => device?.destroy());

const failure = async (promise: Promise<unknown>): Promise<EngineError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EngineError)) throw new Error(`expected an EngineError, got ${String(error)}`);
  return error;
};

describe('WGSL that does not compile', () => {
  test('a syntax error has file, line and column', async () => {
    const broken = SOURCE.replace('params.factor *', 'params.factr *');
    const error = await failure(compileKernel(device, scale, {}, broken));
    expect(error.code).toBe('shader-invalid');
    // Line 14 of the text above, at the misspelt member.
    expect(error.message).toMatch(/^scale: WGSL does not compile\n {2}scale\.wgsl:14:4\d .*factr/);
    expect(error.cause).toBeDefined();
  });

  test('a binding of another kind than declared is refused too', async () => {
    const error = await failure(
      compileKernel(device, scale, {}, SOURCE.replace('var<storage, read> X', 'var<storage, read_write> X')),
    );
    expect(error).toMatchObject({
      code: 'shader-invalid',
      message: expect.stringContaining('scale: WGSL does not compile'),
    });
  });

  test('a shader that does not exist is the programmer’s mistake', () => {
    expect(() => shaderSource('scale')).toThrow('missing shader: scale');
  });
});

describe('dispatch', () => {
  let kernel: Kernel;
  let X: GPUBuffer;
  beforeAll(async () => {
    kernel = await compileKernel(device, scale, {}, SOURCE);
    X = device.createBuffer({ size: 16, usage: USAGE_STORAGE });
  });

  test('a missing parameter is named', () => {
    expect(() => kernel.dispatch({ count: 4 }, { X, Y: X }, [1, 1, 1])).toThrow(
      new EngineError('param-missing', 'scale: missing parameter: factor'),
    );
  });

  test('a missing buffer is named', () => {
    expect(() => kernel.dispatch({ count: 4, factor: 2 }, { X }, [1, 1, 1])).toThrow(
      new EngineError('binding-missing', 'scale: missing buffer: Y'),
    );
  });

  test('an unknown parameter is named', () => {
    const Y = device.createBuffer({ size: 16, usage: USAGE_STORAGE });
    const dispatch: Dispatch = kernel.dispatch({ count: 4, factor: 2 }, { X, Y }, [1, 1, 1]);
    expect(() => dispatch.setParam('fctor', 3)).toThrow(
      new EngineError('param-missing', 'scale: unknown parameter: fctor'),
    );
  });
});
