// The recorded trace that ships: it belongs to the weights that ship, and its views say what its measures say.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ModelCard } from '../model/card.ts';
import { tokenCount } from '../model/config.ts';
import { SHIPPED_MODELS } from './catalogue.ts';
import { type RecordedDocument, recordedFrom } from './recorded.ts';
import { SAMPLES, samplePath } from './samples.ts';

const PUBLIC = new URL('../../public/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, PUBLIC));
const bytes = (path: string) => async () => {
  const file = read(path);
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
};

describe.each(SHIPPED_MODELS)('%s', (id) => {
  const document = JSON.parse(read(`models/${id}.recorded.json`).toString()) as RecordedDocument;
  const card = JSON.parse(read(`models/${id}.json`).toString()) as ModelCard & { readonly sha256: string };
  const recorded = recordedFrom(document, {
    attention: bytes(`models/${id}.recorded-attention.safetensors`),
    tokens: bytes(`models/${id}.recorded-tokens.safetensors`),
  });
  const { layers, model } = document.trace;
  const { K, L, d } = model.config;
  const n = tokenCount(model.config);

  test('was recorded from the weights that ship, on a sample', () => {
    const sha256 = createHash('sha256')
      .update(read(`models/${id}.safetensors`))
      .digest('hex');
    expect(model.sha256).toBe(sha256);
    expect(card.sha256).toBe(sha256);
    expect(SAMPLES.map((sample) => sample.id)).toContain(document.sample);
    expect(layers).toHaveLength(L);
  });

  test('its attention rows sum to 1 and hold the class rows of the document', async () => {
    for (const [l, layer] of layers.entries()) {
      const A = await recorded.attention(l);
      expect(A).toHaveLength(K * n * n);
      for (let row = 0; row < K * n; row++) {
        const sum = A.subarray(row * n, (row + 1) * n).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(2e-3); // f16: half a unit in the 11th bit of each of n entries
      }
      layer.attention.cls.forEach((cls, k) => {
        cls.forEach((value, j) => {
          expect(Math.abs((A[k * n * n + j] as number) - value)).toBeLessThanOrEqual(2 ** -11 * value + 2 ** -25);
        });
      });
    }
  });

  test('its tokens have the non-zeros that the document counts', async () => {
    for (const [l, layer] of layers.entries()) {
      const { Z_next } = await recorded.tokens(l);
      const nonzero = Z_next.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
      // f16 may round a value under 2^-25 to zero.
      expect(Math.abs(nonzero - layer.nonzero.output * n * d)).toBeLessThanOrEqual(2);
    }
  });

  test('subspaces and steps have their sizes', async () => {
    const view = await recorded.subspace(2, 1, 'half');
    expect(view).toMatchObject({ layer: 2, head: 1, place: 'half' });
    expect(view.coordinates).toHaveLength(n * 3);
    expect((await recorded.stepEffect(3)).cosine).toHaveLength(n);
    expect(await recorded.embedded()).toHaveLength(n * d);
    expect(await recorded.attentionMax(5)).toHaveLength(L);
  });
});

test('every sample has its picture and its thumbnail', () => {
  expect(SAMPLES).toHaveLength(10);
  expect(new Set(SAMPLES.map(({ label }) => label)).size).toBe(10);
  for (const { id } of SAMPLES) {
    expect(existsSync(new URL(samplePath(id), PUBLIC))).toBe(true);
    expect(existsSync(new URL(samplePath(id).replace('samples/', 'samples/thumb/'), PUBLIC))).toBe(true);
  }
});
