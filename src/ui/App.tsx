// The page under its store: what is always on (theme, keys, playing), and the screen.

import { useEffect } from 'react';
import { useApp } from './appContext.tsx';
import { Explore } from './explore/Explore.tsx';
import { usePlay } from './explore/usePlay.ts';
import { PAGES } from './pages.ts';
import { useShortcuts } from './useShortcuts.ts';
import { useTheme } from './useTheme.ts';
import './styles/base.css';

/** The window's title: the page's name, but for the first. */
function useTitle(): void {
  const page = useApp((state) => state.page);
  useEffect(() => {
    const name = PAGES.find((each) => each.page === page)?.name;
    document.title = page === 'explore' ? 'CRATE Explorer' : `${name}, CRATE Explorer`;
  }, [page]);
}

export function App() {
  useTitle();
  useTheme();
  useShortcuts();
  usePlay();
  return <Explore />;
}
