// Parts that draw much, drawn one after the other: the page answers between them.

import {
  type ComponentType,
  memo,
  type ReactNode,
  startTransition,
  useDeferredValue,
  useEffect,
  useRef,
  useState,
} from 'react';
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

/** False at first; true in a frame of its own, after those that asked for theirs earlier, or, with `isFirst`, before them. */
export function useOwnFrame(isFirst = false): boolean {
  const [isIn, setIn] = useState(false);
  const done = useRef<(() => void) | null>(null);
  useEffect(() => {
    let isGone = false;
    const draw = async () => {
      if (isGone) return;
      const onScreen = new Promise<void>((resolve) => {
        done.current = resolve;
      });
      startTransition(() => setIn(true));
      await onScreen;
    };
    jobs.push({ isFirst, draw });
    if (!isDrawing) void drawAll();
    return () => {
      isGone = true;
      done.current?.();
    };
  }, [isFirst]);
  useEffect(() => {
    if (isIn) done.current?.();
  }, [isIn]);
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
