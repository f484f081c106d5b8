// Who computes: one thread, or several that take tasks of kernel calls from a list in the memory that they share. Tasks are whole blocks of
// what one thread would compute in one go, so the numbers are the same to the bit, whoever takes which.

import { EngineError } from './engine.ts';
import type { Kernels, SharedKernels } from './wasm/kernels.ts';
import { LIST, LIST_BYTES } from './wasm/tasks.ts';
import type { Threads } from './wasmThreads.ts';

export interface Crew {
  /** Threads that work on so many multiplications; one where they are too few to be shared out. */
  threadsFor(products: number): number;
  /**
   * Tasks 0 to count − 1, each the few kernel calls that `write` makes, in any order and at once; the last ones are begun first. Scratch
   * that a task has for itself is marked by `own`. `products`: multiplications in all, by
   * which works are told apart: the same number shall mean the same work.
   * @throws EngineError 'forward-failed' when a thread broke; the crew is of one from then on
   */
  run(products: number, count: number, write: (kernels: Kernels, task: number) => void): void;
  /** So many threads have scratch of their own, so many bytes apart. */
  place(scratch: { readonly lanes: number; readonly stride: number }): void;
  /** The other threads come to this memory, and go again. */
  begin(): void;
  end(): void;
}

/** Rows of a block are multiples of the product's tile, few enough for everybody to have some. */
export interface Block {
  readonly first: number;
  readonly rows: number;
}
const TILE_ROWS = 4;
const FEWEST_ROWS = 8;
/** Who starts late finds something left to do. */
const BLOCKS_PER_THREAD = 2;

export function blocksOf(rows: number, threads: number): readonly Block[] {
  if (threads === 1) return [{ first: 0, rows }];
  const count = Math.max(1, Math.min(Math.floor(rows / FEWEST_ROWS), BLOCKS_PER_THREAD * threads));
  const size = Math.max(1, Math.floor(rows / count / TILE_ROWS)) * TILE_ROWS;
  return Array.from({ length: count }, (_, i) => ({
    first: i * size,
    rows: i < count - 1 ? size : rows - i * size,
  }));
}

export const oneThread = (kernels: Kernels): Crew => ({
  threadsFor: () => 1,
  run(_, count, write) {
    for (let task = 0; task < count; task++) write(kernels, task);
  },
  place: () => undefined,
  begin: () => undefined,
  end: () => undefined,
});

/** Multiplications under which the others are not called: about 20 µs, several times what calling them takes. */
const LEAST_PRODUCTS = 500_000;
/** A task has so many calls at most. */
const MOST_CALLS = 64;
/** Looks at what the others have not done yet, before it is slept: about a tenth of a millisecond, longer than a task that is well shared out. */
const LOOKS = 40_000;
/** A sleep, ms, unless a task is done. Who sleeps leaves a core to the thread that is waited for, where other programs take the others. */
const NAP_MS = 1;
/** The same work is done by one thread once in so many times, for the first time at the WARM-th, to know what it takes without the others. */
const PROBE = 64;
const WARM = 8;
/** How long it is watched, ms, whether the others help; whether they rather hinder, and how long one thread then computes without them. */
const WATCHED_MS = 20;
const HINDERED = 1.05;
const ALONE_MS = 100;
/** After so many rounds in which nobody did anything, a tenth to one second each thousand, the others are given up. */
const PATIENCE = 30_000;

/** A memory that threads share. */
export interface SharedPlace {
  readonly shared: SharedKernels;
  readonly memory: WebAssembly.Memory;
  /** Where the list of tasks lies. */
  readonly list: number;
  /** What the other threads instantiate. */
  readonly module: WebAssembly.Module;
  readonly others: Threads;
}

