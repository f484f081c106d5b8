// The page's behaviour between reader and engine, with a session that answers when the test says so.

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelCard } from '../model/card.ts';
import type { Findings, FoundConstant } from '../model/findings.ts';
import type { LayerTrace, RunNumbers } from '../model/trace.ts';
import type { SessionClient } from '../worker/client.ts';
import type { PictureDesk } from '../worker/pictures.ts';
import type { EngineReport, InputSize, LoadedModel, OpenedCheckpoint } from '../worker/protocol.ts';
import type { AppStore } from './appStore.ts';
import { type ExplorerOptions, LINGER_MS, startExplorer } from './explorer.ts';
import type { KeptFile, Library } from './library.ts';
import type { Choices } from './state.ts';

// What the page fetches when it is needed, so that no test waits for it.
await Promise.all([
  import('../inputs/labels.ts'),
  import('../inputs/sniff.ts'),
  import('./ownModels.ts'),
  import('./linkedTerms.ts'),
]);

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
const HEADS: FoundConstant = { key: 'heads', value: 6, origin: 'given', note: '6 heads, as given.', options: [6] };
const FINDINGS: Findings = {
  container: 'safetensors',
  bytes: 4,
  wrapper: [],
  prefix: '',
  dtypes: [],
  kind: 'crate',
  architecture: 'CRATE',
  released: null,
  sizes: {
    imageSize: 32,
    patchSize: 4,
    classes: 10,
    d: 192,
    L: 6,
    inner: 192,
    atoms: 192,
    headWidth: null,
    decoder: null,
  },
  parameters: 694186,
  unused: [],
  metadata: {},
  constants: [HEADS],
};
const MODEL: LoadedModel = {
  config: CONFIG,
  findings: FINDINGS,
  sha256: 'a'.repeat(64),
  assumptions: [],
  weightBytes: 4 * 694186,
  ms: 5,
};
/** The same file without a head count. */
const UNKNOWN: Findings = { ...FINDINGS, constants: [{ ...HEADS, value: null, origin: 'unknown', options: [3, 6] }] };
const OTHER_HASH = 'b'.repeat(64);

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

/** Kept checkpoints in memory. */
function shelf(
  files: readonly KeptFile[] = [],
  fault: string | null = null,
): Library & { readonly files: Map<string, KeptFile> } {
  const kept = new Map(files.map((file) => [file.sha256, file]));
  return {
    files: kept,
    list: async () => [...kept.values()],
    get: async (sha256) => kept.get(sha256) ?? null,
    named: async (name) => [...kept.values()].find((file) => file.name === name) ?? null,
    keep: async (file) => {
      if (fault) throw new Error(fault);
      kept.set(file.sha256, file);
    },
    forget: async (sha256) => void kept.delete(sha256),
  };
}

