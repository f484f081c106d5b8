// Which of the product kernels a device takes: measured once, on two shapes, and remembered by the adapter's name.

import { PRODUCT_KERNELS, type ProductOrigin, type ProductSpeeds } from '../model/speed.ts';
import type { Gpu } from './device.ts';
import { capturing } from './gpuBuffers.ts';
import { bestMs, createTimer } from './gpuTimer.ts';
import { USAGE_STORAGE } from './kernel.ts';
import { gemm, gemmQuad, gemmTile } from './kernels/index.ts';
import {
  gemmQuadShape,
  gemmShape,
  gemmTileSide,
  PLAIN_PRODUCT,
  type ProductKernel,
  type ProductUse,
  productOn,
} from './productKernel.ts';
import { hasQuads } from './quads.ts';
import { shaderSource } from './shaderSource.ts';

export type { ProductSpeeds };

export interface ProductChoice extends ProductUse {
  /** null where nothing was measured. */
  readonly gflops: ProductSpeeds | null;
  readonly origin: ProductOrigin;
  /** A sentence for people. */
  readonly why: string;
}

/** Where a page keeps measured speeds between visits, by `productKey`. Whatever it cannot do is done without. */
export interface ProductMemory {
  get(key: string): ProductSpeeds | null;
  set(key: string, speeds: ProductSpeeds): void;
}

/** FNV-1a of a text, eight hexadecimal digits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** rows × depth × cols of CRATE-S at 224 px, and of the shipped model. */
const SHAPES = [
  [197, 576, 576],
  [65, 192, 192],
] as const;

/** What speeds are kept under: the adapter, and the kernels' text and blocks, so that a changed kernel is measured again. */
export function productKey(adapter: string): string {
  const texts = [gemm, gemmQuad, gemmTile].map(({ name, lib }) => shaderSource(name, lib));
  const blocks = [true, false].flatMap((isSoftware) =>
    SHAPES.map(([rows, , cols]) => [
      gemmShape(rows, cols, 1, isSoftware),
      gemmQuadShape(rows, cols, 1, isSoftware),
      gemmTileSide(rows, cols),
    ]),
  );
  return `${adapter} ${hashOf(texts.join() + JSON.stringify(blocks))}`;
}

/** Rounds of each product; the best counts. */
const ROUNDS = 3;

const measured = new Map<string, ProductSpeeds>();

/** The kernels that the device has. */
const kernelsOf = async (device: GPUDevice): Promise<readonly ProductKernel[]> => {
  const quads = await hasQuads(device);
  return PRODUCT_KERNELS.filter((kernel) => kernel !== 'quad' || quads);
};

/** What is known of these kernels; null unless of each a number that makes sense. */
const speedsOf = (kernels: readonly ProductKernel[], known: ProductSpeeds): ProductSpeeds | null =>
  kernels.every((kernel) => (known[kernel] ?? 0) > 0)
    ? Object.fromEntries(kernels.map((kernel) => [kernel, known[kernel]]))
    : null;

const WORDS: Readonly<Record<ProductKernel, string>> = { register: 'register blocks', quad: 'quads', tile: 'tiles' };

function fastest(gflops: ProductSpeeds, origin: 'remembered' | 'measured'): Omit<ProductChoice, 'isSoftware'> {
  const order = PRODUCT_KERNELS.filter((kernel) => gflops[kernel] !== undefined).sort(
    (a, b) => (gflops[b] ?? 0) - (gflops[a] ?? 0),
  );
  const [kernel, next] = order;
  if (!kernel || !next) throw new Error('fewer than two kernels were measured');
  const ratio = ((gflops[kernel] ?? 0) / (gflops[next] ?? 1)).toFixed(1);
  const when = origin === 'measured' ? 'Measured just now' : 'Measured before on this adapter';
  return {
    kernel,
    gflops,
    origin,
    why: `${when}: ${WORDS[kernel]} are ${ratio} times as fast as ${WORDS[next]} here.`,
  };
}

