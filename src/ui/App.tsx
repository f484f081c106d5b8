// The page under its store: what is always on (theme, keys, playing), and the screen.

import { Explore } from './explore/Explore.tsx';
import { usePlay } from './explore/usePlay.ts';
import { useShortcuts } from './useShortcuts.ts';
import { useTheme } from './useTheme.ts';
import './styles/base.css';

export function App() {
  useTheme();
  useShortcuts();
  usePlay();
  return <Explore />;
}
