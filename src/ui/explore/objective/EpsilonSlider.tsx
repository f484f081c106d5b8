// ε² of the coding rates, on a logarithmic track from 10⁻⁴ to 1. The engine measures again while the hand moves, at most every
// 80 ms; without a live engine it is still, and the reason stands beneath.

import { useCallback, useState } from 'react';
import { Slider } from '../../controls/Slider.tsx';
import { setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useThrottled } from './useThrottled.ts';

interface EpsilonSliderProps {
  readonly eps2: number;
  readonly onChoose: (eps2: number) => void;
  readonly disabled: boolean;
}

const DECADES = [-4, -3, -2, -1, 0];

const fromTrack = (exponent: number): number => Number((10 ** exponent).toPrecision(3));

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
