import { describe, expect, test } from 'vitest';
import type { GivenConstants } from '../model/findings.ts';
import { FIXTURES, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import { readTensors } from '../model/fixtures/tensors.ts';
import { loadVariant } from '../model/fixtures/variants.ts';
import { forward } from '../model/forward.ts';
import { plausibleHeads } from './constants.ts';
import { assumptionsOf, type Crate, crateFromArrays, inspectTensors } from './crate.ts';
import { CheckpointError } from './errors.ts';
import type { TensorHead } from './stateDict.ts';

interface TestFile {
  readonly tensors: ReadonlyMap<string, TensorHead>;
  readonly arrays: ReadonlyMap<string, Float32Array>;
  readonly container: 'safetensors';
  readonly wrapper: readonly string[];
  readonly metadata: Readonly<Record<string, string | number>>;
}

interface Entry {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const entry = (shape: readonly number[], fill = 0): Entry => ({
  shape,
  data: new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(fill),
});

function fileOf(entries: Readonly<Record<string, Entry>>, metadata: TestFile['metadata'] = {}): TestFile {
  const list = Object.entries(entries);
  return {
    tensors: new Map(list.map(([name, { shape, data }]) => [name, { name, dtype: 'F32', shape, count: data.length }])),
    arrays: new Map(list.map(([name, { data }]) => [name, data])),
    container: 'safetensors',
    wrapper: [],
    metadata,
  };
}

const entriesOf = (path: string): Readonly<Record<string, Entry>> =>
  Object.fromEntries(
    [...readTensors(`${FIXTURES}/${path}.safetensors`)].map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data) },
    ]),
  );

const micro = entriesOf('crate_micro/checkpoint');
const identity = entriesOf('crate_micro_identity/checkpoint');
const alpha = entriesOf('crate_alpha_micro/checkpoint');
const mae = entriesOf('crate_mae_micro/checkpoint');

/** The entries with some put in, or taken out where the value is null. */
const changed = (entries: Readonly<Record<string, Entry>>, changes: Readonly<Record<string, Entry | null>>) =>
  Object.fromEntries(
    Object.entries({ ...entries, ...changes }).filter((pair): pair is [string, Entry] => pair[1] !== null),
  );

const prefixed = (entries: Readonly<Record<string, Entry>>, prefix: string) =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [prefix + name, value]));

const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, entry([1])]));

const crateOf = (entries: Readonly<Record<string, Entry>>, given: GivenConstants = {}, metadata = {}): Crate =>
  crateFromArrays(fileOf(entries, metadata), given);

/** A CRATE of one layer with zero weights, of the sizes given. */
function emptyCrate(d: number, inner: number, patchSize = 2, L = 1): Record<string, Entry> {
  const patch = 3 * patchSize ** 2;
  const layers = Array.from({ length: L }, (_, i) => ({
    [`transformer.layers.${i}.0.norm.weight`]: entry([d]),
    [`transformer.layers.${i}.0.norm.bias`]: entry([d]),
    [`transformer.layers.${i}.0.fn.qkv.weight`]: entry([inner, d]),
    [`transformer.layers.${i}.0.fn.to_out.0.weight`]: entry([d, inner]),
    [`transformer.layers.${i}.0.fn.to_out.0.bias`]: entry([d]),
    [`transformer.layers.${i}.1.norm.weight`]: entry([d]),
    [`transformer.layers.${i}.1.norm.bias`]: entry([d]),
    [`transformer.layers.${i}.1.fn.weight`]: entry([d, d]),
  }));
  return {
    ...Object.assign({}, ...layers),
    pos_embedding: entry([1, 5, d]),
    cls_token: entry([1, 1, d]),
    'to_patch_embedding.1.weight': entry([patch]),
    'to_patch_embedding.1.bias': entry([patch]),
    'to_patch_embedding.2.weight': entry([d, patch]),
    'to_patch_embedding.2.bias': entry([d]),
    'to_patch_embedding.3.weight': entry([d]),
    'to_patch_embedding.3.bias': entry([d]),
    'mlp_head.0.weight': entry([d]),
    'mlp_head.0.bias': entry([d]),
    'mlp_head.1.weight': entry([3, d]),
    'mlp_head.1.bias': entry([3]),
  };
}

/** The segmentation notebooks' demo, its head in two maps. */
const demo = {
  ...emptyCrate(768, 768, 8, 12),
  'mlp_head.1.weight': entry([768, 768]),
  'mlp_head.1.bias': entry([768]),
  'head.weight': entry([7, 768]),
  'head.bias': entry([7]),
};

