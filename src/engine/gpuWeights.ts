// The weights of a model on the GPU: which arrays each form of CRATE has, which of them are kept as halves, and their way up, a matrix at
// a time.

import { gram, transpose } from '../math/matrix.ts';
import type { CrateConfig } from '../model/config.ts';
import type { CrateWeights } from '../model/weights.ts';
import { EngineError, type LoadProgress } from './engine.ts';
import { type ArraySize, type Buffers, sliceOf } from './gpuBuffers.ts';
import { ceil4, padRows, sizesOf } from './gpuSizes.ts';
import { areHalves, packHalves } from './halves.ts';

export type WeightName =
  | 'patchNormWeight'
  | 'patchNormBias'
  | 'embedWeight'
  | 'embedBias'
  | 'embedNormWeight'
  | 'embedNormBias'
  | 'cls'
  | 'norm1Weight'
  | 'norm1Bias'
  | 'U'
  | 'W'
  | 'b'
  | 'norm2Weight'
  | 'norm2Bias'
  | 'G'
  | 'D'
  | 'D1'
  | 'headNormWeight'
  | 'headNormBias'
  | 'headMapWeight'
  | 'headMapBias'
  | 'headWeight'
  | 'headBias'
  | 'maskToken'
  | 'latentNormWeight'
  | 'latentNormBias'
  | 'decoderNormWeight'
  | 'decoderNormBias'
  | 'decoderLinear'
  | 'decoderAttentionNormWeight'
  | 'decoderAttentionNormBias'
  | 'decoderU'
  | 'decoderW'
  | 'decoderB'
  | 'endNormWeight'
  | 'endNormBias'
  | 'pixelWeight'
  | 'pixelBias';

/** An array to make and to fill. In memory a layer is `ldRows` × ld, zeros beyond rows × columns. */
export interface WeightArray extends ArraySize<WeightName> {
  readonly rows: number;
  readonly columns: number;
  readonly ld: number;
  /** A layer's rows × columns; G is formed at the call. */
  of(layer: number): Float32Array;
}

/**
 * The arrays of a model. Matrices of which every layer's every value is exactly a half are kept as halves if `asHalves`; G never is.
 * @throws Error for weights that the configuration promises and that are not there
 */
export function weightArrays(config: CrateConfig, weights: CrateWeights, asHalves: boolean): readonly WeightArray[] {
  const { d, L, inner, patch, classes, features, atoms, hasCodes, hasPatchNorms, decoder } = sizesOf(config);
  const { layers, headMap } = weights;
  const arrays: WeightArray[] = [];
  const vector = (name: WeightName, length: number, of: (layer: number) => Float32Array | null, count = 1): void => {
    const shape = { rows: 1, columns: length, ld: length };
    arrays.push({ name, layers: count, entries: length, entryBytes: 4, ...shape, of: needed(name, of) });
  };
  const matrix = (
    name: WeightName,
    [rows, columns]: readonly [number, number],
    of: (layer: number) => Float32Array | null,
    count = 1,
    ldRows = rows,
  ): void => {
    const ld = ceil4(columns);
    const read = needed(name, of);
    const isHalf = asHalves && name !== 'G' && everyLayer(count, (layer) => areHalves(read(layer)));
    arrays.push({
      name,
      layers: count,
      entries: ldRows * ld,
      entryBytes: isHalf ? 2 : 4,
      rows,
      columns,
      ld,
      of: read,
    });
  };
  const layer = (l: number): CrateWeights['layers'][number] => at(layers, l);

  if (hasPatchNorms) {
    vector('patchNormWeight', patch, () => weights.patchNormWeight);
    vector('patchNormBias', patch, () => weights.patchNormBias);
    vector('embedNormWeight', d, () => weights.embedNormWeight);
    vector('embedNormBias', d, () => weights.embedNormBias);
  }
  matrix('embedWeight', [d, patch], () => weights.embedWeight);
  vector('embedBias', d, () => weights.embedBias);
  vector('cls', d, () => weights.cls);
  vector('norm1Weight', d, (l) => layer(l).norm1Weight, L);
  vector('norm1Bias', d, (l) => layer(l).norm1Bias, L);
  matrix('U', [inner, d], (l) => layer(l).U, L);
  matrix('W', [d, inner], (l) => layer(l).W ?? identity(d, inner), L);
  // No bias is one of zeros: a vector a layer, and no epilogue of its own.
  vector('b', d, (l) => layer(l).b ?? new Float32Array(d), L);
  vector('norm2Weight', d, (l) => layer(l).norm2Weight, L);
  vector('norm2Bias', d, (l) => layer(l).norm2Bias, L);
  if (hasCodes) {
    // gemm reads D along its rows for D z and along its columns for Dᵀx, four rows at a time.
    matrix('D', [d, atoms], (l) => layer(l).D, L, ceil4(d));
    matrix('D1', [d, atoms], (l) => layer(l).D1 ?? null, L);
  } else {
    matrix('G', [d, d], (l) => stepMatrix(layer(l).D, d), L);
  }
  if (classes > 0) {
    vector('headNormWeight', d, () => weights.headNormWeight);
    vector('headNormBias', d, () => weights.headNormBias);
    if (headMap) {
      matrix('headMapWeight', [features, d], () => headMap.weight);
      vector('headMapBias', features, () => headMap.bias);
    }
    matrix('headWeight', [classes, features], () => weights.headWeight);
    vector('headBias', classes, () => weights.headBias);
  }
  if (decoder) {
    const given = weights.decoder;
    if (!given) throw new Error('missing weights: decoder');
    const block = (l: number): (typeof given.layers)[number] => at(given.layers, l);
    vector('maskToken', d, () => given.maskToken);
    vector('latentNormWeight', d, () => given.normWeight);
    vector('latentNormBias', d, () => given.normBias);
    vector('decoderNormWeight', d, (l) => block(l).normWeight, decoder.L);
    vector('decoderNormBias', d, (l) => block(l).normBias, decoder.L);
    matrix('decoderLinear', [d, d], (l) => block(l).linear, decoder.L);
    vector('decoderAttentionNormWeight', d, (l) => block(l).attentionNormWeight, decoder.L);
    vector('decoderAttentionNormBias', d, (l) => block(l).attentionNormBias, decoder.L);
    matrix('decoderU', [decoder.inner, d], (l) => block(l).U, decoder.L);
    matrix('decoderW', [d, decoder.inner], (l) => block(l).W ?? identity(d, decoder.inner), decoder.L);
    vector('decoderB', d, (l) => block(l).b ?? new Float32Array(d), decoder.L);
    vector('endNormWeight', d, () => given.endNormWeight);
    vector('endNormBias', d, () => given.endNormBias);
    matrix('pixelWeight', [patch, d], () => given.pixelWeight);
    vector('pixelBias', patch, () => given.pixelBias);
  }
  return arrays;
}

