// React's edge of the store: `useApp(selector)` re-renders a component when what it selects changes.

import { createContext, type ReactNode, useContext, useState } from 'react';
import { useStore } from 'zustand';
import type { AppStore } from '../store/appStore.ts';
import type { AppState } from '../store/state.ts';
import { createTurns, type StoreView, type Turns } from '../store/turns.ts';

const StoreContext = createContext<AppStore | null>(null);
const TurnsContext = createContext<Turns | null>(null);
const ViewContext = createContext<StoreView | null>(null);

export function AppStoreProvider({ store, children }: { readonly store: AppStore; readonly children: ReactNode }) {
  const [turns] = useState(() => createTurns(store));
  return (
    <StoreContext value={store}>
      <TurnsContext value={turns}>
        <ViewContext value={store}>{children}</ViewContext>
      </TurnsContext>
    </StoreContext>
  );
}

/** A part of the page that takes its turn to draw what has arrived (turns.ts). */
export function InTurn({ children }: { readonly children: ReactNode }) {
  const turns = useContext(TurnsContext);
  if (!turns) throw new Error('missing AppStoreProvider');
  const [view] = useState(() => turns.view());
  return <ViewContext value={view}>{children}</ViewContext>;
}

export function useAppStore(): AppStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error('missing AppStoreProvider');
  return store;
}

/** Wrap a selector that builds an object in `useShallow`. */
export function useApp<T>(selector: (state: AppState) => T): T {
  const view = useContext(ViewContext);
  if (!view) throw new Error('missing AppStoreProvider');
  return useStore(view, selector);
}
