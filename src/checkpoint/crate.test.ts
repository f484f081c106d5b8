import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FIXTURES } from '../model/fixtures/golden.ts';
import { crateFromTensors, type GivenConstants } from './crate.ts';
import { CheckpointError } from './errors.ts';
import { type NamedTensor, readSafetensors, type TensorFile } from './safetensors.ts';

const read = (path: string): TensorFile => readSafetensors(readFileSync(`${FIXTURES}/${path}.safetensors`));
const micro = read('crate_micro/checkpoint');

const tensor = (name: string, shape: readonly number[], fill = 0): NamedTensor => {
  const count = shape.reduce((product, side) => product * side, 1);
  return { name, dtype: 'F32', shape, count, f32: () => new Float32Array(count).fill(fill) };
};

/** The file with tensors put in, or taken out where the value is null. */
function changed(file: TensorFile, changes: Readonly<Record<string, NamedTensor | null>>): TensorFile {
  const tensors = new Map(file.tensors);
  for (const [name, value] of Object.entries(changes)) {
    if (value) tensors.set(name, value);
    else tensors.delete(name);
  }
  return { ...file, tensors };
}

const named = (...names: string[]): TensorFile => ({
  tensors: new Map(names.map((name) => [name, tensor(name, [1])])),
  metadata: {},
});

const renamed = (file: TensorFile, rename: (name: string) => string): TensorFile => ({
  ...file,
  tensors: new Map([...file.tensors].map(([name, value]) => [rename(name), value])),
});

/** A CRATE of one layer with zero weights, of the sizes given. */
function emptyCrate(d: number, inner: number): TensorFile {
  const shapes: Record<string, number[]> = {
    pos_embedding: [1, 5, d],
    cls_token: [1, 1, d],
    'to_patch_embedding.1.weight': [12],
    'to_patch_embedding.1.bias': [12],
    'to_patch_embedding.2.weight': [d, 12],
    'to_patch_embedding.2.bias': [d],
    'to_patch_embedding.3.weight': [d],
    'to_patch_embedding.3.bias': [d],
    'transformer.layers.0.0.norm.weight': [d],
    'transformer.layers.0.0.norm.bias': [d],
    'transformer.layers.0.0.fn.qkv.weight': [inner, d],
    'transformer.layers.0.0.fn.to_out.0.weight': [d, inner],
    'transformer.layers.0.0.fn.to_out.0.bias': [d],
    'transformer.layers.0.1.norm.weight': [d],
    'transformer.layers.0.1.norm.bias': [d],
    'transformer.layers.0.1.fn.weight': [d, d],
    'mlp_head.0.weight': [d],
    'mlp_head.0.bias': [d],
    'mlp_head.1.weight': [3, d],
    'mlp_head.1.bias': [3],
  };
  return { tensors: new Map(Object.entries(shapes).map(([name, shape]) => [name, tensor(name, shape)])), metadata: {} };
}

