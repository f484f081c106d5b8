// Where models are computed: on one thread in a memory of its own, or on several that share one.

import { EngineError } from './engine.ts';
import { compileKernels, compileSharedKernels, type Kernels } from './wasm/kernels.ts';
import { LIST_BYTES } from './wasm/tasks.ts';
import { type Crew, manyThreads, oneThread } from './wasmCrew.ts';
import { type Arena, createSharedMemory, createWasmMemory, type WasmMemory } from './wasmMemory.ts';
import { startThreads, type ThreadOptions } from './wasmThreads.ts';

/** A memory for a model, and who computes in it. */
export interface Workplace {
  readonly memory: WasmMemory;
  readonly kernels: Kernels;
  readonly crew: Crew;
}

export interface Workshop {
  /** Threads that would work on a model, the calling one included. */
  readonly threads: number;
  /**
   * A new memory; of `arena` is taken what lies in it before the model. Other threads are elsewhere until the crew begins.
   * @throws EngineError 'out-of-memory'
   */
  workplace(arena: Arena): Promise<Workplace>;
  dispose(): void;
}

/** @throws WebAssembly.CompileError where SIMD is missing or a page's policy forbids WebAssembly */
export async function openWorkshop(options: ThreadOptions | null): Promise<Workshop> {
  return (options && (await ofMany(options))) ?? (await ofOne());
}

async function ofOne(): Promise<Workshop> {
  const compiled = await compileKernels();
  return {
    threads: 1,
    async workplace() {
      const memory = createWasmMemory();
      const kernels = await compiled.on(memory.memory);
      return { memory, kernels, crew: oneThread(kernels) };
    },
    dispose: () => undefined,
  };
}

/** Null when no memory can be shared or no thread may be started. */
async function ofMany(options: ThreadOptions): Promise<Workshop | null> {
  // Addresses alone, and let go of at once.
  if (!createSharedMemory()) return null;
  const others = startThreads(options);
  if (others.expected === 0) return null;
  const compiled = await compileSharedKernels();
  return {
    get threads() {
      return 1 + others.expected;
    },
    async workplace(arena) {
      const memory = createSharedMemory();
      if (!memory) throw new EngineError('out-of-memory', 'There is no memory left that threads could share.');
      const list = arena.take(LIST_BYTES / 4);
      memory.reserve(arena.end(), 'The engine');
      const shared = await compiled.on(memory.memory, list);
      const crew = manyThreads(
        { shared, memory: memory.memory, list, others, module: compiled.module },
        options.patience,
      );
      return { memory, kernels: shared.kernels, crew };
    },
    dispose: () => others.dispose(),
  };
}
