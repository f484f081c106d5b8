// What becomes of a speed run on the page, with a session that answers when the test says so.

import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProductReport, ProductSpeeds, SpeedReport } from '../model/speed.ts';
import type { RemoteSession } from '../worker/client.ts';
import { type AppStore, createAppStore, type Requests } from './appStore.ts';
import { createSpeedDesk, type SpeedDesk } from './speedDesk.ts';
import type { ModelInfo, Reports } from './state.ts';

const REPORT = { engine: { kind: 'cpu', adapter: 'test' } } as unknown as SpeedReport;
const MODEL = { id: 'm', title: 'M', sha256: 'a', config: { imageSize: 32 } } as unknown as ModelInfo;
const PRODUCT = { kernel: 'tile', origin: 'measured' } as unknown as ProductReport;

type Progress = (done: number, phase: string) => void;

interface Run {
  readonly progress: Progress;
  readonly answer: (report: SpeedReport) => void;
  readonly refuse: (error: Error) => void;
}

let store: AppStore;
let desk: SpeedDesk;
let runs: Run[];
let stops: number;
let productChanged: (report: ProductReport | null) => void;
let productMeasured: (key: string, speeds: ProductSpeeds) => void;
let measure: () => Promise<ProductReport>;

beforeEach(() => {
  runs = [];
  stops = 0;
  const session = {
    speed: (progress: Progress) =>
      new Promise((answer, refuse) => {
        runs.push({ progress, answer, refuse });
      }),
    stopSpeed: () => {
      stops++;
    },
    measureProduct: () => measure(),
    onProductChange: (listener: typeof productChanged) => {
      productChanged = listener;
    },
    onProductMeasured: (listener: typeof productMeasured) => {
      productMeasured = listener;
    },
  };
  store = createAppStore({} as Requests);
  desk = createSpeedDesk(store, session as unknown as RemoteSession);
  store.getState().resultsChanged({
    model: { status: 'ready', info: MODEL },
    run: { status: 'done', reports: { live: true, pictureName: 'Sailboat' } as Reports },
  });
});

const timing = () => store.getState().timing;

describe('a run', () => {
  test('progress, then the figures with what they are of', async () => {
    const done = desk.run();
    runs[0]?.progress(0.4, 'kernels');
    expect(timing()).toMatchObject({ status: 'running', done: 0.4, phase: 'kernels', last: null });
    runs[0]?.answer(REPORT);
    await done;
    expect(timing()).toMatchObject({
      status: 'idle',
      last: { ...REPORT, model: { id: 'm', title: 'M', sha256: 'a', side: 32 }, pictureName: 'Sailboat' },
    });
    // A message that comes late changes nothing.
    runs[0]?.progress(1, 'peaks');
    expect(timing().status).toBe('idle');
  });

  test('not without a live picture', async () => {
    store.getState().resultsChanged({ run: { status: 'idle', reports: null } });
    await desk.run();
    expect(runs).toHaveLength(0);
  });

  test('stopped or failed, the last figures stay', async () => {
    const first = desk.run();
    runs[0]?.answer(REPORT);
    await first;
    const stopped = desk.run();
    desk.stop();
    expect(stops).toBe(1);
    runs[1]?.refuse(Object.assign(new Error('stopped'), { name: 'AbortError' }));
    await stopped;
    expect(timing()).toMatchObject({ status: 'idle', last: REPORT });
    const failed = desk.run();
    runs[2]?.refuse(new Error('The device was lost.'));
    await failed;
    expect(timing()).toMatchObject({ status: 'failed', sentence: 'The device was lost.', last: REPORT });
  });

  test('only the newest of two counts', async () => {
    const first = desk.run();
    const second = desk.run();
    runs[0]?.refuse(new Error('too late'));
    await first;
    expect(timing().status).toBe('running');
    runs[1]?.answer(REPORT);
    await second;
    expect(timing()).toMatchObject({ status: 'idle', last: REPORT });
  });
});

describe('the product kernel', () => {
  test('is known whenever the engine takes one, and remembered when it was measured', () => {
    const setItem = vi.fn();
    vi.stubGlobal('localStorage', { getItem: () => null, setItem });
    productChanged(PRODUCT);
    expect(store.getState().product).toBe(PRODUCT);
    productMeasured('a 1', { register: 1, tile: 2 });
    expect(setItem).toHaveBeenCalledWith('crate-explorer.products', '{"a 1":{"register":1,"tile":2}}');
    productChanged(null);
    expect(store.getState().product).toBeNull();
    vi.unstubAllGlobals();
  });

  test('measured on request; a failure is said', async () => {
    measure = async () => PRODUCT;
    const done = desk.measureProduct();
    expect(store.getState().productTrial).toEqual({ status: 'running' });
    await done;
    expect(store.getState().productTrial).toEqual({ status: 'idle' });
    measure = async () => {
      throw new Error('No memory.');
    };
    await desk.measureProduct();
    expect(store.getState().productTrial).toEqual({ status: 'failed', sentence: 'No memory.' });
  });
});
