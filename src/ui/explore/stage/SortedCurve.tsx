// A quantity of every atom, largest first, from zero: a filled step line with the pointed-at atom marked.

import { ticks } from 'd3-array';
import { useMemo } from 'react';
import { maximum } from '../../maps/ramps.ts';
import { count, setting } from '../../text/numbers.ts';

interface SortedCurveProps {
  readonly title: string;
  readonly note: string;
  readonly values: Float32Array;
  /** px. */
  readonly width: number;
  /** What the x axis counts. */
  readonly across: string;
  /** Already in order, largest first. */
  readonly isSorted?: boolean;
  /** Entry of `values` to mark. */
  readonly mark: { readonly index: number; readonly label: string } | null;
  readonly format: (value: number) => string;
}

const HEIGHT = 84;
const LEFT = 30;

export function SortedCurve({ title, note, values, width, across, isSorted = false, mark, format }: SortedCurveProps) {
  const order = useMemo(() => {
    const all = Array.from({ length: values.length }, (_, i) => i);
    return isSorted ? all : all.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  }, [values, isSorted]);
  const max = maximum(values) || 1;
  const x = (rank: number) => LEFT + (rank / order.length) * (width - LEFT);
  const y = (value: number) => HEIGHT - (value / max) * (HEIGHT - 4);
  const path = order.map((index, rank) => `H${x(rank).toFixed(2)}V${y(values[index] ?? 0).toFixed(2)}`).join('');
  const rank = mark ? order.indexOf(mark.index) : -1;
  const value = mark ? (values[mark.index] ?? 0) : 0;
  return (
    <figure className="sorted">
      <figcaption className="view-caption">
        {title}
        <span className="tick">{mark ? `${mark.label}: ${format(value)}` : note}</span>
      </figcaption>
      <svg
        width={width}
        height={HEIGHT + 18}
        viewBox={`0 0 ${width} ${HEIGHT + 18}`}
        role="img"
        aria-label={`${title}, from ${format(max)} down`}
      >
        {ticks(0, max, 3).map((tick) => (
          <g key={tick}>
            <path className="sorted-rule" d={`M${LEFT} ${y(tick) + 0.5}H${width}`} />
            <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
              {setting(tick)}
            </text>
          </g>
        ))}
        <path className="sorted-area" d={`M${LEFT} ${HEIGHT}${path}H${width}V${HEIGHT}z`} />
        {rank >= 0 && (
          <g className="sorted-mark">
            <path d={`M${x(rank + 0.5)} ${HEIGHT}V0`} />
            <circle cx={x(rank + 0.5)} cy={y(value)} r={3.5} />
          </g>
        )}
        <text x={LEFT} y={HEIGHT + 14}>
          1
        </text>
        <text x={width} y={HEIGHT + 14} textAnchor="end">
          {count(order.length)} {across}
        </text>
      </svg>
    </figure>
  );
}