function refusal(entries: Readonly<Record<string, Entry>>, given: GivenConstants = { heads: 3 }): CheckpointError {
  try {
    crateOf(entries, given);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('a CRATE was found');
}

const constant = (crate: Crate, key: keyof GivenConstants) =>
  crate.findings.constants.find((found) => found.key === key);

describe('sizes and constants', () => {
  test('of a file with given heads', () => {
    const { config, weights, findings } = crateOf(micro, { heads: 3 });
    expect(config).toEqual(loadCase('crate_micro').config);
    expect(weights.layers).toHaveLength(3);
    expect(findings.parameters).toBe(Object.values(micro).reduce((sum, { data }) => sum + data.length, 0));
    expect(findings).toMatchObject({ architecture: 'CRATE', released: null, prefix: '', unused: [] });
    expect(findings.dtypes).toEqual([
      { dtype: 'F32', tensors: Object.keys(micro).length, numbers: findings.parameters },
    ]);
    // η, λ and pool; heads were given.
    expect(assumptionsOf(findings)).toHaveLength(3);
    expect(assumptionsOf(findings).join(' ')).toContain('η = 0.1, as in the released code');
  });

  test('nothing is assumed when everything is given', () => {
    const { config, findings } = crateOf(micro, { heads: 6, eta: 0.2, lambda: 0.5, pool: 'mean' });
    expect(config).toMatchObject({ K: 6, p: 8, eta: 0.2, lambda: 0.5, pool: 'mean' });
    expect(assumptionsOf(findings)).toEqual([]);
  });

  test('no output map means one head', () => {
    const crate = crateOf(identity);
    expect(crate.config).toMatchObject({ K: 1, p: 32, d: 32, patchSize: 8, classes: 5 });
    expect(constant(crate, 'heads')).toMatchObject({ value: 1, origin: 'shape' });
    expect(crate.weights.layers[0]).toMatchObject({ W: null, b: null });
    expect(refusal(identity, { heads: 4 }).code).toBe('contradiction');
  });

  /** Heads and released name, from names and shapes alone: the numbers of a CRATE-Large would take 310 MB. */
  function inspected(d: number, patchSize: number, L: number) {
    const { tensors, ...rest } = fileOf({ ...emptyCrate(8, 8, patchSize, L) });
    const widened = new Map(
      [...tensors].map(([name, head]) => {
        const shape = head.shape.map((side) => (side === 8 ? d : side));
        return [name, { ...head, shape, count: shape.reduce((product, side) => product * side, 1) }] as const;
      }),
    );
    return inspectTensors({ ...rest, tensors: widened }, 0).findings;
  }

  test.each([
    { d: 384, L: 12, heads: 6, name: 'CRATE-Tiny' },
    { d: 576, L: 12, heads: 12, name: 'CRATE-Small' },
    { d: 768, L: 12, heads: 12, name: 'CRATE-Base' },
    { d: 1024, L: 24, heads: 16, name: 'CRATE-Large' },
  ])('$L layers of width $d are $name with $heads heads, and it is said so', ({ d, L, heads, name }) => {
    const findings = inspected(d, 16, L);
    expect(findings.released).toBe(name);
    expect(findings.constants[0]).toMatchObject({ key: 'heads', value: heads, origin: 'table' });
    expect(assumptionsOf(findings)[0]).toBe(`${heads} heads, as in ${name}; the file does not say.`);
  });

  test.each([
    { d: 384, patchSize: 4, L: 12 },
    { d: 384, patchSize: 16, L: 3 },
    { d: 1024, patchSize: 16, L: 12 },
  ])(
    'width $d alone names no model: $L layers of patch $patchSize are asked for their heads, the likely ones first',
    (sizes) => {
      const { released, constants } = inspected(sizes.d, sizes.patchSize, sizes.L);
      expect(released).toBeNull();
      expect(constants[0]).toMatchObject({ value: null, origin: 'unknown' });
      expect(constants[0]?.options[0]).toBe(sizes.d === 384 ? 6 : 16);
    },
  );

  test('the segmentation demo has six heads of 128 and two maps in its head', () => {
    const { config, weights, findings } = crateOf(demo);
    expect(config).toMatchObject({ K: 6, p: 128, patchSize: 8, classes: 7, headWidth: 768 });
    expect(weights.headMap?.weight).toHaveLength(768 * 768);
    expect(findings.architecture).toBe('CRATE with a linear map before the class map');
    expect(findings.unused).toEqual([]);
  });

  test('any other width is asked for its heads, with what is plausible', () => {
    const file = fileOf(micro);
    const { config, findings } = inspectTensors(file, 1000);
    expect(config).toBeNull();
    expect(findings.constants[0]).toMatchObject({ key: 'heads', value: null, origin: 'unknown' });
    expect(findings.constants[0]?.options).toEqual([3, 2, 4, 6, 1]);
    expect(refusal(micro, {})).toMatchObject({ code: 'heads-unknown', message: expect.stringContaining('--heads') });
    expect(refusal(emptyCrate(384, 192), {}).code).toBe('heads-unknown');
    expect(crateOf(emptyCrate(384, 192), { heads: 4 }).config).toMatchObject({ K: 4, p: 48 });
  });

  test('plausible heads divide the projection and are of a width in use', () => {
    expect(plausibleHeads(768)[0]).toBe(12);
    for (const heads of plausibleHeads(640))
      expect([640 % heads, 640 / heads >= 8, 640 / heads <= 128]).toEqual([0, true, true]);
  });

  test('heads that do not divide the projection are refused', () => {
    expect(refusal(micro, { heads: 5 }).message).toContain("5 heads do not divide the projection's 48 rows");
    expect(refusal(micro, { heads: 0 }).code).toBe('contradiction');
    expect(refusal(micro, { heads: 3, eta: Number.NaN }).code).toBe('contradiction');
  });

  test('what a training script saved beside the tensors counts, unless it cannot be', () => {
    const crate = crateOf(micro, {}, { 'args.heads': 6, 'args.lambd': 0.3, epoch: 7 });
    expect(crate.config).toMatchObject({ K: 6, lambda: 0.3 });
    expect(constant(crate, 'heads')).toMatchObject({ origin: 'file' });
    expect(crate.findings.metadata).toMatchObject({ epoch: 7 });
    expect(inspectTensors(fileOf(micro, { 'args.heads': 5 }), 0).config).toBeNull();
    expect(inspectTensors(fileOf(micro, { 'a.heads': 3, 'b.heads': 6 }), 0).config).toBeNull();
    expect(crateOf(micro, { heads: 3 }, { 'args.heads': 6 }).config.K).toBe(3);
  });
});

describe('every form is built as its own definition says', () => {
  test('CRATE-α: PyTorch’s logits come out of the file', () => {
    const { images, expected } = loadVariant('crate_alpha_micro');
    const { config, weights, findings } = crateOf(alpha, { heads: 3 });
    expect(config).toMatchObject({ kind: 'crate-alpha', d: 48, atoms: 192, L: 2, K: 3 });
    expect(findings).toMatchObject({ architecture: 'CRATE-α', unused: [] });
    const { logits } = forward(config, weights, images[0] ?? new Float32Array(0));
    expect(worstDifference(logits, expected('logits'))).toBeLessThan(1e-5);
  });

  test('CRATE-MAE: what its own forward pass never reads is listed, λ is 0.5', () => {
    const { config, weights, findings } = crateOf(mae, { heads: 3, decoderHeads: 3 });
    expect(config).toMatchObject({ kind: 'crate-mae', classes: 0, lambda: 0.5, decoder: { L: 2, K: 3, p: 16 } });
    expect(weights.headWeight).toBeNull();
    expect([...findings.unused].sort()).toEqual(['decoder_embed.bias', 'decoder_embed.weight', 'pos_embed']);
    expect(findings.constants.map(({ key }) => key)).toEqual(['heads', 'decoderHeads', 'eta', 'lambda']);
    expect(refusal(mae, { heads: 3 })).toMatchObject({
      code: 'heads-unknown',
      message: expect.stringContaining('--decoder-heads'),
    });
  });
});

describe('names', () => {
  test.each(['module.', '_orig_mod.', '_orig_mod.module.', 'model.encoder.'])('the prefix %s is stripped', (prefix) => {
    const { weights, findings } = crateOf(prefixed(micro, prefix), { heads: 3 });
    expect(weights.cls).toEqual(micro['cls_token']?.data);
    expect(findings.prefix).toBe(prefix);
  });

  test('of two models in a file the one with the shorter names is taken, the other listed', () => {
    const { weights, findings } = crateOf(
      { ...prefixed(micro, 'ema.module.'), ...prefixed(micro, 'module.') },
      { heads: 3 },
    );
    expect(weights.layers).toHaveLength(3);
    expect(findings.unused).toHaveLength(Object.keys(micro).length);
    expect(findings.unused[0]).toMatch(/^ema\.module\./);
  });

  test('tensors beside the model are listed and left alone', () => {
    const { findings } = crateOf(changed(micro, { 'ema.decay': entry([1]) }), { heads: 3 });
    expect(findings.unused).toEqual(['ema.decay']);
  });

  test('tensors inside the model that a CRATE has not are a reason to refuse', () => {
    const error = refusal(changed(micro, { 'mlp_head.2.weight': entry([5, 10]) }));
    expect(error).toMatchObject({ code: 'not-crate', message: expect.stringContaining('mlp_head.2.weight') });
    expect(
      refusal(changed(mae, { 'blocks.0.layers.0.2.fn.weight': entry([2]) }), { heads: 3, decoderHeads: 3 }).code,
    ).toBe('not-crate');
  });
});

describe('what is wrong is named', () => {
  test('a missing tensor', () => {
    const error = refusal(changed(micro, { 'transformer.layers.1.1.fn.weight': null }));
    expect(error.code).toBe('missing-tensor');
    expect(error.message).toContain('Tensor transformer.layers.1.1.fn.weight is missing');
    expect(refusal(changed(alpha, { 'transformer.layers.1.1.fn.D': null })).message).toContain(
      'layers.1.1.fn.D is missing',
    );
    expect(refusal(changed(mae, { mask_token: null }), { heads: 3, decoderHeads: 3 }).message).toContain(
      'mask_token is missing',
    );
  });

  test('a layer left out, though later ones are there', () => {
    const gone = Object.keys(micro).filter((name) => name.startsWith('transformer.layers.1.'));
    const error = refusal(changed(micro, Object.fromEntries(gone.map((name) => [name, null]))));
    expect(error.code).toBe('missing-tensor');
    expect(error.message).toContain('Layer 2 is missing');
    expect(error.message).toContain('has a layer 3');
  });

  test('a model without its class head', () => {
    expect(refusal(changed(micro, { 'mlp_head.1.weight': null })).message).toContain('mlp_head.1.weight is missing');
  });

  test('a wrong shape, with both shapes', () => {
    const error = refusal(changed(micro, { 'transformer.layers.2.1.fn.weight': entry([48, 47]) }));
    expect(error.code).toBe('wrong-shape');
    expect(error.message).toContain(
      'transformer.layers.2.1.fn.weight is 48 × 47, but the other sizes of this CRATE make it 48 × 48',
    );
  });

  test('more tokens than attention could ever take', () => {
    const file = fileOf({ ...emptyCrate(8, 8), pos_embedding: entry([1, 160 ** 2 + 1, 8]) });
    expect(() => inspectTensors(file, 0)).toThrow(/^25,601 tokens are too many for attention/);
  });

  test('positions that are no square grid, patches that are no square', () => {
    expect(refusal(changed(micro, { pos_embedding: entry([1, 64, 48]) })).message).toContain('64 positions');
    expect(refusal(changed(micro, { pos_embedding: entry([65, 48]) })).message).toContain('is 65 × 48');
    const oblong = changed(micro, { 'to_patch_embedding.1.weight': entry([24]) });
    expect(refusal(oblong).message).toContain('24 entries, which is not 3·P²');
    expect(refusal(changed(alpha, { 'conv1.weight': entry([48, 3, 4, 2]) })).message).toContain('patches of 4 × 2 px');
    expect(refusal(changed(alpha, { 'conv1.weight': entry([48, 1, 4, 4]) })).message).toContain('with 1 channels');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d among the weights, with its tensor', (value) => {
    const error = refusal(changed(micro, { 'transformer.layers.0.1.norm.bias': entry([48], value) }));
    expect(error.code).toBe('not-finite');
    expect(error.message).toContain(`Tensor transformer.layers.0.1.norm.bias holds ${value} at entry 0`);
  });
});

describe('another architecture is called by its name', () => {
  const blocks = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i));
  test.each([
    {
      names: blocks(12, (i) => `blocks.${i}.attn.temp`),
      what: 'ToST vision, 12 blocks: comes with the family',
    },
    {
      names: blocks(3, (i) => `transformer.h.${i}.attn.temp`),
      what: 'ToST language, 3 blocks: comes with the family',
    },
    {
      names: blocks(12, (i) => `module.blocks.${i}.attn.qkv.weight`),
      what: 'ViT, 12 blocks: comes with the family',
    },
    { names: ['pos_embedding', 'transformer.layers.0.0.to_qkv.weight'], what: 'ViT, 1 block' },
    { names: ['vit.encoder.layer.0.attention.attention.query.weight'], what: 'ViT (Hugging Face), 1 block' },
    { names: ['transformer.wte.weight', 'transformer.h.0.ln_1.weight'], what: 'language model, 1 block' },
    { names: ['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight'], what: 'ResNet' },
    { names: ['logit_scale', 'visual.proj'], what: 'CLIP' },
  ])('$what', ({ names, what }) => {
    const error = refusal(named(...names));
    expect(error.code).toBe('not-crate');
    expect(error.message).toContain(`This is a checkpoint of ${what};`);
  });

  test('an unknown one is said to be unknown', () => {
    expect(refusal(named('a.weight', 'b.weight')).message).toContain(
      "None of the file's 2 tensors is named as in a CRATE",
    );
  });
});
