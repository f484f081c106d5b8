// Parts that draw much, drawn one after the other: the page answers between them.

import { type ComponentType, memo, startTransition, useDeferredValue, useEffect, useRef, useState } from 'react';
import { nextFrame } from './pause.ts';

/** When all that asked before are on screen. */
let turn: Promise<void> = Promise.resolve();

/** False at first; true in a frame of its own, after those that asked for theirs earlier. */
export function useOwnFrame(): boolean {
  const [isIn, setIn] = useState(false);
  const done = useRef<(() => void) | null>(null);
  useEffect(() => {
    let isGone = false;
    turn = turn.then(nextFrame).then(() => {
      if (isGone) return;
      const onScreen = new Promise<void>((resolve) => {
        done.current = resolve;
      });
      startTransition(() => setIn(true));
      return onScreen;
    });
    return () => {
      isGone = true;
      done.current?.();
    };
  }, []);
  useEffect(() => {
    if (isIn) done.current?.();
  }, [isIn]);
  return isIn;
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
