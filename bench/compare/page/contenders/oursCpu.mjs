// This project's CPU engine that the page would take: WebAssembly SIMD where that is built and supported, else the float64 definitions.

import { createCpuEngine } from '../../../../src/engine/cpuEngine.ts';
import { productABt } from '../../../../src/math/matrix.ts';
import { codingRateGiven } from '../../../../src/model/codingRate.ts';
import { engineRunner } from './engineRunner.mjs';

// Looked for, not imported, so that the bench also measures versions from before there was one.
const files = import.meta.glob([
  '../../../../src/engine/wasm*.ts',
  '../../../../src/engine/wasm/kernels.ts',
  '!../../../../src/engine/*.test.ts',
]);
const load = (name) => files[`../../../../src/engine/${name}.ts`]?.() ?? null;

export async function open({ kind, task }) {
  const kernels = await load('wasm/kernels');
  return kernels?.wasmSimdSupported() ? wasm[kind](await task, kernels) : float64[kind](await task);
}

const repeated = (note, compute) => ({
  note,
  async run() {
    return { values: compute() };
  },
  async repeat(times) {
    for (let i = 0; i < times; i++) compute();
  },
});

const named = async (engine, task) => {
  const runner = await engineRunner(engine, task, false);
  const { run } = runner;
  return Object.assign(runner, {
    async run() {
      const result = await run();
      runner.note = [engine.adapter, runner.note].filter(Boolean).join('; ');
      return result;
    },
  });
};

const FLOAT64 = 'CPU, float64';

const float64 = {
  model: (task) => named(createCpuEngine(), task),
  product: async ({ A, B, rows, cols, depth }) => repeated(FLOAT64, () => productABt(A, B, rows, cols, depth)),
  logdet: async ({ ZU, n, K, p, eps2 }) => repeated(FLOAT64, () => codingRateGiven(ZU, n, K, p, eps2).raw),
};

const WASM = 'CPU, WebAssembly SIMD';

const wasm = {
  async model(task) {
    const { createWasmEngine } = await load('wasmEngine');
    return named(await createWasmEngine(), task);
  },

  /** B is packed beforehand, as the engine's weights are. */
  async product({ A, B, rows, cols, depth }, { compileKernels }) {
    const { createArena, createWasmMemory } = await load('wasmMemory');
    const panels = Math.ceil(cols / 8);
    const arena = createArena();
    const at = {
      A: arena.take(A.length),
      plain: arena.take(B.length),
      B: arena.take(panels * 8 * depth),
      bias: arena.take(panels * 8),
      C: arena.take(rows * panels * 8),
    };
    const memory = createWasmMemory();
    memory.reserve(arena.end(), 'The product');
    memory.f32(at.A, A.length).set(A);
    memory.f32(at.plain, B.length).set(B);
    const kernels = await (await compileKernels()).on(memory.memory);
    kernels.pack({ B: at.plain, rowStride: depth, columnStride: 1, n: cols, k: depth, out: at.B });
    const { bias, C } = at;
    const shape = { lda: depth, ldc: panels * 8, m: rows, panels, k: depth };
    const ends = { R: 0, scale: 1, r: 0, floor: Number.NEGATIVE_INFINITY };
    return repeated(WASM, () => {
      kernels.product({ A: at.A, B: at.B, bias, C, ...shape, ...ends });
      return memory.f32(C, rows * cols);
    });
  },

  /** Raw and unit-normalised, as the engine computes them; the raw ones are compared. */
  async logdet({ ZU, n, K, p, eps2 }, { compileKernels }) {
    const [{ createArena, createWasmMemory }, { placeRates }, { codingRates }] = await Promise.all(
      ['wasmMemory', 'wasmPicture', 'wasmRates'].map(load),
    );
    const arena = createArena();
    const at = arena.take(ZU.length);
    const scratch = placeRates({ n, d: p, p }, arena);
    const memory = createWasmMemory();
    memory.reserve(arena.end(), 'The rates');
    memory.f32(at, ZU.length).set(ZU);
    const kernels = await (await compileKernels()).on(memory.memory);
    const work = { kernels, memory, scratch, n, eps2 };
    const rate = (k) => codingRates(work, at + 4 * k * p, K * p, p).raw;
    return repeated(`${WASM}, raw and unit`, () => Array.from({ length: K }, (_, k) => rate(k)));
  },
};
