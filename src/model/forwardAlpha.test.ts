// CRATE-α's forward pass held to our PyTorch twin (training/alpha_reference.py), tensor by tensor.

import { describe, expect, test } from 'vitest';
import { tokenCount } from './config.ts';
import { worstDifference } from './fixtures/golden.ts';
import { loadVariant } from './fixtures/variants.ts';
import { type Forward, forward, type LayerForward } from './forward.ts';
import { overcompleteCodes } from './istaOvercomplete.ts';
import { measure, measuredLayers } from './measures.ts';
import { nonzeroCount } from './sparsity.ts';

const { config, weights, images, names, expected, roundingOf } = loadVariant('crate_alpha_micro');
const runs = images.map((image) => forward(config, weights, image));
const [run] = runs as [Forward];

const LAYER_TENSORS: Readonly<Record<string, keyof LayerForward>> = {
  z_in: 'Z',
  ln1: 'LN_Z',
  qkv: 'ZU',
  attn: 'A',
  attn_cls_rows: 'cls',
  heads_out: 'heads',
  mssa: 'mssa',
  z_half: 'Z_half',
  ln2: 'X',
  codes_before: 'before',
  codes: 'codes',
  z_out: 'Z_next',
};
const WHOLE_TENSORS: Readonly<Record<string, 'patchEmbed' | 'tokens' | 'pooled' | 'headNorm' | 'logits'>> = {
  patch_embed: 'patchEmbed',
  tokens: 'tokens',
  pooled: 'pooled',
  head_ln: 'headNorm',
  logits: 'logits',
};

function ours(of: Forward, name: string): Float64Array {
  const [, layer = '', part = ''] = /^layers\.(\d+)\.(\w+)$/.exec(name) ?? [];
  const inLayer = LAYER_TENSORS[part];
  const whole = WHOLE_TENSORS[name];
  const tensor = inLayer ? of.layers[Number(layer)]?.[inLayer] : whole && of[whole];
  if (!tensor) throw new Error(`no tensor of the forward pass is called ${name}`);
  return tensor;
}

describe('crate_alpha_micro', () => {
  // z1 is not kept; a step with D alone gives it below.
  test.each(names.filter((name) => !name.endsWith('.z1')))('%s within the reference’s rounding', (name) => {
    expect(worstDifference(ours(run, name), expected(name))).toBeLessThanOrEqual(roundingOf(name));
  });

  test('the first step’s codes are ReLU(η DᵀX − ηλ)', () => {
    const { d, eta, lambda, atoms = 0 } = config;
    run.layers.forEach(({ X }, l) => {
      const D = weights.layers[l]?.D ?? new Float32Array(0);
      const z1 = Float64Array.from({ length: tokenCount(config) * atoms }, (_, at) => {
        const [i, j] = [Math.floor(at / atoms), at % atoms];
        let dot = 0;
        for (let t = 0; t < d; t++) dot += (D[t * atoms + j] ?? 0) * (X[i * d + t] ?? 0);
        return Math.max(0, eta * dot - eta * lambda);
      });
      const name = `layers.${l}.z1`;
      expect(worstDifference(z1, expected(name))).toBeLessThanOrEqual(roundingOf(name));
    });
  });

  test('logits of the second picture', () => {
    expect(worstDifference(runs[1]?.logits ?? [], expected('logits', 1))).toBeLessThanOrEqual(roundingOf('logits'));
  });

  test('no decoder; the codes are what is sparse, and are counted', () => {
    expect(run.decoder).toBeNull();
    measure(config, measuredLayers(config, weights, run), 0.01).forEach(({ nonzero }, l) => {
      const codes = run.layers[l]?.codes ?? new Float64Array(0);
      expect(nonzero).toEqual({ half: 1, output: 1, codes: nonzeroCount(codes) / codes.length });
      expect(nonzero.codes).toBeGreaterThan(0.3);
      expect(nonzero.codes).toBeLessThan(0.6);
    });
  });

  test('`before` read anew is what the codes came from', () => {
    const { d, eta, lambda, atoms = 0 } = config;
    const [layer] = run.layers;
    const D = weights.layers[0]?.D;
    if (!layer || !D) throw new Error('no layer');
    const { before, codes } = overcompleteCodes(layer.X, D, tokenCount(config), d, atoms, eta, lambda);
    expect(layer.before).toEqual(before);
    expect(layer.codes).toEqual(codes);
  });
});

test('a layer of α without its second dictionary is refused', () => {
  const [first] = weights.layers;
  if (!first) throw new Error('no layer');
  const { D1: _, ...rest } = first;
  expect(() => forward(config, { ...weights, layers: [rest] }, images[0] ?? new Float32Array(0))).toThrow('missing D1');
});
