// Light or dark: the reader's choice, else the system's. index.html sets data-theme by the same rule before the first paint.

import { useCallback, useEffect } from 'react';
import type { Theme } from '../store/state.ts';
import { useApp } from './appContext.tsx';
import { useMedia } from './useMedia.ts';

/** Also read by the script in index.html. */
export const THEME_KEY = 'crate-explorer.theme';

/** The stored choice; the system's where the browser forbids storage. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

function storeTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(THEME_KEY);
    else localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage is forbidden: the choice holds until the page is closed.
  }
}

/** Keeps data-theme of the root as chosen; mounted once. */
export function useTheme(): void {
  const theme = useApp((state) => state.theme);
  const setTransient = useApp((state) => state.setTransient);
  const isSystemDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    const stored = storedTheme();
    if (stored !== 'system') setTransient({ theme: stored });
  }, [setTransient]);
  useEffect(() => {
    const chosen = theme === 'system' ? storedTheme() : theme;
    const shown = chosen === 'system' ? (isSystemDark ? 'dark' : 'light') : chosen;
    document.documentElement.setAttribute('data-theme', shown);
  }, [theme, isSystemDark]);
}

export function useChooseTheme(): (theme: Theme) => void {
  const setTransient = useApp((state) => state.setTransient);
  return useCallback(
    (theme) => {
      storeTheme(theme);
      setTransient({ theme });
    },
    [setTransient],
  );
}
