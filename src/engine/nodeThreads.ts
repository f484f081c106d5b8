// Threads for the WebAssembly engine in Node: its workers, given what a browser's have. For tests and benches.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ThreadOptions, ThreadWorker } from './wasmThreads.ts';

/** What every thread runs. */
export const threadScript = (): string =>
  readFileSync(fileURLToPath(new URL('./wasm/thread.js', import.meta.url)), 'utf8');

const AS_IN_A_BROWSER = `
import { parentPort } from 'node:worker_threads';
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on('message', (data) => globalThis.onmessage({ data }));
`;

/** A worker that runs `text` as a browser's would. It keeps no process alive. */
export function nodeWorker(text: string): ThreadWorker {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(AS_IN_A_BROWSER + text)}`));
  worker.unref();
  return {
    postMessage: (message) => worker.postMessage(message),
    addEventListener: (type, listener) => worker.on(type, listener),
    terminate: () => worker.terminate(),
  };
}

export const nodeThreads = (threads: number): ThreadOptions => ({
  threads,
  start: () => nodeWorker(threadScript()),
});
