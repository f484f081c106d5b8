// ε² of the coding rates, on a logarithmic track from 10⁻⁴ to 1. The engine measures again while the hand moves, at most every
// 80 ms; without a live engine it is still, and the reason stands beneath.

import { useCallback, useEffect, useRef, useState } from 'react';
import { Slider } from '../../controls/Slider.tsx';
import { setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';

interface EpsilonSliderProps {
  readonly eps2: number;
  readonly onChoose: (eps2: number) => void;
  readonly disabled: boolean;
}

const EVERY_MS = 80;
const DECADES = [-4, -3, -2, -1, 0];

const fromTrack = (exponent: number): number => Number((10 ** exponent).toPrecision(3));

/** Calls at most once in EVERY_MS, the last value always; `now` skips the wait; `onRest` when nothing waits any more. */
function useThrottled(call: (value: number) => void, onRest: () => void) {
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

export function EpsilonSlider({ eps2, onChoose, disabled }: EpsilonSliderProps) {
  // The thumb follows the hand; the choice follows the throttle, and when it has caught up the thumb follows the choice again.
  const [held, setHeld] = useState<number | null>(null);
  const { later, now } = useThrottled(
    onChoose,
    useCallback(() => setHeld(null), []),
  );
  const shown = held === null ? eps2 : fromTrack(held);
  return (
    <Slider
      label="ε squared, the precision of the coding rate"
      shown={<Tex>{'\\varepsilon^2'}</Tex>}
      valueText={setting(shown, 2)}
      min={-4}
      max={0}
      step={0.05}
      ticks={DECADES}
      value={held ?? Math.log10(eps2)}
      disabled={disabled}
      onChange={(exponent) => {
        setHeld(exponent);
        later(fromTrack(exponent));
      }}
      onCommit={(exponent) => now(fromTrack(exponent))}
    />
  );
}
