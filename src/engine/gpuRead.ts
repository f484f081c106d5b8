// Tensors of the last picture, read when a view asks: those that are kept, and those that one run makes again.

import type { TensorName } from '../model/trace.ts';
import { EngineError } from './engine.ts';
import { capturing, mib, refusalOf, sliceOf } from './gpuBuffers.ts';
import type { Commands } from './gpuCommands.ts';
import { normLayers } from './gpuMeasures.ts';
import type { Model, Sized } from './gpuModel.ts';
import type { PictureName } from './gpuPicture.ts';
import { product } from './gpuProduct.ts';
import { dropPadding, type Sizes } from './gpuSizes.ts';
import { USAGE_COPY_SRC, USAGE_STORAGE } from './kernel.ts';
import { kernelOn } from './kernelOn.ts';
import * as kernels from './kernels/index.ts';
import { productOn } from './productKernel.ts';

/** A model that has run a picture. */
export interface Readable {
  readonly commands: Commands;
  readonly model: Model;
  readonly sized: Sized;
  /** The most bytes a buffer. */
  readonly limit: number;
}

/** Rows `first` … of S or A of one layer, K × rows × n, computed now. @throws EngineError 'limit-exceeded', RangeError */
export async function readAttention(
  { commands, limit, sized }: Readable,
  layer: number,
  softmax: 0 | 1,
  { first, rows }: { first: number; rows: number },
): Promise<Float32Array> {
  const { device, readRange } = commands;
  const { sizes, picture } = sized;
  checkLayer(layer, sizes);
  const { n, p, K, ldInner } = sizes;
  const entries = K * rows * n;
  const name = softmax ? 'A' : 'S';
  const refusal = refusalOf([{ name, layers: 1, entries, entryBytes: 4 }], limit);
  if (refusal) {
    throw new EngineError('limit-exceeded', `${refusal} Ask for one token's row instead.`);
  }
  const kernel = await kernelOn(device, kernels.attention, { SOFTMAX: softmax, ALIGNED: p % 4 === 0 ? 1 : 0 });
  return capturing(device, `${name} needs ${mib(8 * entries)} of GPU memory, more than there is.`, async () => {
    const A = device.createBuffer({ label: name, size: entries * 4, usage: USAGE_STORAGE | USAGE_COPY_SRC });
    const ZU = sliceOf(picture.stack('ZU'), layer);
    const dispatch = kernel.dispatch(
      { n, p, ld: ldInner, first_row: first, rows, zu_offset: ZU.at, zu_stride: 0, a_offset: 0 },
      { ZU: ZU.buffer, A },
      [rows, K, 1],
    );
    try {
      return await readRange(A, 0, entries, [dispatch]);
    } finally {
      A.destroy();
      dispatch.destroy();
    }
  });
}

const checkLayer = (layer: number, { L }: Sizes): void => {
  if (!(Number.isInteger(layer) && layer >= 0 && layer < L)) throw new RangeError(`invalid layer: ${layer}`);
};

/** LN_Z, X, ZU_half or ZU_next of one layer, computed now: n × ld. */
async function derived(
  { commands, model, sized }: Readable,
  name: 'LN_Z' | 'X' | 'ZU_half' | 'ZU_next',
  layer: number,
): Promise<Float32Array> {
  const { device, readRange } = commands;
  const { config, sizes, pipelines, picture } = sized;
  const { weights, product: use } = model;
  const { n, d, inner, ldD, ldInner } = sizes;
  const isNorm = name === 'LN_Z' || name === 'X';
  const size = n * (isNorm ? ldD : ldInner) * 4;
  const isHalf = weights.stack('U').isHalf;
  const variant = { hasNorm: false, isTransposed: false, isHalf };
  const project = isNorm ? null : await productOn(device, use, variant, [n, inner, 1]);
  const tokens = (stored: PictureName, at: number) => ({ stack: picture.stack(stored), first: at, count: 1 });
  const Z = layer === 0 ? tokens('tokens', 0) : tokens('Z_next', layer - 1);
  return capturing(device, `${name} needs ${mib(2 * size)} of GPU memory, more than there is.`, async () => {
    const out = device.createBuffer({ label: name, size, usage: USAGE_STORAGE | USAGE_COPY_SRC });
    const to = { stack: { chunks: [out], perChunk: 1, stride: size / 4, isHalf: false }, first: 0, count: 1 };
    const half = tokens('Z_half', layer);
    const dispatch = project
      ? product({ config, weights, picture, pipelines: { product: () => project } }, 'none', {
          rows: n,
          cols: inner,
          depth: ldD,
          A: sliceOf(picture.stack(name === 'ZU_half' ? 'Z_half' : 'Z_next'), layer),
          B: 'U',
          layer,
          C: sliceOf(to.stack),
          ldC: ldInner,
        })
      : name === 'LN_Z'
        ? normLayers({ config, weights }, pipelines, ['norm1Weight', 'norm1Bias'], layer, Z, to)
        : normLayers({ config, weights }, pipelines, ['norm2Weight', 'norm2Bias'], layer, half, to);
    try {
      return dropPadding(await readRange(out, 0, size / 4, [dispatch]), n, isNorm ? d : inner, isNorm ? ldD : ldInner);
    } finally {
      out.destroy();
      dispatch.destroy();
    }
  });
}

/** One tensor of one layer, without padding. @throws EngineError 'limit-exceeded', RangeError */
export async function readTensor(from: Readable, name: TensorName, layer: number): Promise<Float32Array> {
  const { sizes, picture } = from.sized;
  const { n, d, inner, patch, atoms, ldD, ldInner, ldPatch, ldAtoms } = sizes;
  checkLayer(layer, sizes);
  if (name === 'S' || name === 'A') return readAttention(from, layer, name === 'A' ? 1 : 0, { first: 0, rows: n });
  if (name === 'Z' && layer > 0) return readTensor(from, 'Z_next', layer - 1);
  if (name === 'LN_Z' || name === 'X' || name === 'ZU_half' || name === 'ZU_next') return derived(from, name, layer);
  if (name === 'codes' && !sizes.hasCodes) throw new RangeError('invalid tensor: codes, which only CRATE-α has');
  const rowsOf = async (stored: PictureName, rows: number, columns: number, ld: number): Promise<Float32Array> => {
    const stack = picture.stack(stored);
    const { buffer, at } = sliceOf(stack, stored === name && name !== 'patches' && name !== 'tokens' ? layer : 0);
    return dropPadding(await from.commands.readRange(buffer, at, rows * ld), rows, columns, ld);
  };
  if (name === 'patches') return rowsOf('patches', n - 1, patch, ldPatch);
  if (name === 'Z' || name === 'tokens') return rowsOf('tokens', n, d, ldD);
  if (name === 'codes') return rowsOf('codes', n, atoms, ldAtoms);
  const isProjected = name === 'ZU' || name === 'heads';
  return isProjected ? rowsOf(name, n, inner, ldInner) : rowsOf(name, n, d, ldD);
}
