// The lines of the help menu.

import { useApp } from '../../appContext.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';

export function useHelpEntries(): readonly MenuEntry[] {
  const setTransient = useApp((state) => state.setTransient);
  return [
    { id: 'keys', label: 'Keys', note: '?', onSelect: () => setTransient({ dialog: 'keys' }) },
    { id: 'about', label: 'About this model and page', onSelect: () => setTransient({ dialog: 'about' }) },
  ];
}
