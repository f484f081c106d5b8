// Where the time of a pass goes: a stack for each layer and for what comes before and after, cut into half-steps' runs.

import { type Ref, useState } from 'react';
import { ValueAxis } from '../charts/Axis.tsx';
import { ChartTip } from '../charts/ChartTip.tsx';
import type { Accent } from '../charts/Curve.tsx';
import { labelRoom, layerLabels, valueScale } from '../charts/scales.ts';
import { milliseconds } from './figures.ts';
import '../charts/charts.css';
import './charts.css';

export interface BarPart {
  readonly id: string;
  readonly name: string;
  readonly accent: Accent;
  /** 0 is solid, each more is lighter. */
  readonly shade: number;
  readonly ms: number;
}

export interface BarColumn {
  readonly key: string;
  /** Under the stack: "embed", "3". */
  readonly label: string;
  /** Spoken: "Layer 3". */
  readonly name: string;
  /** From the foot up. */
  readonly parts: readonly BarPart[];
}

interface LayerBarsProps {
  readonly name: string;
  readonly columns: readonly BarColumn[];
  /** Of the whole drawing, and of the plot, px. */
  readonly width: number;
  readonly height: number;
  readonly marked: string | null;
  readonly onMark: (key: string) => void;
  readonly svgRef?: Ref<SVGSVGElement>;
}

const TOP = 8;
const SHADES = [1, 0.62, 0.34, 0.2] as const;

const sum = (parts: readonly BarPart[]): number => parts.reduce((total, { ms }) => total + ms, 0);

/** Wide labels such as "embed" go where they have room. */
const isNumber = (label: string): boolean => /^\d+$/.test(label);

export function LayerBars({ name, columns, width, height, marked, onMark, svgRef }: LayerBarsProps) {
  const [hovered, setHovered] = useState<string | null>(null);
  const low = TOP + height;
  const most = Math.max(...columns.map(({ parts }) => sum(parts)), 0);
  const scale = valueScale([0, most], [low, TOP]);
  const left = labelRoom(scale.ticks.map(scale.format));
  const spacing = (width - left) / Math.max(1, columns.length);
  const bar = Math.min(44, Math.max(2, 0.72 * spacing));
  const middleOf = (i: number): number => left + (i + 0.5) * spacing;
  const labelled = new Set(layerLabels(columns.length, spacing, null));
  const at = columns.findIndex(({ key }) => key === hovered);
  const shown = columns[at];
  return (
    <div className="chart" style={{ width }} onPointerLeave={() => setHovered(null)}>
      <svg
        ref={svgRef}
        width={width}
        height={low + 22}
        viewBox={`0 0 ${width} ${low + 22}`}
        role="img"
        aria-label={name}
      >
        {columns.map(({ key }, i) =>
          key === marked || key === hovered ? (
            <rect
              key={key}
              className="chart-cursor chart-cursor-ink"
              x={left + i * spacing}
              y={TOP - 4}
              width={spacing}
              height={height + 4}
            />
          ) : null,
        )}
        <ValueAxis scale={scale} left={left} right={width} />
        {columns.map(({ key, parts }, i) => {
          let below = 0;
          return (
            <g key={key}>
              <rect
                className="bar-under"
                x={middleOf(i) - bar / 2}
                y={scale.y(sum(parts))}
                width={bar}
                height={low - scale.y(sum(parts))}
              />
              {parts.map(({ id, accent, shade, ms }) => {
                const foot = scale.y(below);
                below += ms;
                const head = scale.y(below);
                return (
                  <rect
                    key={id}
                    className={`bar bar-${accent}`}
                    opacity={SHADES[Math.min(shade, SHADES.length - 1)]}
                    x={middleOf(i) - bar / 2}
                    y={head}
                    width={bar}
                    height={Math.max(0, foot - head)}
                  />
                );
              })}
            </g>
          );
        })}
        {columns.map(({ key, label }, i) =>
          (isNumber(label) ? labelled.has(i) : spacing > 34) ? (
            <text
              key={key}
              className={key === marked ? 'chart-tick chart-chosen' : 'chart-tick'}
              x={middleOf(i)}
              y={low + 16}
              textAnchor="middle"
            >
              {label}
            </text>
          ) : null,
        )}
      </svg>
      {columns.map(({ key, name: spoken, parts }, i) => (
        <button
          key={key}
          type="button"
          className="chart-column bar-button"
          aria-pressed={key === marked}
          aria-label={`${spoken}: ${milliseconds(sum(parts))}; ${parts.map((part) => `${part.name} ${milliseconds(part.ms)}`).join(', ')}`}
          style={{ left: left + i * spacing, width: spacing, top: TOP - 4, height: height + 22 }}
          onPointerEnter={() => setHovered(key)}
          onFocus={() => setHovered(key)}
          onBlur={() => setHovered(null)}
          onClick={() => onMark(key)}
        />
      ))}
      {shown ? (
        <ChartTip
          heading={`${shown.name}, ${milliseconds(sum(shown.parts))}`}
          lines={[...shown.parts].reverse().map((part) => ({
            name: part.name,
            value: milliseconds(part.ms),
            accent: part.accent === 'ink' ? null : part.accent,
          }))}
          x={middleOf(at)}
          y={TOP}
          side={middleOf(at) > width / 2 ? 'left' : 'right'}
        />
      ) : null}
    </div>
  );
}
