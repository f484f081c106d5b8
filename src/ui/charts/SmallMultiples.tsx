// One small curve for each head, all on one scale; the chosen head's name is inverted.

import type { Ref } from 'react';
import { Cursor } from './Cursor.tsx';
import { type Accent, Curve, isDrawn } from './Curve.tsx';
import { DataTable } from './DataTable.tsx';
import { LayerButtons } from './LayerButtons.tsx';
import { axisNumber, labelRoom, layerScale, valueScale } from './scales.ts';
import './charts.css';

export interface Multiple {
  readonly name: string;
  /** One entry a layer. */
  readonly values: readonly number[];
  readonly against: readonly boolean[];
}

interface SmallMultiplesProps {
  readonly name: string;
  readonly items: readonly Multiple[];
  /** Of the whole drawing, px. */
  readonly width: number;
  readonly columns: number;
  readonly accent: Accent;
  readonly chosen: number | null;
  readonly cursor: { readonly layer: number; readonly operator: 'mssa' | 'ista' | 'ink' } | null;
  readonly unit: string;
  readonly digits?: number;
  /** Height of one plot, px. */
  readonly height?: number;
  readonly onPick: (item: number, layer: number) => void;
  readonly onPickItem: (item: number) => void;
  readonly svgRef?: Ref<SVGSVGElement>;
}

const GAP = 16;
const HEAD = 20;
/** Least room for the numbers of the axis, px. */
const LEAST_LEFT = 30;

export function SmallMultiples(props: SmallMultiplesProps) {
  const { name, items, width, columns, accent, chosen, cursor, unit, digits = 1, height = 42, svgRef } = props;
  const rows = Math.ceil(items.length / columns);
  const rowHeight = HEAD + height + 12;
  const scale = valueScale(
    items.flatMap(({ values }) => values),
    [height, 0],
  );
  const count = Math.max(0, ...items.map(({ values }) => values.length));
  const left = Math.max(LEAST_LEFT, labelRoom(scale.ticks.map(scale.format)));
  const cell = (width - left - GAP * (columns - 1)) / columns;
  const x = layerScale(count, 4, cell - 4);
  const format = (value: number) => axisNumber(value, digits);
  const [lowest = 0, highest = 0] = [scale.ticks[0], scale.ticks.at(-1)];
  const place = (i: number) => ({ x: left + (i % columns) * (cell + GAP), y: Math.floor(i / columns) * rowHeight });
  const spacing = count > 1 ? (cell - 8) / (count - 1) : cell;
  return (
    <div className="chart" style={{ width }}>
      <svg
        ref={svgRef}
        width={width}
        height={rows * rowHeight}
        viewBox={`0 0 ${width} ${rows * rowHeight}`}
        role="img"
        aria-label={`${name}: one curve a head, all on one scale from ${scale.format(lowest)} to ${scale.format(highest)} ${unit}`}
      >
        {Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
          <g key={row} transform={`translate(0 ${row * rowHeight + HEAD})`}>
            <text className="chart-tick" x={left - 6} y={8} textAnchor="end">
              {scale.format(highest)}
            </text>
            <text className="chart-tick" x={left - 6} y={height + 2} textAnchor="end">
              {scale.format(lowest)}
            </text>
          </g>
        ))}
        {items.map((item, i) => {
          const at = place(i);
          const value = item.values[cursor?.layer ?? count - 1];
          return (
            <g key={item.name} transform={`translate(${at.x} ${at.y})`}>
              {i === chosen ? (
                <rect
                  className="chart-chosen-name"
                  x={-4}
                  y={0}
                  width={item.name.length * 6.3 + 8}
                  height={16}
                  rx={2}
                />
              ) : null}
              <text className={i === chosen ? 'chart-name chart-inverse' : 'chart-name'} x={0} y={12}>
                {item.name}
              </text>
              {isDrawn(value) ? (
                <text className={`chart-value chart-text-${accent}`} x={cell} y={12} textAnchor="end">
                  {format(value)}
                </text>
              ) : null}
              <g transform={`translate(0 ${HEAD})`}>
                {cursor && cursor.layer < count ? (
                  <Cursor
                    x={x(cursor.layer)}
                    top={-2}
                    height={height + 4}
                    width={Math.min(10, Math.max(4, spacing))}
                    operator={cursor.operator}
                  />
                ) : null}
                <path className="chart-rule" d={`M0 ${height + 0.5}H${cell}`} />
                <Curve
                  values={item.values}
                  emphasis="main"
                  accent={accent}
                  x={x}
                  y={scale.y}
                  against={item.against}
                  mark={spacing < 6 ? 0 : spacing < 8 ? 1.6 : 2.2}
                />
              </g>
            </g>
          );
        })}
      </svg>
      {items.map((item, i) => {
        const at = place(i);
        return (
          <div key={item.name} className="chart-cell" style={{ left: at.x, top: at.y, width: cell, height: rowHeight }}>
            <button
              type="button"
              className="chart-cell-name"
              aria-pressed={i === chosen}
              aria-label={`Choose ${item.name}`}
              onClick={() => props.onPickItem(i)}
            />
            <LayerButtons
              count={count}
              x={x}
              left={0}
              right={cell}
              top={HEAD}
              height={height}
              label={(layer) => `${item.name}, layer ${layer + 1}`}
              onPick={(layer) => props.onPick(i, layer)}
            />
          </div>
        );
      })}
      <DataTable
        caption={`${name}, ${unit}`}
        columns={['layer', ...items.map((item) => item.name)]}
        rows={Array.from({ length: count }, (_, i) => [i + 1, ...items.map(({ values }) => values[i] ?? null)])}
        format={format}
      />
    </div>
  );
}
