// Playing: half a layer a beat, until the head.

import { useCallback, useEffect } from 'react';
import { useApp, useAppStore } from '../appContext.tsx';

/** The timer; mounted once. */
export function usePlay(): void {
  const isPlaying = useApp((state) => state.isPlaying);
  const speed = useApp((state) => state.speed);
  const store = useAppStore();
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => {
      const state = store.getState();
      state.stepBy(1);
      if (store.getState().step.at === 'head') state.setTransient({ isPlaying: false });
    }, 1000 / speed);
    return () => clearInterval(timer);
  }, [isPlaying, speed, store]);
}

/** Play, or pause. At the head, playing begins again at the picture. */
export function usePlayToggle(): () => void {
  const store = useAppStore();
  return useCallback(() => {
    const { isPlaying, step, stepTo, setTransient } = store.getState();
    if (!isPlaying && step.at === 'head') stepTo({ at: 'picture' });
    setTransient({ isPlaying: !isPlaying });
  }, [store]);
}
