// Holds every WGSL file to its declaration in index.ts: names, parameters, bindings, constants; and to what its header promises.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { shaderSource, shaderSources } from '../shaderSource.ts';
import { GRAM_SHAPE } from './grids.ts';
import { KERNELS } from './index.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Every match's groups, as plain arrays. */
const groupsOf = (text: string, pattern: RegExp): string[][] =>
  [...text.matchAll(pattern)].map(([, ...groups]) => groups.map((group) => group ?? ''));

const sourceOf = (name: string): string => shaderSources[name] ?? '';

/** A kernel's text with its library's. */
const wholeOf = (kernel: (typeof KERNELS)[number]): string =>
  shaderSource(kernel.name, 'lib' in kernel ? kernel.lib : undefined);

test('shaders/ and the table list the same kernels, each once', () => {
  const declared = KERNELS.map(({ name }) => name);
  expect([...declared].sort()).toEqual(Object.keys(shaderSources).sort());
  expect(new Set(declared).size).toBe(declared.length);
});

describe.each(KERNELS.map((kernel) => [kernel.name, kernel] as const))('%s', (name, kernel) => {
  const source = wholeOf(kernel);
  const own = sourceOf(name);

  test('Params: fields, types and order', () => {
    const [[body = ''] = []] = groupsOf(source, /^struct Params \{\n([\s\S]*?)^\}/gm);
    expect(groupsOf(body, /^ {2}(\w+): (\w+),/gm)).toEqual(Object.entries(kernel.params));
    expect(body.trimEnd().split('\n')).toHaveLength(Object.keys(kernel.params).length);
  });

  test('bindings: 0 is params, then the reads, then the writes, one a line', () => {
    const shape = /^@group\(0\) @binding\((\d+)\) var<(uniform|storage, read|storage, read_write)> (\w+): (.+);$/gm;
    const bindings = groupsOf(source, shape);
    expect(bindings.map(([at, access, symbol]) => [at, access, symbol])).toEqual([
      ['0', 'uniform', 'params'],
      ...kernel.reads.map((symbol, i) => [String(1 + i), 'storage, read', symbol]),
      ...kernel.writes.map((symbol, i) => [String(1 + kernel.reads.length + i), 'storage, read_write', symbol]),
    ]);
    expect(bindings[0]?.[3]).toBe('Params');
    for (const [, , symbol, type] of bindings.slice(1)) expect(type, symbol).toMatch(/^array<(f32|vec4f|vec4u)>$/);
    // A declaration in any other shape would escape the pattern above.
    expect(source.match(/@binding/g)).toHaveLength(bindings.length);
  });

  test('override constants: names and defaults', () => {
    const overrides = groupsOf(source, /^override (\w+): u32 = (\d+)u;/gm);
    expect(Object.fromEntries(overrides.map(([constant = '', value]) => [constant, Number(value)]))).toEqual(
      kernel.constants,
    );
    expect(source.match(/^override /gm)).toHaveLength(overrides.length);
  });

  test('one entry point, main; no optional feature but the declared one; no early return above a barrier', () => {
    expect(groupsOf(source, /@compute @workgroup_size\([^)]*\)\nfn (\w+)\(/g)).toEqual([['main']]);
    const features = 'feature' in kernel ? [[kernel.feature]] : [];
    expect(groupsOf(source, /^\s*(?:enable|requires)\s+(.*);/gm)).toEqual(features);
    expect(source).not.toMatch(/^\s*requires\b/m);
    if (own.includes('Barrier()')) expect(own.slice(own.indexOf('fn main'))).not.toMatch(/\breturn\b/);
  });

  test('the header says what it does, where it comes from, its grid and an exported CPU reference', () => {
    const header = own.slice(0, own.indexOf('\n\n')).split('\n');
    expect(header.every((line) => line.startsWith('//'))).toBe(true);
    expect(header[0]).toMatch(new RegExp(`^// ${name} — .+`));
    expect(header.join('\n')).toMatch(/Source: /);
    expect(header.join('\n')).toMatch(/^\/\/ Grid: /m);
    const [[reference = '', file = ''] = []] = groupsOf(
      header.join('\n'),
      /^\/\/ CPU reference: (\w+) in (\S+\.ts)\.$/gm,
    );
    expect(file, 'names a file').not.toBe('');
    expect(readFileSync(`${root}/${file}`, 'utf8')).toMatch(
      new RegExp(`^export (function|const) ${reference}\\b`, 'm'),
    );
  });

  test('every buffer is named in the header with its shape', () => {
    const header = own.slice(0, own.indexOf('\n\n'));
    for (const symbol of [...kernel.reads, ...kernel.writes]) {
      expect(header).toMatch(new RegExp(`^// {3}(\\w+, )*${symbol}(, \\w+)* *: `, 'm'));
    }
  });
});

test('the blocks that the grids count are the ones that the shaders keep', () => {
  const consts = (name: string) => Object.fromEntries(groupsOf(sourceOf(name), /^const (\w+) = (\d+)u;/gm));
  expect(consts('gram')).toMatchObject({ BLOCK: String(GRAM_SHAPE.BLOCK) });
  expect(consts('layer_norm')).toMatchObject({ SHARE: '4' });
});

test('a library says what it uses, and is appended after the kernel', () => {
  const whole = shaderSource('gemm', 'product');
  expect(whole.startsWith(sourceOf('gemm'))).toBe(true);
  expect(whole).toContain('fn store(');
  expect(() => shaderSource('gemm', 'none')).toThrow('missing shader: lib/none');
});
