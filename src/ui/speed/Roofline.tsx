// A roofline: operations a byte against operations a second, both logarithmic; the two measured roofs, and each kernel under them, as large
// as its share of the time.

import { type Ref, useState } from 'react';
import { ChartTip } from '../charts/ChartTip.tsx';
import type { Accent } from '../charts/Curve.tsx';
import { spreadLabels } from '../charts/scales.ts';
import { logScale } from './rooflineScale.ts';
import '../charts/charts.css';
import './charts.css';

export interface RoofPoint {
  readonly key: string;
  readonly name: string;
  /** Short, for beside the plot. */
  readonly label: string;
  readonly accent: Accent;
  /** flop a byte, and GFLOP/s. */
  readonly x: number;
  readonly y: number;
  /** Of the time, in [0, 1]. */
  readonly share: number;
  readonly lines: readonly { readonly name: string; readonly value: string }[];
}

interface RooflineProps {
  readonly name: string;
  readonly peaks: { readonly gflops: number; readonly gbytes: number };
  /** Written on the roofs. */
  readonly roofs: { readonly compute: string; readonly memory: string };
  readonly points: readonly RoofPoint[];
  /** Of the whole drawing, px. */
  readonly width: number;
  readonly height: number;
  readonly marked: string | null;
  readonly onMark: (key: string) => void;
  readonly svgRef?: Ref<SVGSVGElement>;
}

const TOP = 20;
const LEFT = 44;
const LABELS = 128;
const FOOT = 36;
const GAP = 15;

/** 0.01, 5, 1,000. */
const tickText = (value: number): string =>
  value < 1 ? String(value).replace(/^0/, '') : value.toLocaleString('en-US');

export function Roofline({ name, peaks, roofs, points, width, height, marked, onMark, svgRef }: RooflineProps) {
  const [hovered, setHovered] = useState<string | null>(null);
  const { gflops, gbytes } = peaks;
  const [right, low] = [width - LABELS, height - FOOT];
  const ridge = gflops / gbytes;
  const x = logScale([ridge, ...points.map((point) => point.x)], [LEFT, right], 2.2, Math.floor((right - LEFT) / 24));
  const y = logScale([gflops, ...points.map((point) => point.y)], [low, TOP], 1.7, 7);
  // Where the slope leaves the plot: at its left or at its foot.
  const start = Math.max(x.low, y.low / gbytes);
  const roof = `M${x.at(start)} ${y.at(start * gbytes)}L${x.at(ridge)} ${y.at(gflops)}H${right}`;
  const angle = (Math.atan2(y.at(gflops) - y.at(start * gbytes), x.at(ridge) - x.at(start)) * 180) / Math.PI;
  const middle = Math.sqrt(start * ridge);
  const isSlopeLong = x.at(ridge) - x.at(start) > 90;
  const radius = (share: number): number => 3 + 9 * Math.sqrt(share);
  const labels = spreadLabels(
    points.map((point) => y.at(point.y)),
    GAP,
    TOP + 2,
    low,
  );
  const shown = points.find(({ key }) => key === hovered);
  // The small ones last, so that none is hidden.
  const drawn = [...points].sort((a, b) => b.share - a.share);
  return (
    <div className="chart" style={{ width }} onPointerLeave={() => setHovered(null)}>
      <svg ref={svgRef} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={name}>
        <g className="chart-axis">
          {y.ticks.map((tick) => {
            const at = Math.round(y.at(tick)) + 0.5;
            return (
              <g key={tick}>
                <path className="chart-rule" d={`M${LEFT} ${at}H${right}`} />
                <text className="chart-tick" x={LEFT - 6} y={at + 3.5} textAnchor="end">
                  {tickText(tick)}
                </text>
              </g>
            );
          })}
          {x.ticks.map((tick) => {
            const at = Math.round(x.at(tick)) + 0.5;
            return (
              <g key={tick}>
                <path className="chart-rule" d={`M${at} ${TOP}V${low}`} />
                <text className="chart-tick" x={at} y={low + 16} textAnchor="middle">
                  {tickText(tick)}
                </text>
              </g>
            );
          })}
          <text className="chart-tick" x={right} y={low + 31} textAnchor="end">
            operations a byte
          </text>
          <text className="chart-tick" x={0} y={10}>
            GFLOP/s
          </text>
        </g>
        <path className="roof" d={roof} />
        <text className="chart-name chart-value" x={right} y={y.at(gflops) - 7} textAnchor="end">
          {roofs.compute}
        </text>
        {isSlopeLong ? (
          <text
            className="chart-name chart-value"
            textAnchor="middle"
            transform={`translate(${x.at(middle)} ${y.at(middle * gbytes)}) rotate(${angle}) translate(0 -7)`}
          >
            {roofs.memory}
          </text>
        ) : (
          <text className="chart-name chart-value" x={x.at(ridge) + 8} y={y.at(gflops) + 16}>
            {roofs.memory}
          </text>
        )}
        {points.map((point, i) => (
          <path
            key={point.key}
            className="roof-leader"
            d={`M${x.at(point.x)} ${y.at(point.y)}L${right + 4} ${labels[i] ?? 0}`}
          />
        ))}
        {drawn.map((point) => (
          <circle
            key={point.key}
            className={`roof-point roof-${point.accent}`}
            cx={x.at(point.x)}
            cy={y.at(point.y)}
            r={radius(point.share)}
          />
        ))}
        {points.map((point, i) => (
          <text
            key={point.key}
            className={point.key === marked ? 'chart-name chart-chosen' : 'chart-name'}
            x={right + 8}
            y={(labels[i] ?? 0) + 4}
          >
            {point.label}
          </text>
        ))}
        {shown ? (
          <circle className="roof-ring" cx={x.at(shown.x)} cy={y.at(shown.y)} r={radius(shown.share) + 3} />
        ) : null}
      </svg>
      {drawn.map((point) => {
        const side = Math.max(20, 2 * radius(point.share));
        return (
          <button
            key={point.key}
            type="button"
            className="roof-button"
            aria-pressed={point.key === marked}
            aria-label={`${point.name}: ${point.lines.map((line) => `${line.name} ${line.value}`).join(', ')}`}
            style={{ left: x.at(point.x) - side / 2, top: y.at(point.y) - side / 2, width: side, height: side }}
            onPointerEnter={() => setHovered(point.key)}
            onFocus={() => setHovered(point.key)}
            onBlur={() => setHovered(null)}
            onClick={() => onMark(point.key)}
          />
        );
      })}
      {shown ? (
        <ChartTip
          heading={shown.name}
          lines={shown.lines.map((line) => ({ ...line, accent: null }))}
          x={x.at(shown.x)}
          y={Math.max(0, Math.min(height - 130, y.at(shown.y) - 40))}
          side={x.at(shown.x) > width / 2 ? 'left' : 'right'}
        />
      ) : null}
    </div>
  );
}