const needed =
  (name: WeightName, of: (layer: number) => Float32Array | null) =>
  (layer: number): Float32Array => {
    const values = of(layer);
    if (!values) throw new Error(`missing weights: ${name}`);
    return values;
  };

function at<T>(layers: readonly T[], l: number): T {
  const layer = layers[l];
  if (!layer) throw new Error(`missing weights: layer ${l}`);
  return layer;
}

function everyLayer(count: number, holds: (layer: number) => boolean): boolean {
  for (let layer = 0; layer < count; layer++) if (!holds(layer)) return false;
  return true;
}

/** d × inner with ones on the diagonal: the output map that a state dict leaves out (K = 1, p = d). */
function identity(d: number, inner: number): Float32Array {
  const out = new Float32Array(d * inner);
  for (let i = 0; i < Math.min(d, inner); i++) out[i * inner + i] = 1;
  return out;
}

/**
 * G = Dᵀ(I − D), d × d, rounded once to f32: `dictionaryStep` of model/ista.ts, with DᵀD from its lower triangle alone. Half the time
 * with the same bits: d = 1024 takes 0.26 s instead of 0.52.
 */
export function stepMatrix(D: Float32Array, d: number): Float32Array {
  const atoms = transpose(D, d, d);
  const DtD = gram(atoms, d, d);
  // Float32Array.from with a function would take another half of the product's time.
  const G = new Float32Array(d * d);
  for (let i = 0; i < G.length; i++) G[i] = (atoms[i] as number) - (DtD[i] as number);
  return G;
}

/** Milliseconds of uploading after which others get a turn. */
const TURN_MS = 50;

/**
 * Fills the buffers, a layer's array at a time. Now and then it waits for the queue, so that what is underway stays small and messages
 * get through. @throws EngineError 'shape-mismatch' for an array of another size
 */
export async function uploadWeights(
  device: GPUDevice,
  arrays: readonly WeightArray[],
  buffers: Buffers<WeightName>,
  progress: LoadProgress = () => undefined,
): Promise<void> {
  let done = 0;
  let turn = performance.now();
  for (const array of arrays) {
    const { name, rows, columns, ld } = array;
    const stack = buffers.stack(name);
    for (let layer = 0; layer < array.layers; layer++) {
      const values = array.of(layer);
      if (values.length !== rows * columns) {
        throw new EngineError(
          'shape-mismatch',
          `${name} holds ${values.length} numbers, ${rows}×${columns} needs ${rows * columns}.`,
        );
      }
      const { buffer, at } = sliceOf(stack, layer);
      const data = stack.isHalf ? paddedHalves(values, rows, columns, ld) : padRows(values, rows, columns, ld);
      device.queue.writeBuffer(
        buffer,
        at * array.entryBytes,
        data.buffer as ArrayBuffer,
        data.byteOffset,
        data.byteLength,
      );
      done += array.entries * array.entryBytes;
      progress(done, buffers.bytes);
      if (performance.now() - turn > TURN_MS) {
        device.queue.submit([]);
        await device.queue.onSubmittedWorkDone();
        turn = performance.now();
      }
    }
  }
}

function paddedHalves(values: Float32Array, rows: number, columns: number, ld: number): Uint16Array {
  const out = new Uint16Array(rows * ld);
  if (ld === columns) packHalves(values, out, 0);
  else for (let i = 0; i < rows; i++) packHalves(values.subarray(i * columns, (i + 1) * columns), out, i * ld);
  return out;
}
