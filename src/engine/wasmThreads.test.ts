// The WebAssembly engine on several threads: the same bits as on one, whatever the kind of model and its size, picture after picture; and
// threads that do not start, break or stand still.

import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CrateConfig, tokenCount } from '../model/config.ts';
import { CASES, loadCase } from '../model/fixtures/golden.ts';
import { loadVariant } from '../model/fixtures/variants.ts';
import type { TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import type { Engine } from './engine.ts';
import { randomFloats } from './kernels/testKernel.ts';
import { nodeThreads, nodeWorker, threadScript } from './nodeThreads.ts';
import { randomWeights } from './testWeights.ts';
import { wasmModule } from './wasm/assembler.ts';
import type { Kernels } from './wasm/kernels.ts';
import { LIST } from './wasm/tasks.ts';
import { blocksOf, manyThreads } from './wasmCrew.ts';
import { createWasmEngine } from './wasmEngine.ts';
import { browserThreads, type ThreadOptions, type ThreadWorker } from './wasmThreads.ts';

const { Memory } = WebAssembly;
const engines: Engine[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  WebAssembly.Memory = Memory;
  for (const engine of engines.splice(0)) engine.dispose();
});

/** An engine whose threads have started, or have not been able to. */
async function engineOf(options: ThreadOptions | null): Promise<Engine> {
  const answers: Promise<void>[] = [];
  const start = (given: ThreadOptions) => (): ThreadWorker => {
    const worker = given.start();
    const answered = (type: 'message' | 'error') =>
      new Promise<void>((resolve) => worker.addEventListener(type, () => resolve()));
    answers.push(Promise.race([answered('message'), answered('error')]));
    return worker;
  };
  const engine = await createWasmEngine(options && { ...options, start: start(options) });
  engines.push(engine);
  await Promise.all(answers);
  return engine;
}

async function loaded(options: ThreadOptions | null, config: CrateConfig, weights: CrateWeights): Promise<Engine> {
  const engine = await engineOf(options);
  await engine.load(config, weights);
  return engine;
}

const TENSORS: readonly TensorName[] = ['LN_Z', 'ZU', 'A', 'heads', 'Z_half', 'X', 'Z_next', 'ZU_half', 'ZU_next'];

/** Numbers of a picture, apart from the time, and what is of its tensors to the bit. */
async function everything(engine: Engine, config: CrateConfig, image: Float32Array, hidden?: Uint8Array) {
  const { logits, reconstruction, layers } = await engine.run(image, 0.01, hidden);
  const names = config.kind === 'crate-alpha' ? [...TENSORS, 'codes' as const] : TENSORS;
  const tensors = createHash('sha256');
  for (const name of names) for (let l = 0; l < config.L; l++) tensors.update(await engine.read(name, l));
  return { logits, reconstruction, layers, tensors: tensors.digest('hex'), other: await engine.remeasure(0.3) };
}

const BIG: CrateConfig = {
  kind: 'crate',
  imageSize: 50,
  patchSize: 5,
  classes: 7,
  d: 100,
  L: 3,
  K: 4,
  p: 25,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const KINDS = {
  CRATE: BIG,
  'CRATE of few heads, which are cut': { ...BIG, K: 1, p: 100, imageSize: 80 },
  'CRATE of more channels than tokens': { ...BIG, imageSize: 25, d: 192, K: 6, p: 32, L: 2 },
  'CRATE-α': { ...BIG, kind: 'crate-alpha', atoms: 190 },
  'CRATE-MAE': { ...BIG, kind: 'crate-mae', classes: 0, lambda: 0.5, decoder: { L: 2, K: 5, p: 10 } },
} satisfies Record<string, CrateConfig>;

const pictureOf = ({ imageSize }: CrateConfig, seed: number): Float32Array => randomFloats(3 * imageSize ** 2, seed);
const hiddenOf = (config: CrateConfig): Uint8Array | undefined =>
  config.decoder ? Uint8Array.from({ length: tokenCount(config) - 1 }, (_, i) => i % 2) : undefined;

test('blocks of rows cover all of them once, whole tiles but for the last', () => {
  for (const threads of [1, 2, 3, 8]) {
    for (const rows of [1, 7, 8, 17, 65, 197, 1025]) {
      const blocks = blocksOf(rows, threads);
      let next = 0;
      for (const { first, rows: count } of blocks) {
        expect(first).toBe(next);
        expect(first % 4).toBe(0);
        expect(count).toBeGreaterThan(0);
        next += count;
      }
      expect(next).toBe(rows);
    }
  }
});

test('one thread computes for a while where others rather hinder it', () => {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  /** Two tasks, 10 ms each for one thread, so long for two. */
  const crewWith = (ms: number) => {
    const crew = manyThreads({
      shared: {
        kernels: {} as Kernels,
        recording: {} as Kernels,
        writer: { begin: () => {}, task: () => {}, call: () => {}, count: () => 2, isFull: () => false },
        work: () => {
          // What was written is not computed by who wrote it.
          clock += ms - 20;
        },
        finish: () => true,
      },
      memory: new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true }),
      list: 64,
      module: new WebAssembly.Module(wasmModule([])),
      others: { count: 1, expected: 1, serve: () => {}, dispose: () => {} },
    });
    crew.place({ lanes: 2, stride: 64 });
    return crew;
  };
  const run = (crew: ReturnType<typeof crewWith>, times: number): void => {
    for (let i = 0; i < times; i++) {
      crew.run(1e6, 2, () => {
        clock += 10;
      });
    }
  };
  const helpful = crewWith(15);
  run(helpful, 100);
  expect(helpful.threadsFor(1e6)).toBe(2);
  expect(helpful.threadsFor(1e4)).toBe(1);
  const hindering = crewWith(25);
  run(hindering, 8);
  expect(hindering.threadsFor(1e6)).toBe(2);
  run(hindering, 1);
  expect(hindering.threadsFor(1e6)).toBe(1);
  // 20 ms each for 100 ms.
  run(hindering, 4);
  expect(hindering.threadsFor(1e6)).toBe(1);
  run(hindering, 1);
  expect(hindering.threadsFor(1e6)).toBe(2);
});

