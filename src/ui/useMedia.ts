// Whether a media query holds, for what CSS alone cannot change.

import { useCallback, useSyncExternalStore } from 'react';

/** Where the page is one column, which scrolls as a whole. */
export const PHONE = '(max-width: 639px)';

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
