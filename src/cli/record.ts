// Records the trace that the page shows before its weights have arrived: one sample through the real engine. Measures as the exported
// document; the tensors that views draw in f16 (11 bits: more than a colour shows).

import { readFileSync, writeFileSync } from 'node:fs';
import { inspectTensors, loadCrate } from '../checkpoint/crate.ts';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../checkpoint/safetensors.ts';
import { bytesSource } from '../checkpoint/source.ts';
import { createGpuEngine } from '../engine/gpuEngine.ts';
import { openNodeGpu } from '../engine/nodeGpu.ts';
import { decodePicture } from '../inputs/nodeDecode.ts';
import { preprocess } from '../inputs/preprocess.ts';
import type { ModelCard } from '../model/card.ts';
import { tokenCount } from '../model/config.ts';
import { tokensView } from '../model/tokens.ts';
import type { RecordedDocument } from '../store/recorded.ts';
import { samplePath } from '../store/samples.ts';
import { parseMeasure } from './arguments.ts';
import { measureFiles } from './measure.ts';

/** Writes public/models/NAME.recorded*.{json,safetensors}; returns their sizes in bytes. */
export async function record(folder: string, name: string, sample: string): Promise<Readonly<Record<string, number>>> {
  const stem = `${folder}/models/${name}`;
  const image = `${folder}/${samplePath(sample)}`;
  const [trace] = await measureFiles(parseMeasure(['--model', `${stem}.safetensors`, '--image', image]));
  if (!trace) throw new Error('nothing was measured');
  const card = JSON.parse(readFileSync(`${stem}.json`, 'utf8')) as ModelCard;
  const source = bytesSource(new Uint8Array(readFileSync(`${stem}.safetensors`)));
  const file = await readSafetensors(source);
  const { heads, eta, lambda, pool } = card;
  const inspection = inspectTensors(file, source.size, { heads, eta, lambda, pool });
  const { config, weights } = await loadCrate(file, inspection);
  const engine = createGpuEngine(await openNodeGpu());
  await engine.load(config, weights);
  const picture = await decodePicture(new Uint8Array(readFileSync(image)), sample);
  const { preprocessing } = card;
  const how = { fit: preprocessing.fit, side: config.imageSize, mean: preprocessing.mean, std: preprocessing.std };
  await engine.run(preprocess(picture, how).tensor, trace.measure.eps2);

  const { K, p, d, L } = config;
  const n = tokenCount(config);
  const half = (tensor: string, shape: number[], data: Float32Array): TensorToWrite => ({
    name: tensor,
    dtype: 'F16',
    shape,
    data,
  });
  const attention: TensorToWrite[] = [];
  const tokens: TensorToWrite[] = [half('tokens', [n, d], await engine.read('tokens', 0))];
  for (let layer = 0; layer < L; layer++) {
    attention.push(half(`A.${layer}`, [K, n, n], await engine.read('A', layer)));
    for (const projected of ['ZU', 'ZU_half', 'ZU_next'] as const) {
      tokens.push(half(`${projected}.${layer}`, [n, K * p], await engine.read(projected, layer)));
    }
    const [Z_half, X, Z_next] = [
      await engine.read('Z_half', layer),
      await engine.read('X', layer),
      await engine.read('Z_next', layer),
    ];
    const D = weights.layers[layer]?.D;
    if (!D) throw new Error(`missing layer: ${layer}`);
    const { before } = tokensView({ Z_half, X, Z_next, D }, n, d, config, layer);
    tokens.push(half(`Z_half.${layer}`, [n, d], Z_half), half(`before.${layer}`, [n, d], before));
  }
  engine.dispose();
  const document: RecordedDocument = { sample, trace };
  const files = {
    'recorded.json': new TextEncoder().encode(JSON.stringify(document, round)),
    'recorded-attention.safetensors': writeSafetensors(attention),
    'recorded-tokens.safetensors': writeSafetensors(tokens),
  };
  for (const [suffix, bytes] of Object.entries(files)) writeFileSync(`${stem}.${suffix}`, bytes);
  return Object.fromEntries(Object.entries(files).map(([suffix, bytes]) => [suffix, bytes.length]));
}

/** Seven digits are what f32 holds. */
const round = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;
