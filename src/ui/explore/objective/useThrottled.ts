// What a hand chooses reaches the engine at most so often.

import { useCallback, useEffect, useRef } from 'react';

const EVERY_MS = 80;

/** Calls at most once in EVERY_MS, the last value always; `now` skips the wait; `onRest` when nothing waits any more. */
export function useThrottled(call: (value: number) => void, onRest: () => void) {
  const latest = useRef({ call, onRest });
  useEffect(() => {
    latest.current = { call, onRest };
  }, [call, onRest]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const pending = useRef<number | null>(null);
  const send = useCallback((value: number) => {
    if (timer.current !== null) clearTimeout(timer.current);
    latest.current.call(value);
    const tick = () => {
      timer.current = null;
      const next = pending.current;
      pending.current = null;
      if (next === null) latest.current.onRest();
      else {
        latest.current.call(next);
        timer.current = setTimeout(tick, EVERY_MS);
      }
    };
    pending.current = null;
    timer.current = setTimeout(tick, EVERY_MS);
  }, []);
  const later = useCallback(
    (value: number) => {
      if (timer.current === null) send(value);
      else pending.current = value;
    },
    [send],
  );
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  return { later, now: send };
}
