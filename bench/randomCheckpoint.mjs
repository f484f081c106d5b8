// A CRATE of any released size with random weights, written as safetensors a tensor at a time: a file to load, not a model to look at.

import { closeSync, openSync, writeSync } from 'node:fs';

/** Sizes of the released models: d, L, K; patch 16 at 224 px, 1,000 classes. */
export const RELEASED = {
  tiny: { d: 384, L: 12 },
  small: { d: 576, L: 12 },
  base: { d: 768, L: 12 },
  large: { d: 1024, L: 24 },
};

function shapesOf({ d, L }) {
  const patch = 3 * 16 * 16;
  const layer = (i) => [
    [`transformer.layers.${i}.0.norm.weight`, [d]],
    [`transformer.layers.${i}.0.norm.bias`, [d]],
    [`transformer.layers.${i}.0.fn.qkv.weight`, [d, d]],
    [`transformer.layers.${i}.0.fn.to_out.0.weight`, [d, d]],
    [`transformer.layers.${i}.0.fn.to_out.0.bias`, [d]],
    [`transformer.layers.${i}.1.norm.weight`, [d]],
    [`transformer.layers.${i}.1.norm.bias`, [d]],
    [`transformer.layers.${i}.1.fn.weight`, [d, d]],
  ];
  return [
    ['pos_embedding', [1, 197, d]],
    ['cls_token', [1, 1, d]],
    ['to_patch_embedding.1.weight', [patch]],
    ['to_patch_embedding.1.bias', [patch]],
    ['to_patch_embedding.2.weight', [d, patch]],
    ['to_patch_embedding.2.bias', [d]],
    ['to_patch_embedding.3.weight', [d]],
    ['to_patch_embedding.3.bias', [d]],
    ...Array.from({ length: L }, (_, i) => layer(i)).flat(),
    ['mlp_head.0.weight', [d]],
    ['mlp_head.0.bias', [d]],
    ['mlp_head.1.weight', [1000, d]],
    ['mlp_head.1.bias', [1000]],
  ];
}

/** Uniform in ±amplitude about the offset: norms about 1, biases about 0, maps about 1/√inputs. */
function numbers(name, shape, seed) {
  const count = shape.reduce((product, side) => product * side, 1);
  const isNorm = /norm\.weight$|embedding\.[13]\.weight$|head\.0\.weight$/.test(name);
  const offset = isNorm ? 1 : 0;
  const amplitude = shape.length === 2 ? Math.sqrt(3 / shape[1]) : 0.1;
  const out = new Float32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = offset + amplitude * (state / 2 ** 31 - 1);
  }
  return out;
}

/** Writes the file; returns its bytes. */
export function writeRandomCheckpoint(path, size) {
  const shapes = shapesOf(size);
  const header = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const begin = end;
    end += 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path, 'w');
  writeSync(file, length);
  writeSync(file, json);
  shapes.forEach(([name, shape], i) => {
    writeSync(file, Buffer.from(numbers(name, shape, i + 1).buffer));
  });
  closeSync(file);
  return 8 + json.length + end;
}
