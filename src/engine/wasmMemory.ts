// One WebAssembly memory and what lies where in it. Addresses are bytes; 0 stands for "none" and nothing lies there.

import { EngineError } from './engine.ts';

const PAGE = 2 ** 16;
/** A page less than all that 32 bits address, so that no pointer behind an array's end begins again at 0. */
export const WASM_BYTES = 2 ** 32 - PAGE;
/** A cache line. */
const ALIGNMENT = 64;

/** Gives out addresses one after the other; touches no memory. */
export interface Arena {
  /** Where `entries` numbers of f32 may lie. */
  take(entries: number): number;
  takeF64(entries: number): number;
  /** Behind everything given out. */
  end(): number;
}

export function createArena(from = ALIGNMENT): Arena {
  let next = from;
  const take = (bytes: number): number => {
    const address = next;
    next += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  };
  return { take: (entries) => take(4 * entries), takeF64: (entries) => take(8 * entries), end: () => next };
}

export interface WasmMemory {
  readonly memory: WebAssembly.Memory;
  /** Bytes that it may have at most. */
  readonly most: number;
  /** What lies at an address; a view that the next `reserve` ends. */
  f32(address: number, entries: number): Float32Array;
  f64(address: number, entries: number): Float64Array;
  /**
   * Makes addresses below `end` good; new memory is zero. `what` needs it, as a sentence begins.
   * @throws EngineError 'out-of-memory'
   */
  reserve(end: number, what: string): void;
}

export const createWasmMemory = (): WasmMemory => wasmMemory(WASM_BYTES, false);

/** Of a memory that threads share addresses are set aside at once, as many as it may ever have: less where a browser has not so many. */
const SHARED_BYTES = [WASM_BYTES, 2 ** 31, 2 ** 30];

/** A memory that threads share; null where there is none to be had. */
export function createSharedMemory(): WasmMemory | null {
  for (const most of SHARED_BYTES) {
    try {
      return wasmMemory(most, true);
    } catch {
      // The next smaller one; without any the engine computes on one thread and says so.
    }
  }
  return null;
}

function wasmMemory(most: number, shared: boolean): WasmMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: most / PAGE, shared });
  return {
    memory,
    most,
    f32: (address, entries) => new Float32Array(memory.buffer, address, entries),
    f64: (address, entries) => new Float64Array(memory.buffer, address, entries),
    reserve(end, what) {
      const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
      if (missing <= 0) return;
      try {
        memory.grow(missing);
      } catch (cause) {
        throw new EngineError('out-of-memory', `${what} needs ${mib(end)} of memory, more than there is.`, { cause });
      }
    },
  };
}

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** A sentence when so many bytes are more than a memory may have, or null. */
export function refusalOf(bytes: number, what: string, most = WASM_BYTES): string | null {
  if (bytes <= most) return null;
  const limit =
    most === WASM_BYTES
      ? `WebAssembly addresses at most ${mib(2 ** 32)}`
      : `this browser lets threads share at most ${mib(most)}`;
  return `${what} needs ${mib(bytes)} of memory; ${limit}.`;
}
