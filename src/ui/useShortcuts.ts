// Keys of the whole page. They stand back where someone types, in widgets that use the same keys, and in menus and dialogs.

import { useEffect } from 'react';
import type { AppStore } from '../store/appStore.ts';
import { selectGridSide, selectModel, selectReports, stepsOf } from '../store/selectors.ts';
import type { AppState } from '../store/state.ts';
import { useAppStore } from './appContext.tsx';
import { usePlayToggle } from './explore/usePlay.ts';

const TYPES = 'input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable="true"]';
const OWN_LAYER = '[role="menu"], [role="dialog"], [role="listbox"]';
const OWN_ARROWS = '[role="slider"], [role="radiogroup"], [role="tablist"], [role="grid"], [data-own-arrows]';
const PRESSABLE = 'button:not([aria-current="step"]), a[href], summary, [role="button"], [role="radio"], [role="tab"]';

const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The token one patch along the grid; from the class token, the first patch. Stops at the edges. */
export function neighbour(token: number, side: number, dx: number, dy: number): number {
  if (side <= 0) return token;
  if (token === 0) return 1;
  const row = Math.floor((token - 1) / side);
  const column = (token - 1) % side;
  const clamp = (index: number) => Math.max(0, Math.min(side - 1, index));
  return 1 + clamp(row + dy) * side + clamp(column + dx);
}

/** Does what the key says; false when it says nothing. */
function act(event: KeyboardEvent, state: AppState): boolean {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const [dx, dy] = arrow;
    if (event.altKey) state.pickToken(neighbour(state.token, selectGridSide(state), dx, dy));
    else if (dx) state.stepBy(dx);
    else state.layerBy(dy);
    return true;
  }
  if (event.altKey) return false;
  if (event.key === 'Home' || event.key === 'End') {
    const steps = stepsOf(selectModel(state)?.config.L ?? selectReports(state)?.layers.length ?? 0);
    const step = event.key === 'Home' ? steps[0] : steps.at(-1);
    if (step) state.stepTo(step);
    return true;
  }
  if (/^[1-9]$/.test(event.key)) {
    const head = Number(event.key) - 1;
    if (head < (selectModel(state)?.config.K ?? 0)) state.pickHead(head);
    return true;
  }
  if (event.key === '?') {
    state.setTransient({ dialog: 'keys' });
    return true;
  }
  if (event.key === 'Escape') {
    state.setTransient(state.maximised === 'none' ? { isPlaying: false } : { maximised: 'none' });
    return true;
  }
  return false;
}

function onKey(event: KeyboardEvent, store: AppStore, togglePlay: () => void): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.isComposing) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(OWN_LAYER) || target.closest(TYPES) || store.getState().dialog !== 'none') return;
  // The rail is where the keys act.
  if (store.getState().page !== 'explore' && event.key !== '?') return;
  const isMovement = event.key in ARROWS || event.key === 'Home' || event.key === 'End';
  if (isMovement && target.closest(OWN_ARROWS)) return;
  if (event.key === ' ') {
    if (target.closest(PRESSABLE) || target.closest(OWN_ARROWS) || event.repeat) return;
    togglePlay();
    event.preventDefault();
    return;
  }
  if (act(event, store.getState())) event.preventDefault();
}

export function useShortcuts(): void {
  const store = useAppStore();
  const togglePlay = usePlayToggle();
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event, store, togglePlay);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [store, togglePlay]);
}
