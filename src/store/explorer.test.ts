// The page's behaviour between reader and engine, with a session that answers when the test says so.

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelCard } from '../model/card.ts';
import type { LayerTrace, RunNumbers } from '../model/trace.ts';
import type { SessionClient } from '../worker/client.ts';
import type { PictureDesk } from '../worker/pictures.ts';
import type { EngineReport, LoadedModel } from '../worker/session.ts';
import type { AppStore } from './appStore.ts';
import { startExplorer } from './explorer.ts';
import type { Choices } from './state.ts';

const CARD = JSON.parse(
  readFileSync(new URL('../../public/models/crate-cifar10.json', import.meta.url), 'utf8'),
) as ModelCard;
const CONFIG = {
  kind: 'crate',
  imageSize: 32,
  patchSize: 4,
  classes: 10,
  d: 192,
  L: 6,
  K: 6,
  p: 32,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
} as const;
const MODEL: LoadedModel = { config: CONFIG, parameters: 694186, sha256: 'a'.repeat(64), assumptions: [], ms: 5 };

const layersWith = (mark: number): readonly LayerTrace[] =>
  Array.from({ length: 6 }, (_, l): LayerTrace => {
    const rates = { raw: Array(6).fill(mark), unit: Array(6).fill(mark) };
    const all = { raw: mark, unit: mark };
    return {
      index: l + 1,
      R: { input: all, half: all, output: all },
      Rc: { input: rates, half: rates, output: rates },
      nonzero: { half: 1, output: 0.5 },
      l1: 1,
      attention: { cls: [] },
    };
  });
const numbers = (mark: number): RunNumbers => ({
  logits: Float32Array.from({ length: 10 }, (_, i) => (i === mark ? 9 : 0)),
  layers: layersWith(mark),
  ms: 1,
});

/** A call that the test answers. */
interface Call<T> {
  readonly argument: unknown;
  answer(value: T): void;
  refuse(sentence: string): void;
}

function harness(first: Partial<Choices> = {}) {
  const runs: Call<RunNumbers>[] = [];
  const measures: Call<readonly LayerTrace[]>[] = [];
  const loads: Call<LoadedModel>[] = [];
  const call =
    <T>(into: Call<T>[]) =>
    (argument: unknown) =>
      new Promise<T>((resolve, reject) => {
        into.push({ argument, answer: resolve, refuse: (sentence) => reject(new Error(sentence)) });
      });
  let engineChanged: (report: EngineReport) => void = () => undefined;
  const never = () => new Promise<never>(() => undefined);
  const session = {
    start: async () => ({ kind: 'webgpu', adapter: 'test adapter', notice: null }),
    loadModel: call(loads),
    run: (image: Float32Array) => call(runs)(image[0]),
    remeasure: call(measures),
    attention: never,
    attentionMax: never,
    subspace: never,
    tokens: never,
    stepEffect: never,
    incoherence: never,
    dictionary: never,
  };
  const released: string[] = [];
  const desk: PictureDesk = {
    prepare: async (blob, name) => {
      const text = await blob.text();
      if (text === 'bad') throw new Error(`${name} is not a picture. Open a PNG.`);
      return {
        name,
        width: 4,
        height: 4,
        url: `blob:${name}`,
        notice: null,
        tensor: Float32Array.of(Number(text)),
        seen: new Uint8ClampedArray(32 * 32 * 3),
        crop: { x: 0, y: 0, width: 4, height: 4 },
      };
    },
    release: async (url) => {
      released.push(url);
    },
  };
  const store = startExplorer({
    first,
    engine: 'auto',
    start: {
      session: (onEngineChange) => {
        engineChanged = onEngineChange;
        return { session, dispose: () => undefined } as unknown as SessionClient;
      },
      desk: () => desk,
    },
  });
  return { store, runs, measures, loads, released, engineChanged: (report: EngineReport) => engineChanged(report) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 10));
const picture = (mark: number) => new Blob([String(mark)]);
const mark = (store: AppStore) => store.getState().run.reports?.layers[0]?.R.half.raw;
const shown = (store: AppStore) => {
  const { pictureState } = store.getState();
  return pictureState.status === 'ready' ? pictureState.info.name : pictureState.status;
};

/** Samples hold the mark 0; the recorded trace is absent unless a test puts it in. */
let answers: Record<string, () => Response>;
beforeEach(() => {
  answers = {
    'models/crate-cifar10.json': () => Response.json(CARD),
    'models/crate-cifar10.safetensors': () => new Response(new Uint8Array(8)),
    'samples/ship.png': () => new Response('0'),
    'samples/cat.png': () => new Response('3'),
  };
  vi.stubGlobal('fetch', async (path: string) => answers[path]?.() ?? new Response('', { status: 404 }));
});
afterEach(() => vi.unstubAllGlobals());

/** A page that has its model and its first picture. */
async function live(first: Partial<Choices> = {}) {
  const page = harness(first);
  await settle();
  page.loads[0]?.answer(MODEL);
  await settle();
  page.runs[0]?.answer(numbers(0));
  await settle();
  return page;
}

