// A view stays on screen, dimmed, for the moment its successor takes; after that the page says what it waits for.

import { useEffect, useState } from 'react';

const PATIENCE_MS = 600;

export interface Lingering<T> {
  readonly value: T | null;
  /** The value is of another step; dim it. */
  readonly isStale: boolean;
}

export function useLingering<T>(current: T | null): Lingering<T> {
  const [last, setLast] = useState(current);
  useEffect(() => {
    if (current !== null) {
      setLast(current);
      return;
    }
    const timer = setTimeout(() => setLast(null), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [current]);
  return current !== null ? { value: current, isStale: false } : { value: last, isStale: last !== null };
}
