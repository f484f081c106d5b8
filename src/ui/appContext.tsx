// React's edge of the store: `useApp(selector)` re-renders a component when what it selects changes.

import { createContext, type ReactNode, useContext, useLayoutEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { AppStore } from '../store/appStore.ts';
import type { AppState } from '../store/state.ts';
import { createTurns, type StoreView, type Turns } from '../store/turns.ts';
import { nextFrame } from './pause.ts';
import { useDraw, useOwnFrame } from './sliced.tsx';

const StoreContext = createContext<AppStore | null>(null);
const TurnsContext = createContext<Turns | null>(null);
const ViewContext = createContext<StoreView | null>(null);

export function AppStoreProvider({ store, children }: { readonly store: AppStore; readonly children: ReactNode }) {
  const [turns] = useState(() => createTurns(store, nextFrame));
  return (
    <StoreContext value={store}>
      <TurnsContext value={turns}>
        <ViewContext value={store}>{children}</ViewContext>
      </TurnsContext>
    </StoreContext>
  );
}

interface InTurnProps {
  /** Before the others: what the reader waits for. */
  readonly isFirst?: boolean;
  /** What keeps its place until it is drawn, where that would move others. */
  readonly room?: ReactNode;
  readonly children: ReactNode;
}

/**
 * A part of the page that is first drawn in a frame of its own, and then takes its turn to draw what has arrived (turns.ts), as a
 * transition: React makes it ready a few ms at a time.
 */
export function InTurn({ isFirst = false, room = null, children }: InTurnProps) {
  const turns = useContext(TurnsContext);
  if (!turns) throw new Error('missing AppStoreProvider');
  const draw = useDraw();
  const [view] = useState(() => turns.view(draw, isFirst));
  const isIn = useOwnFrame(isFirst);
  return <ViewContext value={view}>{isIn ? children : room}</ViewContext>;
}

export function useAppStore(): AppStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error('missing AppStoreProvider');
  return store;
}

/** Of the store itself, out of turn: for what must not be told late, such as that work has begun. */
export const useAppNow = <T,>(selector: (state: AppState) => T): T => useStore(useAppStore(), selector);

/** The newest state whose slice is on screen, or is to be. */
interface Seen {
  state: AppState;
}

/**
 * Wrap a selector that builds an object in `useShallow`. States are React's own here, not an external store's, which React would render in
 * one piece, in a transition too.
 */
export function useApp<T>(selector: (state: AppState) => T): T {
  const view = useContext(ViewContext);
  if (!view) throw new Error('missing AppStoreProvider');
  const [seen, setSeen] = useState<Seen>(() => ({ state: view.getState() }));
  /** What was asked to be rendered last: it may not be on screen yet. */
  const asked = useRef(seen);
  const select = useRef(selector);
  useLayoutEffect(() => {
    select.current = selector;
  });
  useLayoutEffect(() => {
    const update = (now: AppState) => {
      const { state } = asked.current;
      if (state === now) return;
      // Nothing to render, and the state before is let go of with its arrays.
      if (Object.is(select.current(state), select.current(now))) asked.current.state = now;
      else {
        asked.current = { state: now };
        setSeen(asked.current);
      }
    };
    // It may have changed since the first render.
    update(view.getState());
    return view.subscribe(update);
  }, [view]);
  return selector(seen.state);
}