test('it says how many threads', async () => {
  expect((await engineOf(nodeThreads(3))).adapter).toBe('CPU, float32, WebAssembly SIMD, 3 threads');
  expect((await engineOf(nodeThreads(1))).adapter).toBe('CPU, float32, WebAssembly SIMD');
  // Node is no page that is cross-origin isolated.
  expect(browserThreads()).toBeNull();
});

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s', (kind) => {
  const config: CrateConfig = KINDS[kind];
  const weights = randomWeights(config, 11);

  test.each([2, 3, 5])('on %i threads: the bits of one, picture after picture and size after size', async (threads) => {
    const one = await loaded(null, config, weights);
    const many = await loaded(nodeThreads(threads), config, weights);
    for (let seed = 20; seed < 26; seed++) {
      const image = pictureOf(config, seed);
      const expected = await everything(one, config, image, hiddenOf(config));
      expect(await everything(many, config, image, hiddenOf(config))).toEqual(expected);
    }
    const larger: CrateConfig = { ...config, imageSize: config.imageSize + 3 * config.patchSize };
    const positions = randomFloats(tokenCount(larger) * config.d, 30);
    for (const engine of [one, many]) await engine.resize(larger, positions);
    const image = pictureOf(larger, 31);
    expect(await everything(many, larger, image)).toEqual(await everything(one, larger, image));
  });
});

test.each(CASES)('the reference model %s, too small to be shared out, and another one after it', async (name) => {
  const { config, weights, images } = loadCase(name);
  const one = await loaded(null, config, weights);
  const many = await loaded(nodeThreads(2), config, weights);
  for (const image of images) {
    expect(await everything(many, config, image)).toEqual(await everything(one, config, image));
  }
  for (const engine of [one, many]) await engine.load(BIG, randomWeights(BIG, 12));
  const image = pictureOf(BIG, 32);
  expect(await everything(many, BIG, image)).toEqual(await everything(one, BIG, image));
});

test.each(['crate_alpha_micro', 'crate_mae_micro'] as const)('the reference model %s', async (name) => {
  const { config, weights, images } = loadVariant(name);
  const one = await loaded(null, config, weights);
  const many = await loaded(nodeThreads(2), config, weights);
  for (const image of images) {
    expect(await everything(many, config, image)).toEqual(await everything(one, config, image));
  }
});

