// The WebGPU engine at the released sizes with random weights: how long a model takes up and a picture takes, in f32 and as halves, the
// two by turns in one run.
//
//   node bench/engine.mjs [--sizes T,S,B,L] [--kind crate|crate-alpha|crate-mae] [--rounds 3] [--image 224] [--patch 16] [--single]
//
// Weights are halves without loss, so both engines compute the same bits; --single leaves the second engine out. Prints JSON lines: bytes
// of weights and of a picture, load in ms, minimum of run in ms by the clock and of processor time, the ratio of the two engines by
// processor time on a software adapter, which other work does not stretch, else by the clock. On SwiftShader where there is no other driver.

import { parseArgs } from 'node:util';
import { onSoftware, openServer } from './engineModules.mjs';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: 'T' },
    kind: { type: 'string', default: 'crate' },
    rounds: { type: 'string', default: '3' },
    image: { type: 'string', default: '224' },
    patch: { type: 'string', default: '16' },
    single: { type: 'boolean', default: false },
  },
});
await onSoftware();

const SIZES = { T: [384, 12, 6], S: [576, 12, 12], B: [768, 12, 12], L: [1024, 24, 16] };

/** Every array filled with halves from −scale to scale; which ones does not matter to the time. */
function fill(value, scale) {
  if (value instanceof Float32Array) {
    for (let i = 0; i < value.length; i++) value[i] = (((Math.imul(i, 0x9e3779b1) >>> 22) - 512) / 512) * scale;
  } else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) fill(part, scale);
}

function zeros({ kind, d, L, K, p, imageSize, patchSize, classes, atoms = d, decoder }) {
  const f = (count) => new Float32Array(count);
  const inner = K * p;
  const patch = 3 * patchSize ** 2;
  const hasNorms = kind === 'crate';
  const layer = () => ({
    norm1Weight: f(d),
    norm1Bias: f(d),
    U: f(inner * d),
    W: f(d * inner),
    b: f(d),
    norm2Weight: f(d),
    norm2Bias: f(d),
    D: f(d * atoms),
    ...(kind === 'crate-alpha' ? { D1: f(d * atoms) } : {}),
  });
  const block = () => ({
    normWeight: f(d),
    normBias: f(d),
    linear: f(d * d),
    attentionNormWeight: f(d),
    attentionNormBias: f(d),
    U: f(inner * d),
    W: f(d * inner),
    b: f(d),
  });
  return {
    patchNormWeight: hasNorms ? f(patch) : null,
    patchNormBias: hasNorms ? f(patch) : null,
    embedWeight: f(d * patch),
    embedBias: f(d),
    embedNormWeight: hasNorms ? f(d) : null,
    embedNormBias: hasNorms ? f(d) : null,
    cls: f(d),
    positions: f(((imageSize / patchSize) ** 2 + 1) * d),
    layers: Array.from({ length: L }, layer),
    headNormWeight: f(d),
    headNormBias: f(d),
    headWeight: f(classes * d),
    headBias: f(classes),
    ...(decoder
      ? {
          decoder: {
            maskToken: f(d),
            normWeight: f(d),
            normBias: f(d),
            layers: Array.from({ length: decoder.L }, block),
            endNormWeight: f(d),
            endNormBias: f(d),
            pixelWeight: f(patch * d),
            pixelBias: f(patch),
          },
        }
      : {}),
  };
}

const server = await openServer();
const { createGpuEngine } = await server.ssrLoadModule('/src/engine/gpuEngine.ts');
const { openNodeGpu } = await server.ssrLoadModule('/src/engine/nodeGpu.ts');
let isSoftware = false;
for (const size of values.sizes.split(',')) {
  const [d, L, K] = SIZES[size];
  const kind = values.kind;
  const config = {
    kind,
    imageSize: Number(values.image),
    patchSize: Number(values.patch),
    classes: kind === 'crate-mae' ? 0 : 1000,
    d,
    L,
    K,
    p: d / K,
    eta: 0.1,
    lambda: 0.1,
    pool: 'cls',
    ...(kind === 'crate-alpha' ? { atoms: 4 * d } : {}),
    ...(kind === 'crate-mae' ? { decoder: { L, K, p: d / K } } : {}),
  };
  const weights = zeros(config);
  // A power of two, so that the values are halves.
  fill(weights, 1 / 32);
  const image = Float32Array.from({ length: 3 * config.imageSize ** 2 }, (_, i) => Math.sin(i));
  const rows = [];
  for (const halves of values.single ? ['auto'] : ['never', 'always']) {
    const gpu = await openNodeGpu();
    isSoftware = gpu.isSoftware;
    const engine = createGpuEngine(gpu, { halves });
    let weightBytes = 0;
    const begin = performance.now();
    await engine.load(config, weights, (_, total) => {
      weightBytes = total;
    });
    rows.push({ engine, weightBytes, loadMs: performance.now() - begin, runMs: [], cpuMs: [] });
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { engine, runMs, cpuMs } of rows) {
      const before = process.cpuUsage();
      runMs.push((await engine.run(image, 0.01)).ms);
      cpuMs.push(process.cpuUsage(before).user / 1000);
    }
  }
  const mib = (bytes) => Math.round(bytes / 2 ** 20);
  const [single, half] = rows.map(({ engine, weightBytes, loadMs, runMs, cpuMs }) => ({
    weightsAs: engine.weightsAs,
    weightsMiB: mib(weightBytes),
    pictureMiB: mib(engine.estimate(config).bytes),
    loadMs: Math.round(loadMs),
    runMs: Math.round(Math.min(...runMs)),
    cpuMs: Math.round(Math.min(...cpuMs)),
  }));
  const by = isSoftware ? 'cpuMs' : 'runMs';
  const ratio = half ? Number((half[by] / single[by]).toFixed(2)) : null;
  const { adapter } = rows[0].engine;
  process.stdout.write(`${JSON.stringify({ size, kind, adapter, rounds: values.rounds, single, half, ratio })}\n`);
  for (const { engine } of rows) engine.dispose();
}
await server.close();
process.exit(0);
