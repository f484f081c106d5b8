import { expect, test } from 'vitest';
import { type AppStore, createAppStore } from './appStore.ts';
import type { AppState } from './state.ts';
import { createViewFetcher, type ViewSource } from './viewFetcher.ts';

const LAYERS = 3;

/** A page with numbers, whose heads are on screen, and which comes to rest when the test says so. */
function harness(token: number) {
  const store: AppStore = createAppStore({} as never, { token, step: { at: 'mssa', layer: 1 }, tab: 'heads' });
  const layers = Array.from({ length: LAYERS }, (_, index) => ({ index }));
  store.getState().resultsChanged({ run: { status: 'idle', reports: { layers } } as unknown as AppState['run'] });
  const rests: (() => void)[] = [];
  const fetched: number[] = [];
  const never = () => new Promise<never>(() => undefined);
  const source: ViewSource = {
    attention: async (layer) => {
      fetched.push(layer);
      return Float32Array.of(layer);
    },
    attentionMax: never,
    subspace: never,
    tokens: never,
    stepEffect: never,
    embedded: never,
  };
  const views = createViewFetcher(store, () => new Promise((resolve) => rests.push(resolve)));
  views.use(source);
  const rest = async () => {
    for (const resolve of rests.splice(0)) resolve();
    await settle();
  };
  return { store, fetched, rest };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 1));
const shown = (store: AppStore) => store.getState().views.attention;

test('of the class token, whose rows the trace has, the maps are fetched when the page has drawn those', async () => {
  const { store, fetched, rest } = harness(0);
  await settle();
  expect(fetched).toEqual([]);
  await rest();
  expect(fetched).toEqual([1]);
  expect(shown(store)).toMatchObject({ layer: 1 });
});

test('a patch is not waited for', async () => {
  const { store, fetched } = harness(5);
  await settle();
  expect(fetched).toEqual([1]);
  expect(shown(store)).toMatchObject({ layer: 1 });
});

test('a patch that is picked meanwhile ends the wait; the maps are fetched once', async () => {
  const { store, fetched, rest } = harness(0);
  store.getState().choose({ token: 5 });
  await settle();
  expect(fetched).toEqual([1]);
  await rest();
  expect(fetched).toEqual([1]);
});

test('a layer that was stepped over is not fetched', async () => {
  const { store, fetched, rest } = harness(0);
  store.getState().stepTo({ at: 'mssa', layer: 2 });
  await rest();
  expect(fetched).toEqual([2]);
  expect(shown(store)).toMatchObject({ layer: 2 });
});