/** What the link asks for, or why not. */
const asked = (
  wanted: ProductKernel,
  kernels: readonly ProductKernel[],
): Pick<ProductChoice, 'kernel' | 'origin' | 'why'> =>
  kernels.includes(wanted)
    ? { kernel: wanted, origin: 'link', why: 'Asked for by the link.' }
    : {
        kernel: 'register',
        origin: 'link',
        why: 'The link asks for quads, which this device does not have; register blocks come nearest.',
      };

/** @throws EngineError 'shader-invalid', 'out-of-memory' */
export async function chooseProduct(
  gpu: Gpu,
  wanted: ProductKernel | 'auto',
  memory: ProductMemory | null = null,
): Promise<ProductChoice> {
  const { adapter, device, isSoftware } = gpu;
  const kernels = await kernelsOf(device);
  const key = productKey(adapter);
  const known = measured.get(key) ?? memory?.get(key);
  const gflops = known ? speedsOf(kernels, known) : null;
  if (wanted !== 'auto') return { ...asked(wanted, kernels), isSoftware, gflops };
  if (gflops) return { ...fastest(gflops, 'remembered'), isSoftware };
  if (isSoftware) {
    return {
      kernel: kernels.includes('quad') ? 'quad' : 'register',
      isSoftware,
      gflops: null,
      origin: 'software',
      why: 'Not measured: the adapter is a program, and a processor has no workgroup memory of its own to gain from.',
    };
  }
  return measureChoice(gpu, wanted, memory);
}

/** Measures every kernel, also where that was done before, or where nobody would by itself. @throws EngineError as chooseProduct */
export async function measureChoice(
  gpu: Gpu,
  wanted: ProductKernel | 'auto',
  memory: ProductMemory | null = null,
): Promise<ProductChoice> {
  const { adapter, isSoftware } = gpu;
  const gflops = await measureProducts(gpu);
  const key = productKey(adapter);
  measured.set(key, gflops);
  memory?.set(key, gflops);
  if (wanted === 'auto') return { ...fastest(gflops, 'measured'), isSoftware };
  return { ...asked(wanted, await kernelsOf(gpu.device)), isSoftware, gflops };
}

/** GFLOP/s of every kernel that this device has. @throws EngineError 'shader-invalid', 'out-of-memory' */
export const measureProducts = (gpu: Gpu): Promise<ProductSpeeds> =>
  capturing(gpu.device, 'The GPU has no memory left to measure its kernels in.', async () => {
    const speeds: Partial<Record<ProductKernel, number>> = {};
    for (const kernel of await kernelsOf(gpu.device))
      speeds[kernel] = await speedOf(gpu.device, { kernel, isSoftware: gpu.isSoftware });
    return speeds;
  });

/** GFLOP/s over all shapes, the best of some rounds each. */
async function speedOf(device: GPUDevice, use: ProductUse): Promise<number> {
  let flops = 0;
  let ms = 0;
  for (const shape of SHAPES) {
    flops += 2 * shape[0] * shape[1] * shape[2];
    ms += await productMs(device, use, shape);
  }
  return flops / ms / 1e6;
}

async function productMs(
  device: GPUDevice,
  use: ProductUse,
  [rows, depth, cols]: readonly [number, number, number],
): Promise<number> {
  const variant = { hasNorm: false, isTransposed: false, isHalf: false };
  const kernel = await productOn(device, use, variant, [rows, cols, 1]);
  const buffers = [rows * depth, cols * depth, rows * cols, 4].map((floats) =>
    device.createBuffer({ label: 'product test', size: floats * 4, usage: USAGE_STORAGE }),
  );
  const [A, B, C, none] = buffers as [GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer];
  const dispatch = kernel.dispatch(
    { ...PLAIN_PRODUCT, rows, cols, depth4: depth / 4, ld_b4: depth / 4, ld_c: cols },
    { A, B, bias: none, residual: none, norm_weight: none, norm_bias: none, C },
    1,
  );
  const timer = createTimer(device);
  try {
    return await bestMs(timer, dispatch, { rounds: ROUNDS });
  } finally {
    timer.destroy();
    dispatch.destroy();
    for (const buffer of buffers) buffer.destroy();
  }
}