describe('threads that fail', () => {
  const weights = randomWeights(BIG, 11);
  const image = pictureOf(BIG, 40);
  const of = (text: string, patience?: number): ThreadOptions => ({
    threads: 2,
    start: () => nodeWorker(text),
    ...(patience ? { patience } : {}),
  });
  const ONE = 'CPU, float32, WebAssembly SIMD';

  /** Memories of more pages are not shared, until the test is over. */
  function limitShared(pages: number): void {
    WebAssembly.Memory = class extends Memory {
      constructor(given: WebAssembly.MemoryDescriptor) {
        if (given.shared && (given.maximum ?? 0) > pages) throw new RangeError('could not allocate memory');
        super(given);
      }
    };
  }

  async function expectOneThread(engine: Engine): Promise<void> {
    expect(engine.adapter).toBe(ONE);
    const one = await loaded(null, BIG, weights);
    expect(await everything(engine, BIG, image)).toEqual(await everything(one, BIG, image));
  }

  test.each([
    ['a script that throws', () => nodeWorker('throw new Error("no")')],
    [
      'a policy that forbids workers',
      () => {
        throw new Error('SecurityError');
      },
    ],
  ])('%s: one thread', async (_, start) => {
    const engine = await engineOf({ threads: 3, start });
    await engine.load(BIG, weights);
    await expectOneThread(engine);
  });

  test('nobody waits for them to start: the first picture is one thread’s, those after it all threads’', async () => {
    const called = vi.fn();
    const listeners: (() => void)[] = [];
    const { start } = nodeThreads(2);
    const late = (): ThreadWorker => {
      const worker = start();
      return {
        ...worker,
        postMessage: (message) => {
          called();
          worker.postMessage(message);
        },
        addEventListener: (type, listener) =>
          type === 'message' ? void listeners.push(listener) : worker.addEventListener(type, listener),
      };
    };
    const engine = await createWasmEngine({ threads: 2, start: late });
    engines.push(engine);
    await engine.load(BIG, weights);
    const one = await loaded(null, BIG, weights);
    const expected = await everything(one, BIG, image);
    expect(await everything(engine, BIG, image)).toEqual(expected);
    expect(called).not.toHaveBeenCalled();
    for (const listener of listeners) listener();
    expect(called).toHaveBeenCalledTimes(1);
    expect(await everything(engine, BIG, image)).toEqual(expected);
    expect(engine.adapter).toBe(`${ONE}, 2 threads`);
  });

  test('no memory that can be shared: one thread, and no worker is started', async () => {
    const start = vi.fn(() => nodeWorker(''));
    limitShared(0);
    const engine = await engineOf({ threads: 2, start });
    await engine.load(BIG, weights);
    await expectOneThread(engine);
    expect(start).not.toHaveBeenCalled();
  });

  test('no 4 GiB of addresses: what there is, and a sentence for what does not fit', async () => {
    limitShared(2 ** 14);
    const engine = await loaded(nodeThreads(2), BIG, weights);
    const one = await loaded(null, BIG, weights);
    expect(await everything(engine, BIG, image)).toEqual(await everything(one, BIG, image));
    expect(engine.estimate({ ...BIG, imageSize: 2500 }).refusal).toMatch(
      /^A picture of 2500 px .*; this browser lets threads share at most 1024\.0 MiB\.$/,
    );
  });

  /** The thread may come late for a picture or two. */
  async function untilItFails(engine: Engine): Promise<void> {
    for (;;) {
      await engine.run(image, 0.01);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** Takes a task and does with it what `then` says. */
  const taking = (then: string) => `
    globalThis.onmessage = ({ data: { memory, list } }) => {
      const words = new Int32Array(memory.buffer, list);
      while (Atomics.sub(words, ${LIST.left / 4}, 1) <= 0);
      ${then}
    };
    postMessage('ready');`;

  test.each([
    ['breaks', taking(`Atomics.store(words, ${LIST.broken / 4}, 1);`), undefined],
    ['stands still', taking('Atomics.wait(words, 1, words[1]);'), 20],
  ])('one that %s in a task: an error, no hang, and one thread afterwards', async (_, text, patience) => {
    const engine = await loaded(of(text, patience), BIG, weights);
    expect(engine.adapter).toBe(`${ONE}, 2 threads`);
    await expect(untilItFails(engine)).rejects.toMatchObject({
      code: 'forward-failed',
      message:
        'A thread of the CPU engine stopped in the middle of its work. Open the picture again: one thread computes from now on.',
    });
    await expectOneThread(engine);
    await engine.load(BIG, weights);
    await expectOneThread(engine);
  });

  test('when it traps, the thread itself says that it broke', async () => {
    const trapping = `
      WebAssembly.instantiate = async (_, { env: { memory } }) => ({
        exports: {
          serve(list) {
            const words = new Int32Array(memory.buffer, list);
            while (Atomics.sub(words, ${LIST.left / 4}, 1) <= 0);
            throw new WebAssembly.RuntimeError('memory access out of bounds');
          },
        },
      });`;
    const engine = await loaded(of(trapping + threadScript()), BIG, weights);
    await expect(untilItFails(engine)).rejects.toMatchObject({ code: 'forward-failed' });
    await expectOneThread(engine);
  });

  test('when the engine goes, so do they, whether asleep or at work on another model before', async () => {
    const terminate = vi.fn();
    const { start } = nodeThreads(3);
    const engine = await engineOf({
      threads: 3,
      start: () => {
        const worker = start();
        return { ...worker, terminate: () => terminate(worker.terminate()) };
      },
    });
    await engine.load(BIG, weights);
    await engine.run(image, 0.01);
    await engine.load(BIG, weights);
    await engine.run(image, 0.01);
    expect(terminate).not.toHaveBeenCalled();
    engine.dispose();
    expect(terminate).toHaveBeenCalledTimes(2);
    await Promise.all(terminate.mock.calls.flat());
    await expect(engine.run(image, 0.01)).rejects.toMatchObject({ code: 'not-loaded' });
  });

  test('a model that is refused leaves them with the one at hand', async () => {
    const engine = await loaded(nodeThreads(2), BIG, weights);
    const before = await everything(engine, BIG, image);
    await expect(engine.load({ ...BIG, L: 4 }, weights)).rejects.toThrow('missing weights: 3 of 4 layers');
    expect(engine.adapter).toBe(`${ONE}, 2 threads`);
    expect(await everything(engine, BIG, image)).toEqual(before);
  });
});
