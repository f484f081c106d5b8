// Work that would hold the page up, done a few milliseconds at a time; small work is done at once.

import { inNextTask } from '../pause.ts';

/** How long such work may take of one task of the page, ms; all that is asked for in one task shares it. */
const SLICE_MS = 8;

/** When the time of the task at hand is used up; null before anything has run in it. */
let ends: number | null = null;

const queue: (() => void)[] = [];
let isWaiting = false;

function wake(): void {
  if (isWaiting) return;
  isWaiting = true;
  inNextTask(() => {
    isWaiting = false;
    ends = null;
    const waiting = queue.splice(0);
    for (const run of waiting) run();
  });
}

const hasTime = (): boolean => {
  if (ends === null) {
    ends = performance.now() + SLICE_MS;
    // Whatever comes in a later task begins anew.
    wake();
  }
  return performance.now() < ends;
};

/**
 * Runs the generator to its end, pausing at its yields when the time is up, and calls `onDone` with what it returns; at once when it is
 * short, or in the next task where this one has drawn much already. The answer stops it.
 */
export function inSlices<T>(
  work: Generator<void, T>,
  onDone: (result: T) => void,
  begin: 'at once' | 'next task' = 'at once',
): () => void {
  let isStopped = false;
  const run = (): void => {
    if (isStopped) return;
    while (hasTime()) {
      const step = work.next();
      if (step.done) {
        onDone(step.value);
        return;
      }
    }
    queue.push(run);
    wake();
  };
  if (begin === 'at once') run();
  else {
    queue.push(run);
    wake();
  }
  return () => {
    isStopped = true;
  };
}
