// The lines of the theme menu.

import type { Theme } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { useChooseTheme } from '../../useTheme.ts';

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function useThemeEntries(): readonly MenuEntry[] {
  const theme = useApp((state) => state.theme);
  const choose = useChooseTheme();
  return THEMES.map(([value, label]) => ({
    id: `theme-${value}`,
    label,
    checked: value === theme,
    onSelect: () => choose(value),
  }));
}
