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

/** Calls at most once in EVERY_MS, the last value always; `now` skips the wait. */
function useThrottled(call: (value: number) => void) {
  const latest = useRef(call);
  useEffect(() => {
    latest.current = call;
  }, [call]);
  const state = useRef<{ timer: ReturnType<typeof setTimeout> | null; pending: number | null }>({
    timer: null,
    pending: null,
  });
  const later = useCallback((value: number) => {
    const current = state.current;
    if (current.timer !== null) {
      current.pending = value;
      return;
    }
    latest.current(value);
    const tick = () => {
      current.timer = null;
      if (current.pending === null) return;
      latest.current(current.pending);
      current.pending = null;
      current.timer = setTimeout(tick, EVERY_MS);
    };
    current.timer = setTimeout(tick, EVERY_MS);
  }, []);
  const now = useCallback((value: number) => {
    if (state.current.timer !== null) clearTimeout(state.current.timer);
    state.current = { timer: null, pending: null };
    latest.current(value);
  }, []);
  useEffect(() => () => clearTimeout(state.current.timer ?? undefined), []);
  return { later, now };
}

export function EpsilonSlider({ eps2, onChoose, disabled }: EpsilonSliderProps) {
  // The thumb follows the hand; the choice follows the throttle.
  const [held, setHeld] = useState<number | null>(null);
  const { later, now } = useThrottled(onChoose);
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
      onCommit={(exponent) => {
        setHeld(null);
        now(fromTrack(exponent));
      }}
    />
  );
}
