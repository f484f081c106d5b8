// The weights of a model on the GPU: which arrays each form of CRATE has, which of them are kept as halves, and their way up, a matrix at
// a time. Where a product takes a layer norm with weight w and bias v on the way, W LN(z) + b = (W (w ∘ z) − μ W w)/σ + W v + b: the sums
// without z are formed here, in f64.

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
  | 'uBias'
  | 'W'
  | 'b'
  | 'norm2Weight'
  | 'norm2Bias'
  | 'G'
  | 'gBias'
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
  | 'decoderLinearBias'
  | 'decoderAttentionNormWeight'
  | 'decoderAttentionNormBias'
  | 'decoderU'
  | 'decoderUBias'
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
    const ld = ceil4(length);
    arrays.push({
      name,
      layers: count,
      entries: ld,
      entryBytes: 4,
      rows: 1,
      columns: length,
      ld,
      of: needed(name, of),
    });
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
  /** The bias of a product of `length` columns that takes a layer norm on the way: two rows, as of withNorm. */
  const normed = (name: WeightName, length: number, of: (layer: number) => Float32Array | null, count = 1): void => {
    const ld = ceil4(length);
    arrays.push({
      name,
      layers: count,
      entries: 2 * ld,
      entryBytes: 4,
      rows: 2,
      columns: length,
      ld,
      of: needed(name, of),
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
  if (hasPatchNorms) {
    const { embedWeight, patchNormWeight, patchNormBias, embedBias } = weights;
    normed('embedBias', d, () => withNorm(embedWeight, patchNormWeight, patchNormBias, embedBias));
  } else vector('embedBias', d, () => weights.embedBias);
  vector('cls', d, () => weights.cls);
  vector('norm1Weight', d, (l) => layer(l).norm1Weight, L);
  vector('norm1Bias', d, (l) => layer(l).norm1Bias, L);
  matrix('U', [inner, d], (l) => layer(l).U, L);
  normed('uBias', inner, (l) => withNorm(layer(l).U, layer(l).norm1Weight, layer(l).norm1Bias), L);
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
    normed('gBias', d, (l) => stepWithNorm(layer(l).D, layer(l).norm2Weight, layer(l).norm2Bias), L);
  }
  if (classes > 0) {
    vector('headNormWeight', d, () => weights.headNormWeight);
    vector('headNormBias', d, () => weights.headNormBias);
    const { headWeight, headNormWeight, headNormBias, headBias } = weights;
    if (headMap) {
      matrix('headMapWeight', [features, d], () => headMap.weight);
      normed('headMapBias', features, () => withNorm(headMap.weight, headNormWeight, headNormBias, headMap.bias));
    }
    matrix('headWeight', [classes, features], () => headWeight);
    if (headMap) vector('headBias', classes, () => headBias);
    else normed('headBias', classes, () => withNorm(headWeight, headNormWeight, headNormBias, headBias));
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
    normed('decoderLinearBias', d, (l) => withNorm(block(l).linear, block(l).normWeight, block(l).normBias), decoder.L);
    vector('decoderAttentionNormWeight', d, (l) => block(l).attentionNormWeight, decoder.L);
    vector('decoderAttentionNormBias', d, (l) => block(l).attentionNormBias, decoder.L);
    matrix('decoderU', [decoder.inner, d], (l) => block(l).U, decoder.L);
    normed(
      'decoderUBias',
      decoder.inner,
      (l) => withNorm(block(l).U, block(l).attentionNormWeight, block(l).attentionNormBias),
      decoder.L,
    );
    matrix('decoderW', [d, decoder.inner], (l) => block(l).W ?? identity(d, decoder.inner), decoder.L);
    vector('decoderB', d, (l) => block(l).b ?? new Float32Array(d), decoder.L);
    vector('endNormWeight', d, () => given.endNormWeight);
    vector('endNormBias', d, () => given.endNormBias);
    matrix('pixelWeight', [patch, d], () => given.pixelWeight);
    normed('pixelBias', patch, () =>
      withNorm(given.pixelWeight, given.endNormWeight, given.endNormBias, given.pixelBias),
    );
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

/** W v + b for the rows of W, then W w, in f64, rounded once; null when one of them is missing. `bias` is b, none is 0. */
function withNorm(
  W: Float32Array | null,
  w: Float32Array | null,
  v: Float32Array | null,
  bias?: Float32Array | null,
): Float32Array | null {
  if (!W || !w || !v || bias === null) return null;
  const columns = v.length;
  const rows = W.length / columns;
  const out = new Float32Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    let shift = bias?.[i] ?? 0;
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const entry = W[i * columns + j] as number;
      shift += entry * (v[j] as number);
      sum += entry * (w[j] as number);
    }
    out[i] = shift;
    out[rows + i] = sum;
  }
  return out;
}

/** The same of G = Dᵀ(I − D): G v, then G w. */
function stepWithNorm(D: Float32Array, w: Float32Array, v: Float32Array): Float32Array {
  const d = v.length;
  const out = new Float32Array(2 * d);
  [v, w].forEach((x, part) => {
    const sums = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      let rest = x[i] as number;
      for (let j = 0; j < d; j++) rest -= (D[i * d + j] as number) * (x[j] as number);
      for (let j = 0; j < d; j++) sums[j] = (sums[j] as number) + (D[i * d + j] as number) * rest;
    }
    out.set(sums, part * d);
  });
  return out;
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
