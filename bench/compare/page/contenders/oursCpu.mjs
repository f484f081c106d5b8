// This project's CPU engine that the page would take: WebAssembly SIMD where that is built and supported, else the float64 definitions.

import { createCpuEngine } from '../../../../src/engine/cpuEngine.ts';
import { compileKernels, wasmSimdSupported } from '../../../../src/engine/wasm/kernels.ts';
import { createWasmEngine } from '../../../../src/engine/wasmEngine.ts';
import { createArena, createWasmMemory } from '../../../../src/engine/wasmMemory.ts';
import { placeRates } from '../../../../src/engine/wasmPicture.ts';
import { codingRates } from '../../../../src/engine/wasmRates.ts';
import { productABt } from '../../../../src/math/matrix.ts';
import { codingRateGiven } from '../../../../src/model/codingRate.ts';
import { engineRunner } from './engineRunner.mjs';

export async function open({ kind, task }) {
  const form = wasmSimdSupported() ? wasm : float64;
  // The engine of a model begins while the task is on its way, as in the page.
  return kind === 'model' ? named(form.engine(), task) : form[kind](await task);
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

const named = async (opening, task) => {
  const engine = await opening;
  const runner = await engineRunner(engine, await task, false);
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
  engine: async () => createCpuEngine(),
  product: async ({ A, B, rows, cols, depth }) => repeated(FLOAT64, () => productABt(A, B, rows, cols, depth)),
  logdet: async ({ ZU, n, K, p, eps2 }) => repeated(FLOAT64, () => codingRateGiven(ZU, n, K, p, eps2).raw),
};

const WASM = 'CPU, WebAssembly SIMD';

const wasm = {
  engine: createWasmEngine,

  /** B is packed beforehand, as the engine's weights are. */
  async product({ A, B, rows, cols, depth }) {
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
  async logdet({ ZU, n, K, p, eps2 }) {
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
