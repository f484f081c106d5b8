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
  /** What lies at an address; a view that the next `reserve` ends. */
  f32(address: number, entries: number): Float32Array;
  f64(address: number, entries: number): Float64Array;
  /**
   * Makes addresses below `end` good; new memory is zero. `what` needs it, as a sentence begins.
   * @throws EngineError 'out-of-memory'
   */
  reserve(end: number, what: string): void;
}

export function createWasmMemory(): WasmMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: WASM_BYTES / PAGE });
  return {
    memory,
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

/** A sentence when so many bytes are more than WebAssembly addresses, or null. */
export const refusalOf = (bytes: number, what: string): string | null =>
  bytes > WASM_BYTES ? `${what} needs ${mib(bytes)} of memory; WebAssembly addresses at most ${mib(2 ** 32)}.` : null;
