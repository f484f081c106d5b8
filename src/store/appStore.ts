// The store: choices and results as plain data, pure actions. What reaches the engine is in effects.ts.

import { subscribeWithSelector } from 'zustand/middleware';
import { createStore } from 'zustand/vanilla';
import { layerOf, sameStep, selectModel, selectReports, selectTokenCount, stepsOf } from './selectors.ts';
import type { AppState, Choices, Results, Step, Tab, Terms, Transient } from './state.ts';

export const DEFAULT_CHOICES: Choices = {
  modelId: 'crate-cifar10',
  modelHash: '',
  modelTerms: '',
  side: 0,
  hide: 0.75,
  maskSeed: 1,
  picture: { kind: 'sample', id: 'ship' },
  step: { at: 'mssa', layer: 2 },
  head: 2,
  token: 0,
  tab: 'heads',
  mapStyle: 'over',
  mapScope: 'layer',
  formulaOf: 'released',
  normalisation: 'unit',
  place: 'half',
  rateUnit: 'nats',
  perHead: false,
  eps2: 0.01,
  channels: 'use',
  heatCrop: 'all',
  dimensions: '2d',
};

const FIRST_TRANSIENT: Transient = {
  page: 'explore',
  hoverToken: null,
  isPlaying: false,
  speed: 1,
  theme: 'system',
  dialog: 'none',
  maximised: 'none',
};

export const NO_VIEWS: Results['views'] = {
  attention: null,
  attentionMax: null,
  subspace: null,
  tokens: null,
  incoherence: null,
  dictionary: null,
  stepEffect: null,
  embedded: null,
  sentence: null,
};

export const FIRST_RESULTS: Results = {
  engine: { status: 'recorded' },
  model: { status: 'none' },
  pictureState: { status: 'none' },
  run: { status: 'idle', reports: null },
  views: NO_VIEWS,
  kept: null,
  keptNotice: null,
  sizes: [],
  sizeNotice: null,
  labelsNotice: null,
  linkNotice: null,
  product: null,
  productTrial: { status: 'idle' },
  timing: { status: 'idle', last: null },
};

/** What only the engine and the decoders can do; given by the composition root. */
export interface Requests {
  openPicture(file: Blob, name: string): void;
  openSample(id: string): void;
  openModel(file: File): void;
  openModelAddress(address: string): void;
  takeModel(terms: Terms): void;
  cancelModel(): void;
  openKept(sha256: string): void;
  forgetKept(sha256: string): void;
  openLabels(file: File): void;
  openFile(file: File): void;
  openShippedModel(id: string): void;
  runSpeed(): void;
  stopSpeed(): void;
  measureProduct(): void;
  fetchReaders(): Promise<void>;
}

const layersOf = (state: AppState): number => selectModel(state)?.config.L ?? selectReports(state)?.layers.length ?? 0;

/** MSSA opens on Heads, ISTA on Tokens, when the tab at hand belongs to the other half-step. */
function tabFor(step: Step, tab: Tab): Tab {
  if (step.at === 'mssa' && (tab === 'tokens' || tab === 'dictionary')) return 'heads';
  if (step.at === 'ista' && tab === 'heads') return 'tokens';
  return tab;
}

export type AppStore = ReturnType<typeof createAppStore>;

export function createAppStore(requests: Requests, first: Partial<Choices & Transient> = {}) {
  return createStore<AppState>()(
    subscribeWithSelector((set, get) => ({
      ...DEFAULT_CHOICES,
      ...FIRST_TRANSIENT,
      ...FIRST_RESULTS,
      ...first,
      choose: (change) => set(change),
      stepTo: (step) =>
        set((state) => ({ step, tab: sameStep(step, state.step) ? state.tab : tabFor(step, state.tab) })),
      stepBy: (halfSteps) => {
        const state = get();
        const steps = stepsOf(layersOf(state));
        const now = steps.findIndex((step) => sameStep(step, state.step));
        const next = steps[Math.max(0, Math.min(steps.length - 1, now + halfSteps))];
        if (next) state.stepTo(next);
      },
      layerBy: (layers) => {
        const state = get();
        const last = Math.max(0, layersOf(state) - 1);
        const layer = Math.max(0, Math.min(last, layerOf(state.step, last + 1) + layers));
        state.stepTo({ at: state.step.at === 'ista' ? 'ista' : 'mssa', layer });
      },
      pickToken: (token) =>
        set((state) => ({ token: Math.max(0, Math.min(Math.max(0, selectTokenCount(state) - 1), token)) })),
      hover: (hoverToken) => set({ hoverToken }),
      pickHead: (head) =>
        set((state) => ({ head: Math.max(0, Math.min((selectModel(state)?.config.K ?? 1) - 1, head)) })),
      setTransient: (change) => set(change),
      openPicture: (file, name) => requests.openPicture(file, name),
      openSample: (id) => requests.openSample(id),
      openModel: (file) => requests.openModel(file),
      openModelAddress: (address) => requests.openModelAddress(address),
      takeModel: (terms) => requests.takeModel(terms),
      cancelModel: () => requests.cancelModel(),
      openKept: (sha256) => requests.openKept(sha256),
      forgetKept: (sha256) => requests.forgetKept(sha256),
      openLabels: (file) => requests.openLabels(file),
      openFile: (file) => requests.openFile(file),
      openShippedModel: (id) => requests.openShippedModel(id),
      runSpeed: () => requests.runSpeed(),
      stopSpeed: () => requests.stopSpeed(),
      measureProduct: () => requests.measureProduct(),
      fetchReaders: () => requests.fetchReaders(),
      resultsChanged: (change) => set(change),
    })),
  );
}
