// Parts of a page that draw much take what has arrived in turn, a task each, so that no single one keeps the page from answering. What
// the reader did reaches all of them at once.

import { type AppStore, FIRST_RESULTS } from './appStore.ts';
import type { AppState } from './state.ts';

/** What arrives by itself, and what is chosen with it. All else is the reader's doing. */
const ARRIVING: ReadonlySet<string> = new Set([
  ...Object.keys(FIRST_RESULTS),
  ...(['modelId', 'modelHash', 'modelTerms', 'theme', 'dialog'] satisfies (keyof AppState)[]),
]);

/** Milliseconds after which the next part waits for another task. */
const TASK_MS = 8;

/** The store as one part of the page sees it: each state is one that the store had, a moment ago at most. */
export type StoreView = Pick<AppStore, 'getState' | 'getInitialState'> & {
  subscribe(listener: Listener): () => void;
};

type Listener = (now: AppState, before: AppState) => void;

interface Part {
  take(): void;
}

export interface Turns {
  /** Parts take turns in the order in which they were first listened to. */
  view(): StoreView;
}

/** `later` runs a job in a task of its own. */
export function createTurns(
  store: AppStore,
  later: (job: () => void) => void = (job) => void setTimeout(job, 0),
): Turns {
  const parts = new Set<Part>();
  const waiting = new Set<Part>();
  let isDraining = false;

  async function drain(): Promise<void> {
    const begin = performance.now();
    for (const part of waiting) {
      waiting.delete(part);
      part.take();
      // React draws in the microtask that the change has queued.
      await null;
      if (waiting.size > 0 && performance.now() - begin > TASK_MS) {
        later(() => void drain());
        return;
      }
    }
    isDraining = false;
  }

  store.subscribe((now, before) => {
    const isReaders = Object.entries(now).some(
      ([key, value]) => value !== before[key as keyof AppState] && !ARRIVING.has(key),
    );
    if (isReaders) {
      waiting.clear();
      for (const part of parts) part.take();
      return;
    }
    for (const part of parts) waiting.add(part);
    if (isDraining || waiting.size === 0) return;
    isDraining = true;
    later(() => void drain());
  });

  return {
    view() {
      const listeners = new Set<Listener>();
      let state = store.getState();
      const part: Part = {
        take() {
          const before = state;
          state = store.getState();
          for (const listener of listeners) listener(state, before);
        },
      };
      return {
        getState: () => state,
        getInitialState: store.getInitialState,
        subscribe(listener) {
          if (listeners.size === 0) {
            state = store.getState();
            parts.add(part);
          }
          listeners.add(listener);
          return () => {
            listeners.delete(listener);
            if (listeners.size > 0) return;
            parts.delete(part);
            waiting.delete(part);
          };
        },
      };
    },
  };
}
