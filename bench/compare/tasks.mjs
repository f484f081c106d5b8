// What the contenders are given, the same for all of them, and what is right, in float64 by src/model. Made when first asked for.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openServer } from '../engineModules.mjs';
import { crateOnnx, productOnnx } from './onnx.mjs';
import { pack } from './packed.mjs';
import { BENCH } from './peers.mjs';

const EPS2 = 0.01;
const SEED = 4;

const crate = { kind: 'crate', eta: 0.1, lambda: 0.1, pool: 'cls' };

/** Models by section: CRATE of the shipped size, and CRATE-S as released. */
const CONFIGS = {
  A: { ...crate, imageSize: 32, patchSize: 4, classes: 10, d: 192, L: 6, K: 6, p: 32 },
  B: { ...crate, imageSize: 224, patchSize: 16, classes: 1000, d: 576, L: 12, K: 12, p: 48 },
};
export const MODELS = ['A', 'shipped', 'B'];

/** rows × depth × cols: a product of A; MSSA and ISTA of B; patches of B; the class map over B's tokens; CRATE-L at 512 px. */
export const SHAPES = [
  [65, 192, 192],
  [197, 576, 576],
  [197, 768, 576],
  [197, 576, 1000],
  [1025, 1024, 1024],
].map(([rows, depth, cols]) => ({ name: `${rows}×${depth}×${cols}`, rows, depth, cols }));

const LOGDET = { n: 197, K: 12, p: 48, eps2: EPS2 };

/** `files(name)` for the server: NAME.task, NAME.input, NAME.onnx; names are those of models, shapes and 'logdet'. */
export async function openTasks(say) {
  const vite = await openServer();
  const load = (path) => vite.ssrLoadModule(path);
  const { normals, seeded } = await load('/src/math/random.ts');
  const floats = (count, seed) => Float32Array.from(normals(count, seeded(seed)));

  async function model(name) {
    if (name !== 'shipped') {
      const { randomWeights } = await load('/src/engine/testWeights.ts');
      return { config: CONFIGS[name], weights: randomWeights(CONFIGS[name], SEED) };
    }
    const { bytesSource } = await load('/src/checkpoint/source.ts');
    const { openCheckpoint } = await load('/src/checkpoint/open.ts');
    const { inspectTensors, loadCrate } = await load('/src/checkpoint/crate.ts');
    const folder = join(BENCH, '../public/models');
    const card = JSON.parse(readFileSync(join(folder, 'crate-cifar10.json'), 'utf8'));
    const source = bytesSource(new Uint8Array(readFileSync(join(folder, 'crate-cifar10.safetensors'))));
    const file = await openCheckpoint(source, 'crate-cifar10.safetensors');
    const { heads, eta, lambda, pool } = card;
    return loadCrate(file, inspectTensors(file, source.size, { heads, eta, lambda, pool }));
  }

  async function modelTask(name) {
    say(`${name}: weights, and what is right in float64`);
    const { config, weights } = await model(name);
    const image = floats(3 * config.imageSize ** 2, SEED + 1000);
    const { forward } = await load('/src/model/forward.ts');
    const { measure, measuredLayers } = await load('/src/model/measures.ts');
    const run = forward(config, weights, image);
    const rates = measure(config, measuredLayers(config, weights, run), EPS2).map(({ R, Rc }) => ({ R, Rc }));
    return { config, weights, image, eps2: EPS2, expected: run.logits, rates };
  }

  async function productTask({ rows, depth, cols }) {
    const { productABt } = await load('/src/math/matrix.ts');
    const A = floats(rows * depth, SEED + 1);
    const B = floats(cols * depth, SEED + 2);
    return { rows, depth, cols, A, B, expected: productABt(A, B, rows, cols, depth) };
  }

  async function logdetTask() {
    const { codingRateGiven } = await load('/src/model/codingRate.ts');
    const { n, K, p, eps2 } = LOGDET;
    const ZU = floats(n * K * p, SEED + 3);
    return { ...LOGDET, ZU, expected: Float64Array.from(codingRateGiven(ZU, n, K, p, eps2).raw) };
  }

  const made = new Map();
  function task(name) {
    const shape = SHAPES.find((each) => each.name === name);
    const make = MODELS.includes(name) ? () => modelTask(name) : shape ? () => productTask(shape) : logdetTask;
    if (!made.has(name)) made.set(name, make());
    return made.get(name);
  }

  const bodies = new Map();
  /** Made once. A .task is all; an .input is without weights, for those who have them in their .onnx. */
  function body(file) {
    const [, name, kind] = /^(.+)\.(task|input|onnx)$/.exec(file) ?? [];
    if (!name || !(MODELS.includes(name) || name === 'logdet' || SHAPES.some((each) => each.name === name)))
      return null;
    const write = async () => {
      const value = await task(name);
      if (kind === 'task') return pack(value);
      if (kind === 'input') return pack({ ...value, weights: undefined, B: undefined });
      return value.weights ? crateOnnx(value.config, value.weights) : productOnnx(value);
    };
    if (!bodies.has(file)) bodies.set(file, write());
    return bodies.get(file);
  }

  return {
    files: body,
    /** Forgets a section's tasks. */
    drop(name) {
      made.delete(name);
      for (const file of bodies.keys()) if (file.startsWith(`${name}.`)) bodies.delete(file);
    },
    close: () => vite.close(),
  };
}