function refusal(file: TensorFile, given: GivenConstants = { heads: 3 }): CheckpointError {
  try {
    crateFromTensors(file, given);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('a CRATE was found');
}

describe('sizes and constants', () => {
  test('of a file with given heads', () => {
    const { config, weights, parameters, assumptions, unused } = crateFromTensors(micro, { heads: 3 });
    expect(config).toEqual({
      kind: 'crate',
      imageSize: 32,
      patchSize: 4,
      classes: 10,
      d: 48,
      L: 3,
      K: 3,
      p: 16,
      eta: 0.1,
      lambda: 0.1,
      pool: 'cls',
    });
    expect(weights.layers).toHaveLength(3);
    expect(parameters).toBe([...micro.tensors.values()].reduce((sum, { count }) => sum + count, 0));
    expect(unused).toEqual([]);
    // η, λ and pool; heads were given.
    expect(assumptions).toHaveLength(3);
    expect(assumptions.join(' ')).toContain('η = 0.1, as in the released code');
  });

  test('nothing is assumed when everything is given', () => {
    const given: GivenConstants = { heads: 6, eta: 0.2, lambda: 0.5, pool: 'mean' };
    const { config, assumptions } = crateFromTensors(micro, given);
    expect(config).toMatchObject({ K: 6, p: 8, eta: 0.2, lambda: 0.5, pool: 'mean' });
    expect(assumptions).toEqual([]);
  });

  test('no output map means one head', () => {
    const { config, weights } = crateFromTensors(read('crate_micro_identity/checkpoint'));
    expect(config).toMatchObject({ K: 1, p: 32, d: 32, patchSize: 8, classes: 5 });
    expect(weights.layers[0]).toMatchObject({ W: null, b: null });
    expect(refusal(read('crate_micro_identity/checkpoint'), { heads: 4 }).code).toBe('contradiction');
  });

  test.each([
    { d: 384, heads: 6, name: 'CRATE-Tiny' },
    { d: 576, heads: 12, name: 'CRATE-Small' },
    { d: 768, heads: 12, name: 'CRATE-Base' },
    { d: 1024, heads: 16, name: 'CRATE-Large' },
  ])('width $d is $name with $heads heads, and it is said so', ({ d, heads, name }) => {
    const { config, assumptions } = crateFromTensors(emptyCrate(d, d));
    expect(config).toMatchObject({ K: heads, p: d / heads });
    expect(assumptions[0]).toBe(`${heads} heads, as in ${name} of the same width ${d}; the file does not say.`);
  });

  test('any other width needs heads', () => {
    const error = refusal(micro, {});
    expect(error.code).toBe('heads-unknown');
    expect(error.message).toContain('a width of 48 with 48 projected rows');
    expect(refusal(emptyCrate(384, 192), {}).code).toBe('heads-unknown');
    expect(crateFromTensors(emptyCrate(384, 192), { heads: 4 }).config).toMatchObject({ K: 4, p: 48 });
  });

  test('heads that do not divide the projection are refused', () => {
    expect(refusal(micro, { heads: 5 }).message).toContain("5 heads do not divide the projection's 48 rows");
    expect(refusal(micro, { heads: 0 }).code).toBe('contradiction');
    expect(refusal(micro, { heads: 3, eta: Number.NaN }).code).toBe('contradiction');
  });
});

describe('names', () => {
  test.each(['module.', '_orig_mod.', '_orig_mod.module.'])('the prefix %s is stripped', (prefix) => {
    const { weights } = crateFromTensors(
      renamed(micro, (name) => prefix + name),
      { heads: 3 },
    );
    expect(weights.cls).toEqual(micro.tensors.get('cls_token')?.f32());
  });

  test('a tensor with and without prefix is refused', () => {
    const twice = changed(micro, { 'module.cls_token': tensor('module.cls_token', [1, 1, 48]) });
    expect(refusal(twice).message).toContain('tensor cls_token twice');
  });

  test('tensors beside the model are listed and left alone', () => {
    const { unused } = crateFromTensors(changed(micro, { 'ema.decay': tensor('ema.decay', [1]) }), { heads: 3 });
    expect(unused).toEqual(['ema.decay']);
  });

  test('tensors inside the model that a CRATE has not are a reason to refuse', () => {
    const error = refusal(changed(micro, { 'mlp_head.2.weight': tensor('mlp_head.2.weight', [5, 10]) }));
    expect(error.code).toBe('not-crate');
    expect(error.message).toContain('mlp_head.2.weight');
  });
});

describe('what is wrong is named', () => {
  test('a missing tensor', () => {
    const error = refusal(changed(micro, { 'transformer.layers.1.1.fn.weight': null }));
    expect(error.code).toBe('missing-tensor');
    expect(error.message).toContain('Tensor transformer.layers.1.1.fn.weight is missing');
  });

  test('a model without its class head', () => {
    expect(refusal(changed(micro, { 'mlp_head.1.weight': null })).message).toContain('mlp_head.1.weight is missing');
  });

  test('a wrong shape, with both shapes', () => {
    const error = refusal(changed(micro, { 'transformer.layers.2.1.fn.weight': tensor('', [48, 47]) }));
    expect(error.code).toBe('wrong-shape');
    expect(error.message).toContain(
      'transformer.layers.2.1.fn.weight is 48 × 47, but the other sizes of this CRATE make it 48 × 48',
    );
  });

  test('positions that are no square grid, patches that are no square', () => {
    expect(refusal(changed(micro, { pos_embedding: tensor('', [1, 64, 48]) })).message).toContain('64 positions');
    expect(refusal(changed(micro, { pos_embedding: tensor('', [65, 48]) })).message).toContain('is 65 × 48');
    const oblong = changed(micro, { 'to_patch_embedding.1.weight': tensor('', [24]) });
    expect(refusal(oblong).message).toContain('24 entries, which is not 3·P²');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d among the weights, with its tensor', (value) => {
    const error = refusal(changed(micro, { 'transformer.layers.0.1.norm.bias': tensor('', [48], value) }));
    expect(error.code).toBe('not-finite');
    expect(error.message).toContain(`Tensor transformer.layers.0.1.norm.bias holds ${value} at entry 0`);
  });
});

describe('another architecture is called by its name', () => {
  test.each([
    { file: named('blocks.0.layers.0.0.fn.qkv.weight', 'mask_token'), name: 'CRATE-MAE' },
    {
      file: named('transformer.layers.0.0.fn.qkv.weight', 'transformer.layers.0.1.fn.D', 'conv1.weight'),
      name: 'CRATE-α',
    },
    { file: named('blocks.0.attn.temp', 'blocks.0.attn.qkv.weight'), name: 'ToST' },
    { file: named('transformer.h.0.attn.temp'), name: 'ToST' },
    { file: named('module.blocks.0.attn.qkv.weight', 'module.patch_embed.proj.weight'), name: 'ViT' },
    { file: named('pos_embedding', 'transformer.layers.0.0.to_qkv.weight'), name: 'ViT' },
    { file: named('conv1.weight', 'layer1.0.conv1.weight', 'fc.weight'), name: 'ResNet' },
  ])('$name', ({ file, name }) => {
    const error = refusal(file);
    expect(error.code).toBe('not-crate');
    expect(error.message).toContain(`This is a ${name}`);
  });

  test('an unknown one is said to be unknown', () => {
    expect(refusal(named('a.weight', 'b.weight')).message).toContain(
      "None of the file's 2 tensors is named as in a CRATE",
    );
  });
});
