// CRATE-MAE's encoder and decoder held to tensors of the released PyTorch code: with the case's mask, and with nothing hidden.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hiddenError, reconstructedImage, unitPatches } from './decoder.ts';
import { FIXTURES, worstDifference } from './fixtures/golden.ts';
import { loadVariant } from './fixtures/variants.ts';
import { type Forward, forward } from './forward.ts';
import { measure, measuredLayers } from './measures.ts';
import { nonzeroCount } from './sparsity.ts';

const { config, weights, images, names, expected, roundingOf } = loadVariant('crate_mae_micro');
const masks = images.map((_, sample) => Uint8Array.from(expected('mask', sample)));
const runs = images.map((image, sample) => forward(config, weights, image, masks[sample]));
const [run] = runs as [Forward];
const [image = new Float32Array(0)] = images;
const open = forward(config, weights, image);
const last = config.L - 1;

/** The released loss is over both pictures; each has the same number of hidden patches. */
const lossOver = (targetOf: (of: Forward) => Float64Array): number =>
  runs.reduce((sum, of, sample) => {
    const pixels = of.decoder?.reconstruction ?? new Float64Array(0);
    return sum + (hiddenError(pixels, targetOf(of), masks[sample] ?? new Uint8Array(0)) ?? Number.NaN) / runs.length;
  }, 0);

function ours(name: string): ArrayLike<number> {
  const { decoder } = run;
  if (!decoder) throw new Error('no decoder');
  const [, part, at, inner = ''] = /^(blocks|decoder_blocks)\.(\d+)\.(\w+)$/.exec(name) ?? [];
  if (part === 'blocks') {
    const layer = run.layers[Number(at)];
    if (!layer) throw new Error(`no layer ${at}`);
    const { LN_Z, ZU, A, heads, mssa, Z_half, X, Z_next } = layer;
    return pick(inner, { ln1: LN_Z, qkv: ZU, attn: A, heads_out: heads, mssa, z_half: Z_half, ln2: X, z_out: Z_next });
  }
  if (part === 'decoder_blocks') {
    const layer = decoder.layers[Number(at)];
    if (!layer) throw new Error(`no decoder layer ${at}`);
    const { Y, LN_Y, H, LN_H, HU, A, heads, mssa, Y_next } = layer;
    const first = { y_in: Y, ln_ff: LN_Y, y_half: H, ln_attn: LN_H };
    return pick(inner, { ...first, qkv: HU, attn: A, heads_out: heads, mssa, y_out: Y_next });
  }
  return pick(name, {
    patch_embed: run.patchEmbed,
    tokens: run.tokens,
    latent: decoder.latent,
    decoder_norm: decoder.endNorm,
    pred: decoder.reconstruction,
    reconstruction: reconstructedImage(config, decoder.reconstruction),
    target_patches: run.patches,
    loss: [lossOver(({ patches }) => patches)],
    loss_norm_pix: [lossOver(({ patches }) => unitPatches(patches, 3 * config.patchSize ** 2))],
    mask: masks[0] ?? [],
    'keys_nomask.last': open.layers[last]?.ZU ?? [],
    'attn_nomask.last': open.layers[last]?.A ?? [],
    tokens_nomask: open.tokens,
  });
}

function pick(name: string, tensors: Readonly<Record<string, ArrayLike<number>>>): ArrayLike<number> {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`no tensor of the forward pass is called ${name}`);
  return tensor;
}

describe('crate_mae_micro', () => {
  // pca.* is compared elsewhere: up to sign, by component.
  test.each(names.filter((name) => !name.startsWith('pca.')))('%s within the reference’s rounding', (name) => {
    expect(worstDifference(ours(name), expected(name))).toBeLessThanOrEqual(roundingOf(name));
  });

  test('pixels of the second picture', () => {
    const { decoder } = runs[1] ?? {};
    expect(worstDifference(decoder?.reconstruction ?? [], expected('pred', 1))).toBeLessThanOrEqual(roundingOf('pred'));
  });

  test('measures of the masked encoder are the released script’s', () => {
    const { encoder_layers: layers } = JSON.parse(readFileSync(`${FIXTURES}/crate_mae_micro/metrics.json`, 'utf8')) as {
      readonly encoder_layers: readonly {
        readonly coding_rate_on_qkv_output: { readonly per_sample_per_head: readonly (readonly number[])[] };
        readonly sparsity_of_ista_output: { readonly nonzeros_per_sample: readonly number[] };
      }[];
    };
    runs.forEach((of, sample) => {
      measure(config, measuredLayers(config, weights, of), 0.01).forEach(({ Rc, nonzero }, l) => {
        const rates = layers[l]?.coding_rate_on_qkv_output.per_sample_per_head[sample] ?? [];
        rates.forEach((rate, k) => {
          expect(Math.abs((Rc.input.unit[k] ?? Number.NaN) - rate)).toBeLessThan(1e-7 * rate);
        });
        expect(rates).toHaveLength(config.K);
        const count = layers[l]?.sparsity_of_ista_output.nonzeros_per_sample[sample] ?? Number.NaN;
        expect(Math.abs(nonzeroCount(of.layers[l]?.Z_next ?? new Float64Array(0)) - count)).toBeLessThanOrEqual(1);
        expect(nonzero.codes).toBeUndefined();
      });
    });
  });

  test('there is no class head', () => {
    expect(run.logits).toHaveLength(0);
    expect(run.pooled).toHaveLength(0);
  });

  test('a mask of zeros hides nothing; a hidden patch does not reach the tokens', () => {
    const none = forward(config, weights, image, new Uint8Array(64));
    expect(worstDifference(none.tokens, open.tokens)).toBe(0);
    const patch = masks[0]?.indexOf(1) ?? 0;
    const { imageSize, patchSize } = config;
    const side = imageSize / patchSize;
    const changed = image.slice();
    changed[Math.floor(patch / side) * patchSize * imageSize + (patch % side) * patchSize] = 9;
    expect(worstDifference(forward(config, weights, changed, masks[0]).tokens, run.tokens)).toBe(0);
    expect(worstDifference(forward(config, weights, changed).tokens, open.tokens)).toBeGreaterThan(0.1);
  });

  test('a mask of the wrong length, or for a model without mask token, is refused', () => {
    expect(() => forward(config, weights, image, new Uint8Array(3))).toThrow('hidden holds 3 entries, 64 patches');
    const { decoder: _, ...encoder } = weights;
    expect(() => forward(config, encoder, image, new Uint8Array(64))).toThrow('only CRATE-MAE can hide patches');
  });
});
