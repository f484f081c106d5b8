// Arrays in GPU buffers: an array that every layer has is cut into buffers of as many layers as a binding may hold. What does not fit is
// refused with both sizes, and what the device refuses becomes an EngineError instead of an uncaptured error.

import { EngineError } from './engine.ts';
import { USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_STORAGE } from './kernel.ts';

/** An array to make. */
export interface ArraySize<N extends string = string> {
  readonly name: N;
  /** 1 for what is outside the layers. */
  readonly layers: number;
  /** Entries a layer. */
  readonly entries: number;
  readonly entryBytes: 2 | 4;
}

/** An array of all layers: one after the other, `perChunk` of them a buffer. */
export interface Stack {
  readonly chunks: readonly GPUBuffer[];
  readonly perChunk: number;
  /** Entries a layer. */
  readonly stride: number;
  readonly isHalf: boolean;
}

/** Where a layer's entries begin. */
export interface Slice {
  readonly buffer: GPUBuffer;
  /** In entries. */
  readonly at: number;
}

export function sliceOf({ chunks, perChunk, stride }: Stack, layer = 0): Slice {
  const buffer = chunks[Math.floor(layer / perChunk)];
  if (!buffer) throw new RangeError(`invalid layer: ${layer}`);
  return { buffer, at: (layer % perChunk) * stride };
}

/** Layers that lie side by side in one buffer of every stack, so that one batched dispatch serves them. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/** Cuts the layers from `first` on, `count` of them, at every stack's buffer borders. */
export function runsOf(first: number, count: number, ...stacks: readonly Stack[]): readonly Run[] {
  const runs: Run[] = [];
  const end = first + count;
  for (let from = first; from < end; ) {
    const borders = stacks.map(({ perChunk }) => (Math.floor(from / perChunk) + 1) * perChunk);
    const to = Math.min(end, ...borders);
    runs.push({ first: from, count: to - from });
    from = to;
  }
  return runs;
}

/** The most bytes that one buffer may have to be bound whole. */
export const bindingLimit = ({ maxStorageBufferBindingSize, maxBufferSize }: GPUSupportedLimits): number =>
  Math.min(maxStorageBufferBindingSize, maxBufferSize);

const bytesOf = ({ entries, entryBytes }: ArraySize): number => entries * entryBytes;

export const totalBytes = (arrays: readonly ArraySize[]): number =>
  arrays.reduce((sum, array) => sum + array.layers * bytesOf(array), 0);

/** A sentence that names the first array of which not even one layer fits, or null. */
export function refusalOf(arrays: readonly ArraySize[], limit: number): string | null {
  const large = arrays.find((array) => bytesOf(array) > limit);
  if (!large) return null;
  const what = large.layers > 1 ? `${large.name} of one layer` : large.name;
  return `${what} needs ${mib(bytesOf(large))} in one buffer; this adapter binds at most ${mib(limit)}.`;
}

/** Layers a buffer, one number for all arrays: the most of which every array's fit, all when they do. */
export function layersPerChunk(arrays: readonly ArraySize[], limit: number): number {
  const layered = arrays.filter(({ layers, entries }) => layers > 1 && entries > 0);
  const fitting = layered.map((array) => Math.floor(limit / bytesOf(array)));
  return Math.max(1, Math.min(...fitting, Math.max(1, ...layered.map(({ layers }) => layers))));
}

export interface Buffers<N extends string = string> {
  readonly bytes: number;
  has(name: N): boolean;
  /** @throws Error for an array that this model does not have */
  stack(name: N): Stack;
  destroy(): void;
}

/**
 * Makes the arrays' buffers, filled with zeros. `noMemory` is said when memory ran out.
 * @throws EngineError 'limit-exceeded', 'out-of-memory'
 */
export async function allocate<N extends string>(
  device: GPUDevice,
  arrays: readonly ArraySize<N>[],
  limit: number,
  noMemory: string,
): Promise<Buffers<N>> {
  const refusal = refusalOf(arrays, limit);
  if (refusal) throw new EngineError('limit-exceeded', refusal);
  const perChunk = layersPerChunk(arrays, limit);
  const made: GPUBuffer[] = [];
  const destroy = (): void => {
    for (const buffer of made) buffer.destroy();
  };
  const create = (array: ArraySize<N>): Stack => {
    const chunks: GPUBuffer[] = [];
    for (let first = 0; first < array.layers; first += perChunk) {
      const size = Math.min(perChunk, array.layers - first) * bytesOf(array);
      const usage = USAGE_STORAGE | USAGE_COPY_DST | USAGE_COPY_SRC;
      chunks.push(device.createBuffer({ label: array.name, size: Math.max(16, Math.ceil(size / 16) * 16), usage }));
    }
    made.push(...chunks);
    return { chunks, perChunk, stride: array.entries, isHalf: array.entryBytes === 2 };
  };
  try {
    const stacks = await capturing(device, noMemory, () => new Map(arrays.map((array) => [array.name, create(array)])));
    return {
      bytes: totalBytes(arrays),
      has: (name) => stacks.has(name),
      stack(name) {
        const stack = stacks.get(name);
        if (!stack) throw new Error(`missing array: ${name}`);
        return stack;
      },
      destroy,
    };
  } catch (cause) {
    destroy();
    throw cause;
  }
}

/**
 * Runs a job; what the device refuses meanwhile is thrown, so that nothing reaches `uncapturederror`. `noMemory` is said when memory ran
 * out. @throws EngineError 'out-of-memory', 'forward-failed'
 */
export async function capturing<T>(device: GPUDevice, noMemory: string, job: () => T | Promise<T>): Promise<T> {
  for (const filter of ['validation', 'internal', 'out-of-memory'] as const) device.pushErrorScope(filter);
  const outcome = await Promise.resolve()
    .then(job)
    .then(
      (value) => ({ value }),
      (cause: unknown) => ({ cause }),
    );
  const memory = await device.popErrorScope();
  const refused = [await device.popErrorScope(), await device.popErrorScope()].find((error) => error !== null);
  // Whatever else went wrong, it followed from this.
  if (memory) throw new EngineError('out-of-memory', noMemory, { cause: memory });
  if ('cause' in outcome) throw outcome.cause;
  if (refused)
    throw new EngineError('forward-failed', `The GPU refused a command: ${refused.message}`, { cause: refused });
  return outcome.value;
}

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
