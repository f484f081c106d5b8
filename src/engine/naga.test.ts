// Every shader through naga, the WGSL compiler of Firefox and wgpu: the tests' device is Dawn, which compiles with Tint.

import { NagaError, parseWgsl, validate } from 'naga-wasm';
import { describe, expect, test } from 'vitest';
import { KERNELS } from './kernels/index.ts';
import { shaderSource } from './shaderSource.ts';

/** naga's report, or null for a valid module. */
function complaint(source: string): { readonly kind: string; readonly report: string } | null {
  try {
    const module = parseWgsl(source);
    try {
      validate(module).free();
    } finally {
      module.free();
    }
    return null;
  } catch (error) {
    if (error instanceof NagaError) return { kind: error.kind, report: error.formatted };
    throw error;
  }
}

test.each(KERNELS)('$name is valid WGSL for naga', ({ name, ...kernel }) => {
  expect(complaint(shaderSource(name, 'lib' in kernel ? kernel.lib : undefined))).toBeNull();
});

describe('what naga reports', () => {
  const ssa = shaderSource('ssa');

  test('a name that nothing declares', () => {
    const broken = ssa.replace('let lane = local.x;', 'let lane = locl.x;');
    expect(broken).not.toBe(ssa);
    expect(complaint(broken)).toMatchObject({ kind: 'parse', report: expect.stringContaining('locl') });
  });

  test('a store to a buffer that is only read', () => {
    const broken = ssa.replace('var<storage, read_write> heads', 'var<storage, read> heads');
    expect(broken).not.toBe(ssa);
    expect(complaint(broken)).toMatchObject({ kind: 'validation' });
  });

  test('a sum of whole numbers and floats', () => {
    const broken = ssa.replace('rows[r] / sum', 'params.n / sum');
    expect(broken).not.toBe(ssa);
    expect(complaint(broken)).toMatchObject({ kind: 'parse' });
  });
});
