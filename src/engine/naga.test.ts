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

const NEED_NOTHING = KERNELS.filter((kernel) => !('feature' in kernel));

test.each(NEED_NOTHING)('$name is valid WGSL for naga', ({ name, ...kernel }) => {
  expect(complaint(shaderSource(name, 'lib' in kernel ? kernel.lib : undefined))).toBeNull();
});

// Where they are not offered, as in Firefox, the kernels that need subgroups are never compiled.
test('naga knows no `enable subgroups`; the rest of those kernels is valid but for the quads themselves', () => {
  const others = KERNELS.filter((kernel) => 'feature' in kernel);
  expect(others.map(({ name }) => name)).toEqual(['gemm_quad', 'ssa_quad', 'quad_probe']);
  for (const { name, ...kernel } of others) {
    const source = shaderSource(name, 'lib' in kernel ? kernel.lib : undefined);
    expect(complaint(source), name).toMatchObject({ report: expect.stringContaining('subgroups') });
    const alone = source
      .replace(/^(enable subgroups|diagnostic\(off, subgroup_uniformity\));$/gm, '')
      .replace(/quadBroadcast\(([^,]+), (\d)u\)/g, '($1 * $2.0)')
      .replace(/quadSwap[XY]\(/g, '(');
    expect(alone).not.toMatch(/quad(Broadcast|Swap)/);
    expect(complaint(alone), name).toBeNull();
  }
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
