// Fetches what the open view draws whenever the choices or the numbers change. An answer that comes too late is dropped.

import type { Place } from '../model/trace.ts';
import type { AppStore } from './appStore.ts';
import { layerOf, selectReports } from './selectors.ts';
import { sentenceOf } from './sentence.ts';
import type { AppState, Results } from './state.ts';

type Views = Results['views'];

/** What can answer: the live session, or the recorded trace, which lacks what needs the weights. */
export interface ViewSource {
  attention(layer: number): Promise<Float32Array>;
  /** Where a layer's whole A is too much: a token's rows are asked for instead. */
  attentionRow?(layer: number, token: number): Promise<Float32Array>;
  attentionMax(token: number): Promise<readonly number[]>;
  subspace(layer: number, head: number, place: Place): Promise<NonNullable<Views['subspace']>>;
  tokens(layer: number): Promise<NonNullable<Views['tokens']>>;
  stepEffect(layer: number): Promise<NonNullable<Views['stepEffect']>>;
  embedded(): Promise<Float32Array>;
  incoherence?(layer: number): Promise<NonNullable<Views['incoherence']>>;
  dictionary?(layer: number): Promise<NonNullable<Views['dictionary']>>;
}

/** MSSA shows what it made (or what it was given, when the objective is measured there), ISTA what it made. */
export function subspacePlace({ step, place }: Pick<AppState, 'step' | 'place'>): Place {
  if (step.at === 'ista' || step.at === 'head') return 'output';
  if (step.at === 'mssa') return place === 'input' ? 'input' : 'half';
  return 'input';
}

type Slot = Exclude<keyof Views, 'sentence'>;

interface Want {
  /** Same key, same answer. */
  readonly key: string;
  readonly fetch: () => Promise<Partial<Views>>;
  /** What is on screen does without it: it is fetched when the page has drawn that, so that the two do not share the processor. */
  readonly canWait?: boolean;
}

interface Asked {
  readonly key: string;
  /** Fetches it now, unless that was done. */
  start(): void;
}

/** What the state wants on screen, slot by slot. */
function wants(state: AppState, source: ViewSource): Partial<Record<Slot, Want>> {
  const reports = selectReports(state);
  if (!reports) return {};
  const layer = layerOf(state.step, reports.layers.length);
  const { tab, head, token } = state;
  const at = state.step.at;
  const wanted: Partial<Record<Slot, Want>> = {};
  if (tab === 'heads' || at === 'head' || tab === 'subspaces') {
    const { attentionRow } = source;
    // The trace has the class token's rows.
    const canWait = token === 0;
    wanted.attention = attentionRow
      ? {
          key: `${layer} ${token}`,
          canWait,
          fetch: async () => ({ attention: { layer, token, A: await attentionRow(layer, token) } }),
        }
      : {
          key: `${layer}`,
          canWait,
          fetch: async () => ({ attention: { layer, token: null, A: await source.attention(layer) } }),
        };
    if (state.mapScope === 'all') {
      wanted.attentionMax = {
        key: `${token}`,
        fetch: async () => ({ attentionMax: { token, perLayer: await source.attentionMax(token) } }),
      };
    }
  }
  if (tab === 'subspaces') {
    const place = subspacePlace(state);
    wanted.subspace = {
      key: `${layer} ${head} ${place}`,
      fetch: async () => ({ subspace: await source.subspace(layer, head, place) }),
    };
    const { incoherence } = source;
    if (incoherence) {
      wanted.incoherence = { key: `${layer}`, fetch: async () => ({ incoherence: await incoherence(layer) }) };
    }
  }
  if (at === 'embed') {
    wanted.embedded = { key: '', fetch: async () => ({ embedded: await source.embedded() }) };
  }
  if (tab === 'tokens' || tab === 'operator') {
    wanted.tokens = { key: `${layer}`, fetch: async () => ({ tokens: await source.tokens(layer) }) };
  }
  if (tab === 'operator') {
    wanted.stepEffect = { key: `${layer}`, fetch: async () => ({ stepEffect: await source.stepEffect(layer) }) };
  }
  const { dictionary } = source;
  if (tab === 'dictionary' && dictionary) {
    wanted.dictionary = { key: `${layer}`, fetch: async () => ({ dictionary: await dictionary(layer) }) };
  }
  return wanted;
}

export interface ViewFetcher {
  /** Where views come from from now on; what is on screen is fetched anew. Null: nothing can answer. */
  use(source: ViewSource | null): void;
}

/** `atRest` resolves when the page has nothing to draw. */
export function createViewFetcher(store: AppStore, atRest: () => Promise<void>): ViewFetcher {
  let source: ViewSource | null = null;
  /** Counts changes of the numbers; an answer of an older count is dropped. */
  let generation = 0;
  const asked = new Map<Slot, Asked>();

  function ask(slot: Slot, key: string, { fetch, canWait = false }: Want): void {
    const isCurrent = () => asked.get(slot) === request;
    let isStarted = false;
    const request: Asked = {
      key,
      start() {
        if (isStarted || !isCurrent()) return;
        isStarted = true;
        fetch().then(
          (answer) => {
            if (!isCurrent()) return;
            store.getState().resultsChanged({ views: { ...store.getState().views, ...answer, sentence: null } });
          },
          (error: unknown) => {
            if (!isCurrent()) return;
            asked.delete(slot);
            const sentence = sentenceOf(error);
            store.getState().resultsChanged({ views: { ...store.getState().views, sentence } });
          },
        );
      },
    };
    asked.set(slot, request);
    if (canWait) void atRest().then(() => request.start());
    else request.start();
  }

  function update(): void {
    if (!source) return;
    const now = generation;
    for (const [slot, want] of Object.entries(wants(store.getState(), source)) as [Slot, Want][]) {
      const key = `${now} ${want.key}`;
      const before = asked.get(slot);
      if (before?.key !== key) ask(slot, key, want);
      else if (!want.canWait) before.start();
    }
  }

  store.subscribe(
    (state) => [state.step, state.tab, state.head, state.token, state.place, state.mapScope, state.run.reports],
    update,
    {
      equalityFn: (a, b) => a.every((value, i) => value === b[i]),
    },
  );

  return {
    use(next) {
      source = next;
      generation++;
      asked.clear();
      update();
    },
  };
}