describe('start', () => {
  test('engine, weights, sample, numbers', async () => {
    const { store } = await live();
    const state = store.getState();
    expect(state.engine).toMatchObject({ status: 'live', kind: 'webgpu', adapter: 'test adapter' });
    expect(state.model).toMatchObject({ status: 'ready', info: { title: CARD.title } });
    expect(shown(store)).toBe('Sailboat');
    expect(state.run).toMatchObject({ status: 'done', reports: { live: true, ms: 1, loadMs: 5 } });
    expect(state.run.reports?.top[0]?.label).toBe('airplane');
  });

  test('weights that do not arrive are said, with what to do', async () => {
    answers['models/crate-cifar10.safetensors'] = () => new Response('', { status: 503 });
    const { store } = harness();
    await settle();
    expect(store.getState().model).toMatchObject({
      status: 'failed',
      sentence: expect.stringContaining('answered 503'),
    });
  });

  test('a link to somebody’s own picture says so and shows the sample', async () => {
    const { store } = await live({ picture: { kind: 'own', name: 'holiday.jpg' } });
    expect(store.getState().pictureState).toMatchObject({
      status: 'failed',
      sentence: expect.stringContaining('holiday.jpg'),
      last: { name: 'Sailboat' },
    });
  });

  test('a link that chooses what the model has not is fitted to it', async () => {
    const { store } = await live({ head: 40, token: 999, step: { at: 'ista', layer: 11 } });
    expect(store.getState()).toMatchObject({ head: 5, token: 0, step: { at: 'ista', layer: 5 } });
  });
});

describe('pictures', () => {
  test('a stale run never overwrites a newer one, and the ones between are never computed', async () => {
    const { store, runs } = await live();
    for (const name of [1, 2, 3]) {
      store.getState().openPicture(picture(name), `picture ${name}`);
      await settle();
    }
    expect(runs.map(({ argument }) => argument)).toEqual([0, 1]);
    runs[1]?.answer(numbers(1));
    await settle();
    // The picture on screen and the numbers beside it still belong together.
    expect([shown(store), mark(store)]).toEqual(['loading', 0]);
    expect(runs.map(({ argument }) => argument)).toEqual([0, 1, 3]);
    runs[2]?.answer(numbers(3));
    await settle();
    expect([shown(store), mark(store)]).toEqual(['picture 3', 3]);
  });

  test('a bad picture leaves the last good one and its numbers', async () => {
    const { store } = await live();
    store.getState().openPicture(new Blob(['bad']), 'notes.txt');
    await settle();
    expect(store.getState().pictureState).toMatchObject({
      status: 'failed',
      sentence: 'notes.txt is not a picture. Open a PNG.',
      last: { name: 'Sailboat' },
    });
    expect(mark(store)).toBe(0);
    expect(store.getState().picture).toEqual({ kind: 'sample', id: 'ship' });
  });

  test('the URL of a picture that nothing shows is released', async () => {
    const { store, runs, released } = await live();
    store.getState().openPicture(picture(4), 'next');
    await settle();
    expect(released).toEqual([]);
    runs[1]?.answer(numbers(4));
    await settle();
    expect(released).toEqual(['blob:Sailboat']);
  });

  test('a run that fails says why and shows no other picture’s numbers', async () => {
    const { store, runs } = await live();
    store.getState().openPicture(picture(5), 'heavy');
    await settle();
    runs[1]?.refuse('The GPU refused a command.');
    await settle();
    expect(store.getState().run).toEqual({ status: 'failed', sentence: 'The GPU refused a command.', reports: null });
    expect(shown(store)).toBe('heavy');
  });
});

describe('models', () => {
  const file = () => new File([new Uint8Array(4)], 'other.safetensors');

  test('a refused checkpoint leaves the model, and pictures still run on it', async () => {
    const { store, runs, loads } = await live();
    store.getState().openModel(file());
    await settle();
    loads[1]?.refuse('other.safetensors is truncated.');
    await settle();
    expect(store.getState().model).toMatchObject({
      status: 'failed',
      sentence: 'other.safetensors is truncated.',
      last: { id: 'crate-cifar10' },
    });
    store.getState().openSample('cat');
    await settle();
    runs[1]?.answer(numbers(3));
    await settle();
    expect([shown(store), mark(store)]).toEqual(['Cat', 3]);
  });

  test('another model shows nothing of the first one’s numbers', async () => {
    const { store, runs, loads } = await live();
    store.getState().openModel(file());
    await settle();
    loads[1]?.answer({ ...MODEL, sha256: 'b'.repeat(64), config: { ...CONFIG, L: 3, K: 3 } });
    await settle();
    expect(store.getState().run).toEqual({ status: 'running', reports: null });
    expect(store.getState()).toMatchObject({ modelId: 'other.safetensors', head: 2 });
    runs[1]?.answer(numbers(6));
    await settle();
    expect(mark(store)).toBe(6);
  });
});

describe('ε²', () => {
  test('is measured again without another run', async () => {
    const { store, runs, measures } = await live();
    store.getState().choose({ eps2: 0.5 });
    await settle();
    expect(runs).toHaveLength(1);
    measures[0]?.answer(layersWith(7));
    await settle();
    expect(mark(store)).toBe(7);
    expect(store.getState().run.reports?.eps2).toBe(0.5);
  });

  test('measures of the picture before are dropped', async () => {
    const { store, runs, measures } = await live();
    store.getState().choose({ eps2: 0.5 });
    store.getState().openPicture(picture(8), 'new');
    await settle();
    runs[1]?.answer(numbers(8));
    await settle();
    measures[0]?.answer(layersWith(7));
    await settle();
    expect(mark(store)).toBe(8);
  });
});

test('an engine that changed by itself is said', async () => {
  const { store, engineChanged } = await live();
  engineChanged({ kind: 'cpu', adapter: 'CPU, float64', notice: 'The GPU device was lost a second time.' });
  expect(store.getState().engine).toEqual({
    status: 'live',
    kind: 'cpu',
    adapter: 'CPU, float64',
    notice: 'The GPU device was lost a second time.',
  });
});