export function manyThreads({ shared, memory, list, module, others }: SharedPlace, patience = PATIENCE): Crew {
  const { kernels, recording, writer, work, finish } = shared;
  const words = new Int32Array(memory.buffer, list, LIST_BYTES / 4);
  /** A page's own thread may not sleep, a worker may. */
  const maySleep = typeof document === 'undefined';
  const index = (field: keyof typeof LIST): number => LIST[field] / 4;
  let lanes = 1;
  /** By their multiplications: how often works were run, and what they last took one thread, ms. */
  const known = new Map<number, { runs: number; ms: number | null }>();
  /** Of the time under watch: how long it took, and how long one thread would have taken. */
  let together = 0;
  let byOne = 0;
  /** Milliseconds that one thread still computes without the others, which hindered more than they helped: other programs had the cores. */
  let aloneFor = 0;
  const alone = oneThread(kernels);
  const threadsFor = (products: number): number =>
    aloneFor > 0 || products < LEAST_PRODUCTS ? 1 : Math.min(lanes, 1 + others.count);

  function ring(): void {
    Atomics.add(words, index('bell'), 1);
    if (Atomics.load(words, index('sleepers')) > 0) Atomics.notify(words, index('bell'));
  }
  function giveUp(cause?: unknown): never {
    Atomics.store(words, index('left'), 0);
    others.dispose();
    throw new EngineError(
      'forward-failed',
      'A thread of the CPU engine stopped in the middle of its work. Open the picture again: one thread computes from now on.',
      { cause },
    );
  }
  function waitFor(count: number): void {
    let seen = -1;
    let rounds = 0;
    while (!finish(count, LOOKS)) {
      const done = Atomics.load(words, index('done'));
      rounds = done === seen ? rounds + 1 : 0;
      seen = done;
      if (Atomics.load(words, index('broken')) !== 0 || rounds > patience) giveUp();
      if (!maySleep) continue;
      Atomics.store(words, index('awaited'), 1);
      if (done < count) Atomics.wait(words, index('done'), done, NAP_MS);
      Atomics.store(words, index('awaited'), 0);
    }
  }
  function runList(): void {
    const count = writer.count();
    Atomics.store(words, index('done'), 0);
    Atomics.store(words, index('left'), count);
    ring();
    try {
      work();
    } catch (cause) {
      giveUp(cause);
    }
    waitFor(count);
  }
  /** All tasks by whoever is free. */
  function share(count: number, write: (kernels: Kernels, task: number) => void): void {
    writer.begin();
    for (let task = 0; task < count; task++) {
      if (writer.isFull(MOST_CALLS)) {
        runList();
        writer.begin();
      }
      writer.task();
      write(recording, task);
    }
    runList();
  }
  /** Of work that took so long together, and one thread alone so long. */
  function watch(ms: number, alone: number): void {
    together += ms;
    byOne += alone;
    if (together < WATCHED_MS) return;
    if (together > HINDERED * byOne) aloneFor = ALONE_MS;
    together = 0;
    byOne = 0;
  }

  return {
    threadsFor,
    run(products, count, write) {
      if (count === 1 || products < LEAST_PRODUCTS || Math.min(lanes, 1 + others.count) === 1) {
        alone.run(products, count, write);
        return;
      }
      const work = known.get(products) ?? { runs: 0, ms: null };
      known.set(products, work);
      work.runs++;
      const isAlone = aloneFor > 0 || work.runs % PROBE === WARM;
      const begin = performance.now();
      if (isAlone) alone.run(products, count, write);
      else share(count, write);
      const ms = performance.now() - begin;
      if (isAlone) work.ms = ms;
      else if (work.ms !== null) watch(ms, work.ms);
      if (aloneFor > 0 && isAlone) aloneFor -= ms;
    },
    place(scratch) {
      lanes = scratch.lanes;
      Atomics.store(words, index('lanes'), lanes);
      Atomics.store(words, index('stride'), scratch.stride);
    },
    begin: () => others.serve(module, memory, list),
    end() {
      Atomics.store(words, index('end'), 1);
      ring();
    },
  };
}
