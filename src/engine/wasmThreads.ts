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
  /** Threads beside the calling one that started and have not broken. */
  readonly count: number;
  /** From now on they work on the list of tasks in this memory. */
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

/** Starts them; who does not start is left out. */
export async function startThreads({ threads, start }: ThreadOptions): Promise<Threads> {
  const alive = new Set<ThreadWorker>();
  const leave = (worker: ThreadWorker): void => {
    alive.delete(worker);
    worker.terminate();
  };
  const started = Array.from({ length: threads - 1 }, async () => {
    let worker: ThreadWorker;
    try {
      worker = start();
    } catch {
      // A policy that forbids workers: the others, or the engine alone, compute.
      return;
    }
    const isReady = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, START_MS, false);
      const answer = (is: boolean) => () => {
        clearTimeout(timer);
        resolve(is);
        if (!is) leave(worker);
      };
      worker.addEventListener('message', answer(true));
      worker.addEventListener('error', answer(false));
      worker.addEventListener('messageerror', answer(false));
    });
    if (isReady) alive.add(worker);
    else leave(worker);
  });
  await Promise.all(started);
  return {
    get count() {
      return alive.size;
    },
    serve(module, memory, list) {
      [...alive].forEach((worker, i) => {
        worker.postMessage({ module, memory, list, lane: i + 1, broken: LIST.broken });
      });
    },
    dispose() {
      for (const worker of alive) leave(worker);
    },
  };
}
