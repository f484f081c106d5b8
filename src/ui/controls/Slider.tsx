// A number chosen by hand: name, track, value. Values under the pointer apply at once; `onCommit` is told when the hand rests.

import * as Radix from '@radix-ui/react-slider';
import type { ReactNode } from 'react';
import './slider.css';

interface SliderProps {
  /** Its name for a screen reader. */
  readonly label: string;
  /** What is drawn in place of the name, e.g. a symbol. */
  readonly shown?: ReactNode;
  /** The value as people read it, with its unit. */
  readonly valueText: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly onCommit?: (value: number) => void;
  /** Values that get a mark under the track. */
  readonly ticks?: readonly number[];
  readonly disabled?: boolean;
}

export function Slider({
  label,
  shown,
  valueText,
  min,
  max,
  step,
  value,
  onChange,
  onCommit,
  ticks = [],
  disabled = false,
}: SliderProps) {
  const first = (values: number[], then: ((value: number) => void) | undefined) => {
    const [next] = values;
    if (next !== undefined) then?.(next);
  };
  return (
    <span className="slider" data-disabled={disabled ? '' : undefined}>
      <span className="slider-label label" aria-hidden={shown ? true : undefined}>
        {shown ?? label}
      </span>
      <Radix.Root
        className="slider-root"
        min={min}
        max={max}
        step={step}
        value={[value]}
        disabled={disabled}
        onValueChange={(values) => first(values, onChange)}
        onValueCommit={(values) => first(values, onCommit)}
      >
        <Radix.Track className="slider-track" />
        {ticks.map((tick) => (
          <span key={tick} className="slider-tick" style={{ left: `${((tick - min) / (max - min)) * 100}%` }} />
        ))}
        <Radix.Thumb className="slider-thumb" aria-label={label} aria-valuetext={valueText} />
      </Radix.Root>
      <span className="slider-value" aria-hidden="true">
        {valueText}
      </span>
    </span>
  );
}
