// A thread beside the engine's: instantiates the kernels on the memory that it is given and serves its list of tasks until that ends, then
// waits for the next memory. JavaScript, not TypeScript: Node's threads run it as it stands.

globalThis.onmessage = async ({ data: { module, memory, list, lane, broken } }) => {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  try {
    exports.serve(list, lane);
  } catch (error) {
    // So that nobody waits for this thread's task; the error itself goes on to the worker's `error` event.
    Atomics.store(new Int32Array(memory.buffer), (list + broken) / 4, 1);
    throw error;
  }
};
postMessage('ready');
