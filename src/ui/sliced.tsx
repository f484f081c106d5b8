// Parts that draw much, drawn one after the other: the page answers between them.

import {
  type ComponentType,
  memo,
  type ReactNode,
  startTransition,
  useCallback,
  useDeferredValue,
  useEffect,
  useRef,
  useState,
} from 'react';
import type { Draw } from '../store/turns.ts';
import { nextFrame } from './pause.ts';

interface Job {
  readonly isFirst: boolean;
  /** Resolves when what it draws is on screen. */
  readonly draw: () => Promise<void>;
}

const jobs: Job[] = [];
let isDrawing = false;

async function drawAll(): Promise<void> {
  isDrawing = true;
  while (jobs.length > 0) {
    await nextFrame();
    const at = Math.max(
      0,
      jobs.findIndex(({ isFirst }) => isFirst),
    );
    await jobs.splice(at, 1)[0]?.draw();
  }
  isDrawing = false;
}

/** Applies changes as a transition, which React makes ready a few ms at a time; resolves when they are on screen, or the part is gone. */
export function useDraw(): Draw {
  const [turn, setTurn] = useState(0);
  const part = useRef<{ isGone: boolean; done: (() => void) | null }>({ isGone: false, done: null });
  useEffect(() => {
    if (turn > 0) part.current.done?.();
  }, [turn]);
  useEffect(() => {
    const { current } = part;
    current.isGone = false;
    return () => {
      current.isGone = true;
      current.done?.();
    };
  }, []);
  return useCallback((apply) => {
    const { current } = part;
    const onScreen = new Promise<void>((resolve) => {
      current.done = resolve;
    });
    startTransition(() => {
      apply();
      setTurn((before) => before + 1);
    });
    return current.isGone ? Promise.resolve() : onScreen;
  }, []);
}

/** False at first; true in a frame of its own, after those that asked for theirs earlier, or, with `isFirst`, before them. */
export function useOwnFrame(isFirst = false): boolean {
  const [isIn, setIn] = useState(false);
  const draw = useDraw();
  useEffect(() => {
    jobs.push({ isFirst, draw: () => draw(() => setIn(true)) });
    if (!isDrawing) void drawAll();
  }, [isFirst, draw]);
  return isIn;
}

interface OwnFrameProps {
  readonly isFirst?: boolean;
  /** As large as the children, so that nothing moves. */
  readonly room: ReactNode;
  readonly children: ReactNode;
}

/** Its children, first drawn in a frame of their own. */
export function OwnFrame({ isFirst = false, room, children }: OwnFrameProps) {
  return useOwnFrame(isFirst) ? children : room;
}

/**
 * `Part`, first drawn in a frame of its own; until then `Room`, which should be as large, so that nothing moves. Later changes of its
 * properties come a moment after what is around it.
 */
export function sliced<Props extends object>(
  Part: ComponentType<Props>,
  Room: ComponentType<Props> | null = null,
): ComponentType<Props> {
  const Kept = memo(Part);
  function Sliced(props: Props) {
    const drawn = useDeferredValue(props);
    if (useOwnFrame()) return <Kept {...drawn} />;
    return Room ? <Room {...props} /> : null;
  }
  return Sliced;
}
