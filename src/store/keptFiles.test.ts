import { describe, expect, test } from 'vitest';
import type { Findings } from '../model/findings.ts';
import { type AppStore, createAppStore, type Requests } from './appStore.ts';
import { createKeptFiles } from './keptFiles.ts';
import type { KeptFile, Library } from './library.ts';
import type { OpenedFile, Preparation } from './state.ts';

const kept = (sha256: string, name: string): KeptFile => ({
  sha256,
  name,
  title: 'CRATE',
  bytes: 3,
  openedAt: 0,
  terms: { given: {}, preparation: {} as Preparation },
  blob: new Blob(['abc']),
});

const opened: OpenedFile = {
  name: 'a.pth',
  sha256: 'cc',
  findings: {} as Findings,
  given: { heads: 3 },
  preparation: {} as Preparation,
};

// Nothing here is requested.
const newStore = (): AppStore => createAppStore({} as Requests);

/** A library in memory; `isOff`: as where a browser has no storage. */
function memory(files: KeptFile[], state = { isOff: false }): Library {
  const open = async (): Promise<KeptFile[]> => {
    if (state.isOff) throw new Error('There is no room.');
    return files;
  };
  return {
    keep: async (file) => {
      (await open()).push(file);
    },
    list: async () => (await open()).map(({ blob: _, ...file }) => file),
    get: async (sha256) => (await open()).find((file) => file.sha256 === sha256) ?? null,
    named: async (name) => (await open()).find((file) => file.name === name) ?? null,
    forget: async (sha256) => {
      const all = await open();
      all.splice(
        all.findIndex((file) => file.sha256 === sha256),
        1,
      );
    },
  } as Library;
}

describe('kept checkpoints', () => {
  const files = () => [kept('aa', 'a.pth'), kept('bb', 'a.pth')];

  test('are found by their hash, and by name only where there is none', async () => {
    const { find } = createKeptFiles(newStore(), memory(files()));
    expect((await find('bb', 'a.pth'))?.sha256).toBe('bb');
    expect(await find('cc', 'a.pth')).toBeNull();
    expect((await find('', 'a.pth'))?.sha256).toBe('aa');
    expect(await find('', 'b.pth')).toBeNull();
  });

  test('are shown as they come and go', async () => {
    const store = newStore();
    const desk = createKeptFiles(store, memory(files()));
    const shown = () => store.getState().kept?.map(({ sha256 }) => sha256);
    await desk.refresh();
    expect(shown()).toEqual(['aa', 'bb']);
    await desk.keep(opened, 'Mine', new Blob(['1234']));
    expect(shown()).toEqual(['aa', 'bb', 'cc']);
    expect(store.getState().kept?.[2]).toMatchObject({ title: 'Mine', name: 'a.pth', bytes: 4 });
    expect((await desk.find('cc', ''))?.terms.given).toEqual({ heads: 3 });
    await desk.forget('aa');
    expect(shown()).toEqual(['bb', 'cc']);
  });

  test('without storage there are none, keeping one says so, and the next that is kept takes it back', async () => {
    const store = newStore();
    const state = { isOff: false };
    const desk = createKeptFiles(store, memory(files(), state));
    await desk.refresh();
    state.isOff = true;
    expect(await desk.find('aa', '')).toBeNull();
    await desk.keep(opened, 'Mine', new Blob());
    expect(store.getState()).toMatchObject({ kept: [], keptNotice: 'There is no room.' });
    state.isOff = false;
    await desk.keep(opened, 'Mine', new Blob());
    expect(store.getState()).toMatchObject({ keptNotice: null, kept: [{}, {}, {}] });
  });
});
