// The colour scales of the theme on screen, read again when the theme changes.

import { useSyncExternalStore } from 'react';
import { type Ramps, readRamps } from './ramps.ts';

const listeners = new Set<() => void>();
let observer: MutationObserver | null = null;
let current: Ramps | null = null;

function forget(): void {
  current = null;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    // The theme may have changed while no map was mounted.
    current = null;
    observer = new MutationObserver(forget);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) observer?.disconnect();
  };
}

function snapshot(): Ramps {
  if (!current) {
    const style = getComputedStyle(document.documentElement);
    current = readRamps((token) => style.getPropertyValue(token));
  }
  return current;
}

export const useRamps = (): Ramps => useSyncExternalStore(subscribe, snapshot);
