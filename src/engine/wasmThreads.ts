// Threads for the WebAssembly engine: workers that share its memory, where the browser lets a page have that.

import { sharedMemorySupported } from './wasm/kernels.ts';
import { LIST } from './wasm/tasks.ts';

/** What the engine wants of a worker; a browser's Worker is one. */
export interface ThreadWorker {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'error' | 'messageerror', listener: () => void): void;
  terminate(): unknown;
}

export interface ThreadOptions {
  /** The calling one included. */
  readonly threads: number;
  readonly start: () => ThreadWorker;
  /** Rounds of about a millisecond in which no thread finishes a task, after which they are given up. */
  readonly patience?: number;
}

export interface Threads {
  /** Threads beside the calling one that work, or can. */
  readonly count: number;
  /** The same with those that are still starting. */
  readonly expected: number;
  /** From now on they work on the list of tasks in this memory; who starts later comes to it too. */
  serve(module: WebAssembly.Module, memory: WebAssembly.Memory, list: number): void;
  dispose(): void;
}

/** Each has scratch of its own, and the tasks of one picture are few. Measured on two cores. */
const MOST = 8;
/** What has not started after so long is not waited for, ms. */
const START_MS = 3000;

/** As many as there are cores, in a page that is cross-origin isolated; null: one thread, for memory cannot be shared. */
export function browserThreads(): ThreadOptions | null {
  if (!globalThis.crossOriginIsolated || typeof Worker !== 'function' || !sharedMemorySupported()) return null;
  const threads = Math.min(navigator.hardwareConcurrency || 1, MOST);
  const start = () =>
    new Worker(new URL('./wasm/thread.js', import.meta.url), { type: 'module', name: 'crate-engine-thread' });
  return threads > 1 ? { threads, start } : null;
}

/** Starts them, without waiting: the calling thread begins alone. Who does not start is left out. */
export function startThreads({ threads, start }: ThreadOptions): Threads {
  const expected = new Set<ThreadWorker>();
  const alive = new Set<ThreadWorker>();
  /** Calls a worker to the memory at hand, with the next lane in it. */
  let call: ((worker: ThreadWorker) => void) | null = null;

  const leave = (worker: ThreadWorker): void => {
    expected.delete(worker);
    alive.delete(worker);
    worker.terminate();
  };
  function begin(): void {
    let worker: ThreadWorker;
    try {
      worker = start();
    } catch {
      // A policy that forbids workers: the others, or the engine alone, compute.
      return;
    }
    expected.add(worker);
    const timer = setTimeout(leave, START_MS, worker);
    const fail = (): void => {
      clearTimeout(timer);
      leave(worker);
    };
    worker.addEventListener('message', () => {
      clearTimeout(timer);
      if (!expected.has(worker) || alive.has(worker)) return;
      alive.add(worker);
      call?.(worker);
    });
    worker.addEventListener('error', fail);
    worker.addEventListener('messageerror', fail);
  }

  for (let i = 1; i < threads; i++) begin();
  return {
    get count() {
      return alive.size;
    },
    get expected() {
      return expected.size;
    },
    serve(module, memory, list) {
      let lane = 0;
      call = (worker) => {
        lane++;
        worker.postMessage({ module, memory, list, lane, broken: LIST.broken });
      };
      for (const worker of alive) call(worker);
    },
    dispose() {
      for (const worker of expected) leave(worker);
    },
  };
}
