// onnxruntime-web as its documentation has it: a session of an ONNX file, everything at its defaults, files from beside the page.

const THREADS = 2;

export async function open({ contender, kind, task, onnx }) {
  if (kind === 'logdet') throw new Error('has no log-determinant on its GPU, and its Det overflows float32 here');
  const isGpu = contender === 'ort-webgpu';
  const file = isGpu ? 'ort.webgpu.min.mjs' : 'ort.wasm.min.mjs';
  const [ort, model] = await Promise.all([import(/* @vite-ignore */ `/ort/${file}`), onnx()]);
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = THREADS;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(new Uint8Array(model), {
    executionProviders: [isGpu ? 'webgpu' : 'wasm'],
    logSeverityLevel: 3,
    ...(isGpu && kind === 'product' ? { preferredOutputLocation: 'gpu-buffer' } : {}),
  });
  const given = await task;
  if (kind === 'model') {
    const side = given.config.imageSize;
    return {
      async run() {
        const { logits } = await session.run({ image: new ort.Tensor('float32', given.image, [1, 3, side, side]) });
        return { values: logits.data };
      },
    };
  }
  const A = isGpu
    ? await onGpu(ort, given.A, [given.rows, given.depth])
    : new ort.Tensor('float32', given.A, [given.rows, given.depth]);
  async function repeat(times) {
    for (let i = 1; i < times; i++) (await session.run({ A })).C.dispose();
    const { C } = await session.run({ A });
    const values = await C.getData();
    C.dispose();
    return { values };
  }
  return { run: () => repeat(1), repeat };
}

/** A tensor that lies on the runtime's own device, so that products need no upload. */
async function onGpu(ort, values, dims) {
  const device = await ort.env.webgpu.device;
  const buffer = device.createBuffer({ size: values.byteLength, usage: 0x80 | 0x8 | 0x4 });
  device.queue.writeBuffer(buffer, 0, values);
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims });
}
