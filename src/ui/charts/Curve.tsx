// One series as a line; the main one has a mark at each layer: solid as theory says, hollow against it.

import type { ScaleLinear } from 'd3-scale';
import { line } from 'd3-shape';

export type Accent = 'mssa' | 'ista' | 'ink';
export type Emphasis = 'main' | 'thin' | 'dashed';

interface CurveProps {
  /** One entry a layer; null (or not finite) is a gap. */
  readonly values: readonly (number | null)[];
  readonly emphasis: Emphasis;
  readonly accent: Accent;
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  /** Per layer: the mark is hollow. */
  readonly against?: readonly boolean[];
  /** Radius of a mark, px; 0 draws none. */
  readonly mark?: number;
}

export const isDrawn = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

export function Curve({ values, emphasis, accent, x, y, against = [], mark = 0 }: CurveProps) {
  const path = line<number | null>()
    .defined(isDrawn)
    .x((_, i) => x(i))
    .y((value) => y(value ?? 0))(values as (number | null)[]);
  return (
    <g className={`chart-${accent}`}>
      {path ? <path className={`chart-line chart-${emphasis}`} d={path} /> : null}
      {mark > 0
        ? values.map((value, i) =>
            isDrawn(value) ? (
              <circle
                // biome-ignore lint/suspicious/noArrayIndexKey: the index is the layer
                key={i}
                className={against[i] ? 'chart-mark chart-hollow' : 'chart-mark'}
                cx={x(i)}
                cy={y(value)}
                r={mark}
                strokeWidth={mark / 2}
              />
            ) : null,
          )
        : null}
    </g>
  );
}
