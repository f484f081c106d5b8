// Runs one kernel alone, for tests: uploads, dispatches once, reads every written buffer back. Needs Node's Dawn (nodeGpu.ts).

import { normals, seeded } from '../../math/random.ts';
import {
  type KernelDeclaration,
  type ScalarType,
  USAGE_COPY_DST,
  USAGE_COPY_SRC,
  USAGE_MAP_READ,
  USAGE_STORAGE,
} from '../kernel.ts';
import { kernelOn } from '../kernelOn.ts';
import type { Groups } from './grids.ts';

/** What a written buffer is filled with beforehand: a number that no kernel computes, so that a stray or missing store shows. */
export const UNTOUCHED = -12345.5;

export const untouched = (length: number): Float32Array => new Float32Array(length).fill(UNTOUCHED);

/** `count` standard normal numbers as f32, the same for the same seed. */
export const randomFloats = (count: number, seed: number): Float32Array =>
  Float32Array.from(normals(count, seeded(seed)));

export interface KernelRun<P extends string, R extends string, W extends string, C extends string> {
  readonly params: Readonly<Record<P, number>>;
  readonly reads: Readonly<Record<R, Float32Array>>;
  /** What the written buffers hold before the run. */
  readonly writes: Readonly<Record<W, Float32Array>>;
  readonly groups: Groups;
  readonly constants?: Partial<Record<C, number>>;
}

/** The written buffers after one dispatch. Compiles once a device, kernel and set of constants. */
export async function runKernel<
  P extends Readonly<Record<string, ScalarType>>,
  R extends string,
  W extends string,
  C extends string,
>(
  device: GPUDevice,
  declaration: KernelDeclaration<P, R, W, C>,
  { params, reads, writes, groups, constants = {} }: KernelRun<keyof P & string, NoInfer<R>, NoInfer<W>, NoInfer<C>>,
): Promise<Record<W, Float32Array>> {
  const kernel = await kernelOn(device, declaration, constants);
  const buffers = new Map<string, GPUBuffer>();
  for (const [name, values] of Object.entries<Float32Array>({ ...reads, ...writes })) {
    const usage = USAGE_STORAGE | USAGE_COPY_DST | USAGE_COPY_SRC;
    const buffer = device.createBuffer({ label: name, size: Math.max(16, Math.ceil(values.length / 4) * 16), usage });
    device.queue.writeBuffer(buffer, 0, Float32Array.from(values));
    buffers.set(name, buffer);
  }
  const dispatch = kernel.dispatch(params, Object.fromEntries(buffers) as Record<R | W, GPUBuffer>, groups);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  dispatch.encode(pass);
  pass.end();
  const staged = declaration.writes.map((name): [W, GPUBuffer] => {
    const size = writes[name].length * 4;
    const staging = device.createBuffer({ size, usage: USAGE_MAP_READ | USAGE_COPY_DST });
    const from = buffers.get(name);
    if (!from) throw new Error(`missing buffer: ${name}`);
    encoder.copyBufferToBuffer(from, 0, staging, 0, size);
    return [name, staging];
  });
  device.pushErrorScope('validation');
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${declaration.name}: ${error.message}`);
  const out: Partial<Record<W, Float32Array>> = {};
  for (const [name, staging] of staged) {
    await staging.mapAsync(1);
    out[name] = new Float32Array(staging.getMappedRange().slice(0));
    staging.destroy();
  }
  for (const buffer of buffers.values()) buffer.destroy();
  return out as Record<W, Float32Array>;
}

/** f32 machine epsilon, 2⁻²³. */
export const EPSILON = 2 ** -23;

/** Bound of |gpu − reference| for f32 sums of k terms: k · 2⁻²³ · max(1, max|reference|). */
export const sumBound = (k: number, reference: ArrayLike<number>): number => {
  let largest = 1;
  for (let i = 0; i < reference.length; i++) largest = Math.max(largest, Math.abs(reference[i] as number));
  return k * EPSILON * largest;
};

/** Copies a block `rows × columns` into a buffer with row stride `ld` from `first` on. */
export function place(
  into: Float32Array | Float64Array,
  block: ArrayLike<number>,
  { rows, columns, ld, first = 0 }: { rows: number; columns: number; ld: number; first?: number },
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) into[first + i * ld + j] = block[i * columns + j] as number;
  }
}
