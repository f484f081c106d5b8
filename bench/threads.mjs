// The WebAssembly engine in Node on one thread and on several, by turns in one process: model A (CRATE 6 × 192, 65 tokens) and B (CRATE-S at
// 224 px), logits alone, with all measures, and the measures again at another ε².
//
//   node bench/threads.mjs [--threads 1,2] [--models micro,A,B] [--rounds 40]
//
// Prints JSON lines, ms: minimum and median. B gets a tenth of the rounds. Ends with 1 when threads changed a bit of the numbers.

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { openServer } from './engineModules.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    models: { type: 'string', default: 'micro,A,B' },
    rounds: { type: 'string', default: '40' },
  },
});
// What Chrome has by itself since 114.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const COMMON = { kind: 'crate', eta: 0.1, lambda: 0.1, pool: 'cls' };
const MODELS = {
  micro: { ...COMMON, imageSize: 16, patchSize: 4, classes: 10, d: 32, L: 2, K: 2, p: 16 },
  A: { ...COMMON, imageSize: 32, patchSize: 4, classes: 10, d: 192, L: 6, K: 6, p: 32 },
  B: { ...COMMON, imageSize: 224, patchSize: 16, classes: 1000, d: 576, L: 12, K: 12, p: 48 },
};

const server = await openServer();
const load = (name) => server.ssrLoadModule(`/src/engine/${name}.ts`);
const [{ createWasmEngine }, { nodeThreads }, { randomWeights }] = await Promise.all(
  ['wasmEngine', 'nodeThreads', 'testWeights'].map(load),
);

const summary = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return [sorted[0], sorted[Math.floor(sorted.length / 2)]].map((ms) => Number(ms.toFixed(2)));
};

let isSame = true;
for (const model of values.models.split(',')) {
  const config = MODELS[model];
  const weights = randomWeights(config, 1);
  const image = Float32Array.from({ length: 3 * config.imageSize ** 2 }, (_, i) => Math.sin(i));
  const rows = [];
  for (const threads of values.threads.split(',').map(Number)) {
    const engine = await createWasmEngine(nodeThreads(threads));
    await engine.load(config, weights);
    rows.push({ threads, engine, logits: [], measured: [], remeasured: [], numbers: '' });
  }
  const rounds = Math.ceil(Number(values.rounds) / (model === 'B' ? 10 : 1));
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) {
      const { engine } = row;
      const timed = async (into, work) => {
        const begin = performance.now();
        const result = await work();
        into.push(performance.now() - begin);
        return result;
      };
      await timed(row.logits, () => engine.run(image, 0.01, undefined, 'none'));
      const { logits, layers } = await timed(row.measured, () => engine.run(image, 0.01));
      row.numbers = JSON.stringify([[...logits], layers]);
      await timed(row.remeasured, () => engine.remeasure(0.02));
    }
  }
  for (const { threads, engine, logits, measured, remeasured, numbers } of rows) {
    const same = numbers === rows[0].numbers;
    isSame &&= same;
    const times = { logits: summary(logits), measured: summary(measured), remeasured: summary(remeasured) };
    console.log(JSON.stringify({ model, threads, adapter: engine.adapter, rounds, ...times, same }));
    engine.dispose();
  }
}
await server.close();
process.exit(isSame ? 0 : 1);
