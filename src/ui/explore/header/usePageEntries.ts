// The pages as lines of a menu, where the header has no room for links.

import { choicesOf, hashOf } from '../../../store/url.ts';
import { useApp, useAppStore } from '../../appContext.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { PAGES } from '../../pages.ts';

export function usePageEntries(): readonly MenuEntry[] {
  const store = useAppStore();
  const here = useApp((state) => state.page);
  return PAGES.map(({ page, name }) => ({
    id: `page-${page}`,
    label: name,
    checked: page === here,
    onSelect: () => {
      window.location.hash = hashOf(choicesOf(store.getState()), page);
    },
  }));
}
