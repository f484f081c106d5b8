// Counts what a page asks of WebGPU, by wrapping the API before anything else runs. Handed to the browser as text: it may use nothing
// from outside its function.

/** Puts `gpuCounts` on window: `take()` returns the counts since the last `reset()`, `stop()` takes the wrappers off. */
export function countGpu() {
  if (!('GPUDevice' in window)) return;
  let counts = { dispatches: 0, submits: 0, readbacks: 0 };
  let pipelines = 0;
  let live = 0;
  let peak = 0;
  const undo = [];
  const sizes = new WeakMap();

  function wrap(type, name, around) {
    const { prototype } = type;
    const original = prototype[name];
    prototype[name] = around(original);
    undo.push(() => {
      prototype[name] = original;
    });
  }
  const counting = (count) => (original) =>
    function (...given) {
      count();
      return original.apply(this, given);
    };
  const countOf = (what) =>
    counting(() => {
      counts[what]++;
    });

  // A buffer that nobody holds any more is gone without destroy() too.
  const collected = new FinalizationRegistry((size) => {
    live -= size;
  });
  wrap(
    GPUDevice,
    'createBuffer',
    (original) =>
      function (descriptor) {
        const buffer = original.call(this, descriptor);
        sizes.set(buffer, buffer.size);
        collected.register(buffer, buffer.size, buffer);
        live += buffer.size;
        peak = Math.max(peak, live);
        return buffer;
      },
  );
  wrap(
    GPUBuffer,
    'destroy',
    (original) =>
      function () {
        live -= sizes.get(this) ?? 0;
        sizes.delete(this);
        collected.unregister(this);
        return original.call(this);
      },
  );
  for (const name of ['createComputePipeline', 'createComputePipelineAsync']) {
    wrap(
      GPUDevice,
      name,
      counting(() => {
        pipelines++;
      }),
    );
  }
  wrap(GPUBuffer, 'mapAsync', countOf('readbacks'));
  wrap(GPUQueue, 'submit', countOf('submits'));
  wrap(GPUComputePassEncoder, 'dispatchWorkgroups', countOf('dispatches'));
  wrap(GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', countOf('dispatches'));

  window.gpuCounts = {
    reset() {
      counts = { dispatches: 0, submits: 0, readbacks: 0 };
      peak = live;
    },
    take: () => ({ ...counts, pipelines, gpuBytesLive: live, gpuBytesPeak: peak }),
    stop() {
      for (const each of undo.splice(0)) each();
    },
  };
}
