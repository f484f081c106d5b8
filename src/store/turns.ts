// Parts of a page that draw much take what has arrived in turn, each when the one before it is on screen, so that no single task keeps the
// page from answering. What the reader did reaches all of them at once.

import { type AppStore, FIRST_RESULTS } from './appStore.ts';
import type { AppState } from './state.ts';

/** What arrives by itself, and what is chosen with it. All else is the reader's doing. */
const ARRIVING: ReadonlySet<string> = new Set([
  ...Object.keys(FIRST_RESULTS),
  ...(['modelId', 'modelHash', 'modelTerms', 'theme', 'dialog'] satisfies (keyof AppState)[]),
]);

/** The store as one part of the page sees it: each state is one that the store had, a moment ago at most. */
export type StoreView = Pick<AppStore, 'getState' | 'getInitialState'> & {
  subscribe(listener: Listener): () => void;
};

type Listener = (now: AppState, before: AppState) => void;

/** Calls `apply`, which tells the part's listeners, and resolves when what they drew is on screen. */
export type Draw = (apply: () => void) => Promise<void>;

interface Part {
  /** Takes the newest state at once. */
  take(): void;
  readonly draw: Draw;
  readonly isFirst: boolean;
}

export interface Turns {
  /** Parts take turns in the order in which they were first listened to, those with `isFirst` before the others. */
  view(draw: Draw, isFirst?: boolean): StoreView;
}

/** `pause` resolves in a later task, when the page has had time for its reader. */
export function createTurns(store: AppStore, pause: () => Promise<void>): Turns {
  const parts = new Set<Part>();
  const waiting = new Set<Part>();
  let isDraining = false;

  async function drain(): Promise<void> {
    isDraining = true;
    // What is added meanwhile comes at the end.
    for (const part of waiting) {
      await pause();
      // The reader was faster.
      if (waiting.delete(part)) await part.draw(() => part.take());
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
    for (const part of parts) if (part.isFirst) waiting.add(part);
    for (const part of parts) waiting.add(part);
    if (!isDraining && waiting.size > 0) void drain();
  });

  return {
    view(draw, isFirst = false) {
      const listeners = new Set<Listener>();
      let state = store.getState();
      const part: Part = {
        draw,
        isFirst,
        take() {
          const before = state;
          state = store.getState();
          for (const listener of listeners) listener(state, before);
        },
      };
      return {
        // Before anybody listens there is nothing that it would have to agree with.
        getState: () => (listeners.size === 0 ? store.getState() : state),
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