function harness(
  first: Partial<Choices> = {},
  library: Library = shelf(),
  link: Pick<ExplorerOptions, 'product' | 'sentence'> = {},
  kind: EngineReport['kind'] = 'webgpu',
) {
  const openings: Call<OpenedCheckpoint>[] = [];
  const takes: Call<LoadedModel>[] = [];
  const downloads: Call<Blob>[] = [];
  const resizes: Call<LoadedModel['config']>[] = [];
  let sizes: readonly InputSize[] = [{ side: 32, tokens: 65, bytes: 1000, refusal: null }];
  let cancels = 0;
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
  const starts: unknown[][] = [];
  const session = {
    start: async (...terms: unknown[]) => {
      starts.push(terms);
      return { kind, adapter: 'test adapter', notice: null };
    },
    loadModel: call(loads),
    openFile: (_: Blob, name: string) => call(openings)(name),
    loadOpened: (_: string, given: unknown) => call(takes)(given),
    closeFile: () => undefined,
    warm: async () => undefined,
    download: call(downloads),
    cancel: () => {
      cancels++;
    },
    inputSizes: async () => sizes,
    resize: call(resizes),
    run: (image: Float32Array) => call(runs)(image[0]),
    remeasure: call(measures),
    attention: never,
    attentionMax: never,
    subspace: never,
    tokens: never,
    stepEffect: never,
    incoherence: never,
    dictionary: never,
    onProductChange: () => undefined,
    onProductMeasured: () => undefined,
  };
  const released: string[] = [];
  const desk: PictureDesk = {
    prepare: async (blob, name, { side }) => {
      const text = await blob.text();
      if (text === 'bad') throw new Error(`${name} is not a picture. Open a PNG.`);
      return {
        name,
        width: 4,
        height: 4,
        url: `blob:${name}`,
        notice: null,
        side,
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
    ...link,
    library,
    atRest: async () => undefined,
    start: {
      session: (onEngineChange) => {
        engineChanged = onEngineChange;
        return { session, dispose: () => undefined } as unknown as SessionClient;
      },
      desk: () => desk,
    },
  });
  return {
    store,
    starts,
    runs,
    measures,
    loads,
    openings,
    takes,
    downloads,
    resizes,
    released,
    offer: (next: readonly InputSize[]) => {
      sizes = next;
    },
    cancels: () => cancels,
    engineChanged: (report: EngineReport) => engineChanged(report),
  };
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
async function live(first: Partial<Choices> = {}, library?: Library) {
  const page = harness(first, library);
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

  test('the product kernel that the link asks for goes to the engine, with what is remembered', async () => {
    vi.stubGlobal('localStorage', { getItem: () => '{"a 1":{"register":1,"tile":2}}' });
    const { store, starts } = harness({}, shelf(), { product: 'tile', sentence: 'No such engine.' });
    await settle();
    expect(starts).toEqual([['auto', { product: 'tile', remembered: { 'a 1': { register: 1, tile: 2 } } }]]);
    expect(store.getState().engine).toMatchObject({ notice: 'No such engine.' });
  });

  test('on the CPU a product kernel is asked for in vain, which is said', async () => {
    const { store } = harness({}, shelf(), { product: 'tile' }, 'cpu');
    await settle();
    expect(store.getState().engine).toMatchObject({
      notice: '“product=tile” in the address has no effect: the CPU engine has no product kernels to choose from.',
    });
  });

  test('the model of the recorded trace stays while its weights arrive', async () => {
    const chunks = new TransformStream<Uint8Array, Uint8Array>();
    const weights = chunks.writable.getWriter();
    for (const file of ['crate-cifar10.recorded.json', 'crate-cifar10.json'])
      answers[`models/${file}`] = () => Response.json(JSON.parse(readFileSync(`public/models/${file}`, 'utf8')));
    answers['models/crate-cifar10.safetensors'] = () =>
      new Response(chunks.readable, { headers: { 'content-length': '16' } });
    const { store } = harness();
    const told = { status: 'loading', last: { id: 'crate-cifar10' } };
    await vi.waitFor(() => expect(store.getState().model).toMatchObject({ ...told, bytes: 0 }));
    await weights.write(new Uint8Array(8));
    await settle();
    expect(store.getState().model).toMatchObject({ ...told, bytes: 8 });
    await weights.close();
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

  test('the URL of a picture that nothing shows is released when no part of the page can show it', async () => {
    const { store, runs, released } = await live();
    vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true });
    store.getState().openPicture(picture(4), 'next');
    await settle();
    expect(released).toEqual([]);
    runs[1]?.answer(numbers(4));
    await settle();
    expect(released).toEqual([]);
    vi.advanceTimersByTime(LINGER_MS);
    vi.useRealTimers();
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
  const file = (name = 'other.pth') => new File([new Uint8Array(4)], name);
  const opened = (findings = FINDINGS): OpenedCheckpoint => ({ sha256: OTHER_HASH, findings });
  const other: LoadedModel = { ...MODEL, sha256: OTHER_HASH, config: { ...CONFIG, L: 3, K: 3 } };

  /** A page on which other.pth was opened and loaded. */
  async function withOther(library = shelf()) {
    const page = await live({}, library);
    page.store.getState().openModel(file());
    await settle();
    page.openings[0]?.answer(opened());
    await settle();
    page.takes[0]?.answer(other);
    await settle();
    page.runs[1]?.answer(numbers(6));
    await settle();
    return { ...page, library };
  }

  test('a refused checkpoint leaves the model, and pictures still run on it', async () => {
    const { store, runs, openings } = await live();
    store.getState().openModel(file());
    await settle();
    openings[0]?.refuse('other.pth is truncated.');
    await settle();
    expect(store.getState().model).toMatchObject({
      status: 'failed',
      sentence: 'other.pth is truncated.',
      last: { id: 'crate-cifar10' },
    });
    store.getState().openSample('cat');
    await settle();
    runs[1]?.answer(numbers(3));
    await settle();
    expect([shown(store), mark(store)]).toEqual(['Cat', 3]);
  });

  test('another model shows nothing of the first one’s numbers', async () => {
    const { store, runs, openings, takes } = await live();
    store.getState().openModel(file());
    await settle();
    openings[0]?.answer(opened());
    await settle();
    expect(store.getState()).toMatchObject({ model: { status: 'loading', phase: 'load' }, dialog: 'checkpoint' });
    expect(mark(store)).toBe(0);
    takes[0]?.answer(other);
    await settle();
    expect(store.getState().run).toEqual({ status: 'running', reports: null });
    expect(store.getState()).toMatchObject({ modelId: 'other.pth', modelHash: OTHER_HASH, head: 2 });
    runs[1]?.answer(numbers(6));
    await settle();
    expect(mark(store)).toBe(6);
    expect(store.getState().model).toMatchObject({ status: 'ready', info: { title: 'CRATE 6 × 192', card: null } });
  });

  test('unknown heads are asked for; the answer loads, the old model stays until then', async () => {
    const { store, openings, takes, runs } = await live();
    store.getState().openModel(file());
    await settle();
    openings[0]?.answer(opened(UNKNOWN));
    await settle();
    const { model, dialog } = store.getState();
    expect([model.status, dialog, takes.length]).toEqual(['asking', 'checkpoint', 0]);
    if (model.status !== 'asking') throw new Error('not asked');
    expect(model.last?.id).toBe('crate-cifar10');
    store.getState().takeModel({ given: { heads: 3 }, preparation: model.opened.preparation });
    await settle();
    expect(takes[0]?.argument).toEqual({ heads: 3 });
    takes[0]?.answer(other);
    await settle();
    expect(store.getState().model).toMatchObject({ status: 'ready', info: { opened: { given: { heads: 3 } } } });
    runs[1]?.answer(numbers(4));
    await settle();
    expect(mark(store)).toBe(4);
  });

  test('an answer that does not load, or is cancelled meanwhile, leaves the question', async () => {
    const { store, openings, takes } = await live();
    store.getState().openModel(file());
    await settle();
    openings[0]?.answer(opened(UNKNOWN));
    await settle();
    const { model } = store.getState();
    if (model.status !== 'asking') throw new Error('not asked');
    const terms = { given: { heads: 3 }, preparation: model.opened.preparation };
    store.getState().takeModel(terms);
    await settle();
    takes[0]?.refuse('The model needs 900 MiB of GPU memory, more than there is.');
    await settle();
    expect(store.getState().model).toMatchObject({ status: 'asking', sentence: expect.stringContaining('900 MiB') });
    store.getState().takeModel(terms);
    await settle();
    store.getState().cancelModel();
    expect(store.getState().model).toMatchObject({ status: 'asking', sentence: null, opened: { name: 'other.pth' } });
    store.getState().cancelModel();
    expect(store.getState().model).toMatchObject({ status: 'ready', info: { id: 'crate-cifar10' } });
  });

  test('cancelling an asked-for or loading file leaves what was there', async () => {
    const { store, openings, takes, cancels } = await live();
    store.getState().openModel(file());
    await settle();
    openings[0]?.answer(opened(UNKNOWN));
    await settle();
    store.getState().cancelModel();
    expect(store.getState().model).toMatchObject({ status: 'ready', info: { id: 'crate-cifar10' } });
    store.getState().openModel(file('second.pth'));
    await settle();
    store.getState().cancelModel();
    openings[1]?.answer(opened());
    await settle();
    expect([takes.length, cancels() >= 2]).toEqual([0, true]);
    expect(store.getState().model).toMatchObject({ status: 'ready', info: { id: 'crate-cifar10' } });
  });

  test('other constants load the file again, another preparation only prepares the picture again', async () => {
    const { store, takes, runs, openings } = await withOther();
    const info = store.getState().model;
    if (info.status !== 'ready' || !info.info.opened) throw new Error('not ready');
    const { preparation, given } = info.info.opened;
    store.getState().takeModel({ given, preparation: { ...preparation, mean: [0, 0, 0] } });
    await settle();
    expect([takes.length, runs.length]).toEqual([1, 3]);
    runs[2]?.answer(numbers(5));
    await settle();
    expect(store.getState().model).toMatchObject({ info: { mean: [0, 0, 0] } });
    store.getState().takeModel({ given: { heads: 1 }, preparation });
    await settle();
    expect([takes.length, openings.length, takes[1]?.argument]).toEqual([2, 1, { heads: 1 }]);
  });

  test('a loaded file is kept with its terms; a link to it opens it without asking', async () => {
    const library = shelf();
    await withOther(library);
    expect([...library.files.values()]).toMatchObject([{ sha256: OTHER_HASH, name: 'other.pth', bytes: 4 }]);
    const page = harness({ modelId: 'other.pth', modelHash: OTHER_HASH, step: { at: 'mssa', layer: 2 } }, library);
    await settle();
    expect(page.openings[0]?.argument).toBe('other.pth');
    page.openings[0]?.answer(opened());
    await settle();
    page.takes[0]?.answer(other);
    await settle();
    page.runs[0]?.answer(numbers(6));
    await settle();
    expect(page.store.getState()).toMatchObject({ modelHash: OTHER_HASH, dialog: 'none', step: { layer: 2 } });
    expect(page.store.getState().kept).toMatchObject([{ name: 'other.pth' }]);
    page.store.getState().forgetKept(OTHER_HASH);
    await settle();
    expect(page.store.getState().kept).toEqual([]);
  });

  test('it is kept while its first picture is computed', async () => {
    const { store, runs, openings, takes } = await live();
    store.getState().openModel(file());
    await settle();
    openings[0]?.answer(opened());
    await settle();
    takes[0]?.answer(other);
    await settle();
    expect(runs).toHaveLength(2);
    expect(store.getState()).toMatchObject({ run: { status: 'running' }, kept: [{ sha256: OTHER_HASH }] });
  });

  test('a full disk is said and is not fatal', async () => {
    const { store } = await withOther(shelf([], 'This browser has no room to keep other.pth.'));
    expect(store.getState()).toMatchObject({ keptNotice: 'This browser has no room to keep other.pth.' });
    expect(mark(store)).toBe(6);
  });

  test('a link to a file that is not here asks for it, and its view comes back with it', async () => {
    const page = await live({ modelId: 'theirs.pth', modelHash: OTHER_HASH, head: 11, step: { at: 'ista', layer: 9 } });
    const { model } = page.store.getState();
    expect(model).toMatchObject({ status: 'failed', last: { id: 'crate-cifar10' } });
    expect(model.status === 'failed' && model.sentence).toContain('theirs.pth (SHA-256 bbbbbbbbbbbb…)');
    expect(page.store.getState().step).toEqual({ at: 'ista', layer: 5 });
    page.store.getState().openModel(file('renamed.pth'));
    await settle();
    page.openings[0]?.answer(opened());
    await settle();
    // Recognised by its hash, it is opened on the link's terms.
    page.openings[1]?.answer(opened());
    await settle();
    page.takes[0]?.answer({ ...other, config: { ...CONFIG, L: 12, K: 12 } });
    await settle();
    expect(page.store.getState()).toMatchObject({ head: 11, step: { at: 'ista', layer: 9 }, modelId: 'renamed.pth' });
  });

  test('an address is fetched; one that fails says why and the shipped model comes', async () => {
    const address = 'https://example.org/model.pth';
    const page = harness({ modelId: address });
    await settle();
    expect(page.downloads[0]?.argument).toBe(address);
    page.downloads[0]?.refuse('example.org is there but does not allow other pages to read its files (CORS).');
    await settle();
    page.loads[0]?.answer(MODEL);
    await settle();
    expect(page.store.getState().model).toMatchObject({
      status: 'failed',
      sentence: expect.stringContaining('(CORS)'),
      last: { id: 'crate-cifar10' },
    });
  });

  test('a link’s terms count, also over those that the file is kept with', async () => {
    const library = shelf();
    await withOther(library);
    const link = { modelId: 'other.pth', modelHash: OTHER_HASH, modelTerms: 'heads:3;mean:0,0,0;names:trees.txt' };
    const page = harness(link, library);
    await settle();
    page.openings[0]?.answer(opened());
    await settle();
    expect(page.takes[0]?.argument).toEqual({ heads: 3 });
    page.takes[0]?.answer(other);
    await settle();
    expect(page.store.getState()).toMatchObject({
      model: { info: { mean: [0, 0, 0] } },
      modelTerms: 'heads:3;mean:0,0,0',
      linkNotice: expect.stringContaining('class names of trees.txt, which it does not carry'),
    });
  });

  test('what a person changes is in the link', async () => {
    const { store, takes } = await withOther();
    expect(store.getState().modelTerms).toBe('');
    const { model } = store.getState();
    if (model.status !== 'ready' || !model.info.opened) throw new Error('not ready');
    store
      .getState()
      .takeModel({ given: { heads: 1 }, preparation: { ...model.info.opened.preparation, fit: 'squash' } });
    await settle();
    takes[1]?.answer(other);
    await settle();
    expect(store.getState().modelTerms).toBe('heads:1;fit:squash');
  });

  test('names that are dropped while a model is on its way are its names', async () => {
    const { store, openings, takes, runs } = await live();
    store.getState().openModel(file());
    await settle();
    store.getState().openLabels(new File([Array.from({ length: 10 }, (_, i) => `name ${i}`).join('\n')], 'labels.txt'));
    openings[0]?.answer(opened());
    await settle();
    takes[0]?.answer(other);
    await settle();
    runs[1]?.answer(numbers(6));
    await settle();
    expect(store.getState().run.reports?.top[0]?.label).toBe('name 6');
    expect(store.getState().model).toMatchObject({ info: { opened: { preparation: { labelsFrom: 'labels.txt' } } } });
  });

  test('a file that asks is not hidden by a shipped model that arrives late', async () => {
    const page = harness();
    await settle();
    page.store.getState().openModel(file());
    await settle();
    page.openings[0]?.answer(opened(UNKNOWN));
    await settle();
    page.loads[0]?.answer(MODEL);
    await settle();
    expect(page.store.getState().model).toMatchObject({ status: 'asking', last: { id: 'crate-cifar10' } });
  });

  test('a file that is dropped while a link’s address is fetched is not taken away by it', async () => {
    const page = harness({ modelId: 'https://example.org/model.pth' });
    await settle();
    page.store.getState().openModel(file());
    await settle();
    page.downloads[0]?.refuse('aborted');
    await settle();
    expect([page.loads.length, page.store.getState().model.status]).toEqual([0, 'loading']);
    page.openings[0]?.answer(opened());
    await settle();
    page.takes[0]?.answer(other);
    await settle();
    expect(page.store.getState().modelId).toBe('other.pth');
  });

  test('another preparation never runs on the model that came meanwhile', async () => {
    const { store, takes, openings, runs } = await withOther();
    const { model } = store.getState();
    if (model.status !== 'ready' || !model.info.opened) throw new Error('not ready');
    const { preparation, given } = model.info.opened;
    store.getState().takeModel({ given, preparation: { ...preparation, mean: [0, 0, 0] } });
    store.getState().openModel(file('third.pth'));
    await settle();
    openings[1]?.answer({ sha256: 'd'.repeat(64), findings: FINDINGS });
    await settle();
    takes[1]?.answer({ ...other, sha256: 'd'.repeat(64) });
    await settle();
    runs.at(-1)?.answer(numbers(7));
    await settle();
    expect(store.getState()).toMatchObject({ modelId: 'third.pth', model: { info: { mean: [0.485, 0.456, 0.406] } } });
  });

  test('the file of a link that is another one by its hash says so', async () => {
    const address = 'https://example.org/model.pth';
    const page = harness({ modelId: address, modelHash: 'c'.repeat(64) });
    await settle();
    expect(page.store.getState().model).toMatchObject({ status: 'loading', phase: 'download' });
    page.downloads[0]?.answer(new Blob([new Uint8Array(4)]));
    await settle();
    expect(page.store.getState().model).toMatchObject({ status: 'loading', phase: 'read', totalBytes: 4 });
    page.openings[0]?.answer(opened());
    await settle();
    page.takes[0]?.answer(other);
    await settle();
    expect(page.store.getState().linkNotice).toMatch(/another file of this name: its SHA-256 begins cccccccccccc/);
  });

  test('label names of a file', async () => {
    const { store } = await withOther();
    const names = Array.from({ length: 10 }, (_, i) => `name ${i}`).join('\n');
    store.getState().openLabels(new File([names], 'labels.txt'));
    await settle();
    expect(store.getState().run.reports?.top[0]?.label).toBe('name 6');
    store.getState().openLabels(new File(['one'], 'short.txt'));
    await settle();
    expect(store.getState()).toMatchObject({
      model: { status: 'ready' },
      labelsNotice: expect.stringContaining('names 1 classes'),
    });
  });
});

describe('input sizes', () => {
  const larger: InputSize = { side: 64, tokens: 257, bytes: 5000, refusal: null };
  const refused: InputSize = { side: 512, tokens: 16385, bytes: 1e12, refusal: 'Too large for this adapter.' };

  test('a larger one is taken and run; one that is refused says why and the size stays', async () => {
    const page = harness();
    page.offer([{ side: 32, tokens: 65, bytes: 1000, refusal: null }, larger, refused]);
    await settle();
    page.loads[0]?.answer(MODEL);
    await settle();
    page.runs[0]?.answer(numbers(0));
    await settle();
    page.store.getState().choose({ side: 64 });
    await settle();
    expect(page.resizes[0]?.argument).toBe(64);
    page.resizes[0]?.answer({ ...CONFIG, imageSize: 64 });
    await settle();
    expect(page.runs).toHaveLength(2);
    page.runs[1]?.answer(numbers(2));
    await settle();
    expect(page.store.getState()).toMatchObject({
      side: 64,
      model: { info: { config: { imageSize: 64 }, trainedSide: 32 } },
    });
    page.store.getState().choose({ side: 512 });
    await settle();
    expect(page.store.getState()).toMatchObject({ side: 64, sizeNotice: 'Too large for this adapter.' });
    expect(page.resizes).toHaveLength(1);
  });

  test('a link’s size is applied before its first picture runs', async () => {
    const page = harness({ side: 64 });
    page.offer([{ side: 32, tokens: 65, bytes: 1000, refusal: null }, larger]);
    await settle();
    page.loads[0]?.answer(MODEL);
    await settle();
    expect([page.runs.length, page.resizes[0]?.argument]).toEqual([0, 64]);
    page.resizes[0]?.answer({ ...CONFIG, imageSize: 64 });
    await settle();
    expect(page.runs).toHaveLength(1);
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
