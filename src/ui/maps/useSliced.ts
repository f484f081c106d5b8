// A value that takes long to compute: null until it is there, recomputed when `make` changes. What is short is there before the paint.

import { useLayoutEffect, useState } from 'react';
import { inSlices } from './inSlices.ts';

/** `make` is memoised by the caller; null makes nothing. */
export function useSliced<T>(make: (() => Generator<void, T>) | null): T | null {
  const [made, setMade] = useState<{ readonly by: () => Generator<void, T>; readonly value: T } | null>(null);
  useLayoutEffect(() => {
    if (!make) return;
    return inSlices(make(), (value) => setMade({ by: make, value }));
  }, [make]);
  return made && made.by === make ? made.value : null;
}
