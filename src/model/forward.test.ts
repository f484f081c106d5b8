// `forward` and the measures held to tensors of the released PyTorch code, layer by layer.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rowNorms } from '../math/matrix.ts';
import { tokenCount } from './config.ts';
import { CASES, loadCase, tensorOf, worstDifference } from './fixtures/golden.ts';
import { forward } from './forward.ts';
import { measure, measuredLayers } from './measures.ts';
import { nonzeroCount } from './sparsity.ts';

describe.each(CASES)('%s', (name) => {
  const golden = loadCase(name);
  const { config, weights } = golden;
  const runs = golden.images.map((image) => forward(config, weights, image));

  test('the case holds tensors of every layer, and logits of both pictures', () => {
    const names = golden.expected.map(({ name: tensor }) => tensor);
    for (let l = 0; l < config.L; l++) {
      for (const part of ['qkv', 'z_half', 'z_out']) expect(names).toContain(`layers.${l}.${part}`);
    }
    expect(names.filter((tensor) => tensor === 'logits')).toHaveLength(2);
  });

  test.each(golden.expected)('$name of picture $sample within $atol', ({ name: tensor, sample, data, atol }) => {
    const run = runs[sample];
    expect(run).toBeDefined();
    if (run) expect(worstDifference(tensorOf(run, tensor), data)).toBeLessThanOrEqual(atol);
  });

  test('R^c of each head at the input, unit-normalised, is the released script’s', () => {
    runs.forEach((run, sample) => {
      measure(config, measuredLayers(config, weights, run), 0.01).forEach((trace, l) => {
        const expected = golden.metrics[l]?.codingRate[sample] ?? [];
        expect(expected).toHaveLength(config.K);
        expected.forEach((rate, k) => {
          expect(Math.abs((trace.Rc.input.unit[k] ?? Number.NaN) - rate)).toBeLessThan(1e-7 * rate);
        });
      });
    });
  });

  test('non-zero counts are the released script’s', () => {
    runs.forEach((run, sample) => {
      const counts = run.layers.map((layer) => nonzeroCount(layer.Z_next));
      const expected = golden.metrics.map((layer) => layer.nonzeros[sample] ?? Number.NaN);
      expect(worstDifference(counts, expected)).toBeLessThanOrEqual(1);
    });
  });
});

test.each(['fp16', 'bf16'])('crate_micro read from its %s file gives that file’s logits', (form) => {
  const { config, weights, images, expectedFile, atolOf } = loadCase('crate_micro', `checkpoint_${form}.safetensors`);
  const logits = images.flatMap((image) => Array.from(forward(config, weights, image).logits));
  const expected = expectedFile.get(`logits_from_${form}_checkpoint`)?.f32() ?? new Float32Array(0);
  expect(worstDifference(logits, expected)).toBeLessThanOrEqual(atolOf('logits'));
});

// CRATE-Tiny is 14 MB, so it is kept beside the repository; without it there is no such test, and the line below says so.
const TINY_ROOT = '../shared/golden';
if (existsSync(`${TINY_ROOT}/crate_tiny/manifest.json`)) {
  describe('crate_tiny', () => {
    const golden = loadCase('crate_tiny', 'checkpoint_fp16.safetensors', TINY_ROOT);
    const { config, weights, expectedFile } = golden;
    const ROWS = [0, 1, 196];
    const n = tokenCount(config);

    test('rows and lengths of every stored tensor, and the logits', { timeout: 120_000 }, () => {
      const [image] = golden.images;
      if (!image) throw new Error('crate_tiny has no picture');
      const run = forward(config, weights, image);
      let compared = 0;
      for (const tensor of expectedFile.values()) {
        const [, name = '', part] = /^(layers\.\d+\.(?!attn)\w+|tokens)\.(rows|token_l2)$/.exec(tensor.name) ?? [];
        if (!part) continue;
        const ours = tensorOf(run, name);
        const width = ours.length / n;
        const actual =
          part === 'rows'
            ? ROWS.flatMap((row) => Array.from(ours.subarray(row * width, (row + 1) * width)))
            : rowNorms(ours, n, width);
        const atol = golden.atolOf(name) * (part === 'rows' ? 1 : Math.sqrt(width));
        expect(worstDifference(actual, tensor.f32()), tensor.name).toBeLessThanOrEqual(atol);
        compared++;
      }
      expect(compared).toBe(2 + 12 * 7 * 2);
      const logits = expectedFile.get('logits')?.f32().subarray(0, config.classes) ?? new Float32Array(0);
      expect(worstDifference(run.logits, logits)).toBeLessThanOrEqual(golden.atolOf('logits'));
    });
  });
} else {
  console.info(`crate_tiny is not at ${TINY_ROOT}: its test is left out.`);
}
