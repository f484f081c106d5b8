// The values of the layer under the pointer. The table of the chart says the same to a screen reader.

import type { Accent } from './Curve.tsx';

export interface TipLine {
  readonly name: string;
  readonly value: string;
  /** The accent of the chosen measure; null for the others. */
  readonly accent: Accent | null;
}

interface ChartTipProps {
  readonly heading: string;
  readonly lines: readonly TipLine[];
  /** Where the layer stands in the chart, px, and on which side of it the tip has room. */
  readonly x: number;
  readonly y: number;
  readonly side: 'left' | 'right';
}

export function ChartTip({ heading, lines, x, y, side }: ChartTipProps) {
  return (
    <div className={`chart-tip chart-tip-${side}`} style={{ left: x, top: y }} aria-hidden="true">
      <div className="chart-tip-head">{heading}</div>
      {lines.map(({ name, value, accent }) => (
        <div key={name} className={accent ? `chart-tip-line chart-tip-${accent}` : 'chart-tip-line'}>
          <span>{name}</span>
          <span className="chart-tip-value">{value}</span>
        </div>
      ))}
    </div>
  );
}
