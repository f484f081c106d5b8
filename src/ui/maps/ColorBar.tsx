// The legend of a scale: the ramp, ticks with numbers, the swatch of an exact zero, and one numbered tick a head while pointing.

import { useId } from 'react';
import { spread } from './spread.ts';
import './maps.css';

export interface ColorBarMark {
  readonly value: number;
  readonly label: string;
}

export interface ColorBarProps {
  readonly kind: 'seq' | 'div';
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  /** CSS px. */
  readonly width: number;
  /** Numbered ticks above the bar, e.g. one a head. */
  readonly marks?: readonly ColorBarMark[];
  /** Room for marks even when there are none, so that nothing jumps while pointing. */
  readonly hasMarks?: boolean;
  /** An exact zero is paper: its swatch at the left, and the ramp starts where non-zeros do. */
  readonly zero?: boolean;
  /** What is measured, for a screen reader. */
  readonly label: string;
}

const ZERO_ROOM = 30;
const BAR = 10;
/** Least distance of two numbered ticks, px. */
const MARK_GAP = 12;
const STOPS = 9;

export function ColorBar(props: ColorBarProps) {
  const { kind, min, max, ticks, format, width, marks = [], hasMarks = marks.length > 0, zero = false, label } = props;
  const id = useId();
  const left = zero ? ZERO_ROOM : 0;
  const x = (value: number) =>
    left + Math.min(1, Math.max(0, max > min ? (value - min) / (max - min) : 0)) * (width - left);
  const top = hasMarks ? 17 : 2;
  const places = spread(
    marks.map((mark) => x(mark.value)),
    MARK_GAP,
    width,
  );
  return (
    <svg
      className="map-bar"
      width={width}
      height={top + 28}
      viewBox={`0 0 ${width} ${top + 28}`}
      role="img"
      aria-label={`${label}: scale from ${format(min)} to ${format(max)}${zero ? ', zeros are blank' : ''}`}
    >
      <linearGradient id={id}>
        {Array.from({ length: STOPS }, (_, i) => {
          // With the zero swatch the ramp begins .9 of a step up.
          const offset = zero ? Math.max(0, (i - 0.9) / (STOPS - 1 - 0.9)) : i / (STOPS - 1);
          // biome-ignore lint/suspicious/noArrayIndexKey: the stops are a fixed list
          return <stop key={i} offset={offset} style={{ stopColor: `var(--${kind}-${i})` }} />;
        })}
      </linearGradient>
      <rect x={left} y={top} width={width - left} height={BAR} fill={`url(#${id})`} />
      {zero && (
        <>
          <rect className="map-zero" x={0.5} y={top + 0.5} width={17} height={BAR - 1} />
          <text x={9} y={top + 25} textAnchor="middle">
            zero
          </text>
        </>
      )}
      {ticks.map((tick) => (
        <g key={tick}>
          <path d={`M${x(tick)} ${top + BAR}v4`} />
          <text x={x(tick)} y={top + 25} textAnchor="middle">
            {format(tick)}
          </text>
        </g>
      ))}
      {marks.map((mark, i) => (
        <g key={mark.label} className="map-mark">
          <path d={`M${x(mark.value)} ${top + BAR}V${top + 1}L${places[i]} ${top - 4}`} />
          <text x={places[i]} y={top - 7} textAnchor="middle">
            {mark.label}
          </text>
        </g>
      ))}
    </svg>
  );
}
