// The page in which one contender does one task: ?contender=NAME&bundle=NAME&kind=model|product|logdet&task=NAME[&cold]. Driven from Node through
// window.bench; with `cold` it starts by itself and notes when the first result was there.

import { unpack } from '../packed.mjs';
import { judge } from './judge.mjs';

const query = new URLSearchParams(location.search);
const contender = query.get('contender');
const kind = query.get('kind');
const name = query.get('task');
const family = contender.slice(0, contender.indexOf('-'));

async function bytes(file) {
  const response = await fetch(`/task/${file}`);
  if (!response.ok) throw new Error(`/task/${file}: ${response.status}`);
  return response.arrayBuffer();
}

/** ONNX files hold their weights themselves. */
const taskFile = family === 'ort' ? `${name}.input` : `${name}.task`;

let runner;

/** Loads, computes once, and compares with float64. */
async function prepare() {
  const task = bytes(taskFile).then(unpack);
  const { open } = await import(/* @vite-ignore */ `./${query.get('bundle')}.js`);
  runner = await open({ contender, kind, task, onnx: () => bytes(`${name}.onnx`) });
  const result = await runner.run();
  const ms = performance.now();
  return { ms, note: runner.note ?? null, ...judge(kind, await task, result) };
}

/** What one computation asks of WebGPU; null without it. */
async function count() {
  const { gpuCounts } = window;
  if (!gpuCounts) return null;
  gpuCounts.reset();
  await runner.run();
  const taken = gpuCounts.take();
  gpuCounts.stop();
  return taken;
}

async function once(repeats) {
  const begin = performance.now();
  await (runner.repeat ? runner.repeat(repeats) : runner.run());
  return (performance.now() - begin) / repeats;
}

/** Computations after one another for about `forMs`, at least one; the fastest, in ms. A product's are `repeats` in a row. */
async function time(forMs, repeats = 1) {
  const begin = performance.now();
  let best = Number.POSITIVE_INFINITY;
  do best = Math.min(best, await once(runner.repeat ? repeats : 1));
  while (performance.now() - begin < forMs);
  return best;
}

async function adapter() {
  const info = (await navigator.gpu?.requestAdapter())?.info;
  return info ? info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ') : null;
}

window.bench = { prepare, count, time, adapter, cold: query.has('cold') && contender ? prepare() : null };
// What failed is told to whoever asks; nobody may.
window.bench.cold?.catch(() => undefined);
