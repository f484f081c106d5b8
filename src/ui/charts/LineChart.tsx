// Curves by layer: the chosen measure in its accent with marks, others thin and named at their ends, a band behind, a cursor.

import { type Ref, useState } from 'react';
import { LayerAxis, ValueAxis } from './Axis.tsx';
import { Band, type BandValues } from './Band.tsx';
import { ChartTip } from './ChartTip.tsx';
import { Cursor } from './Cursor.tsx';
import { type Accent, Curve, type Emphasis, isDrawn } from './Curve.tsx';
import { DataTable } from './DataTable.tsx';
import { LayerButtons } from './LayerButtons.tsx';
import { axisNumber, layerLabels, layerScale, spreadLabels, valueScale } from './scales.ts';
import './charts.css';

export interface ChartSeries {
  readonly id: string;
  /** Named at the end of its line; '' leaves the end bare. */
  readonly label: string;
  /** One entry a layer, in the chart's unit. */
  readonly values: readonly (number | null)[];
  readonly emphasis: Emphasis;
}

export interface LineChartProps {
  /** What is drawn, with place, normalisation and unit; the text alternative begins with it. */
  readonly name: string;
  /** What the marks say, for the text alternative: "It falls at every layer." */
  readonly summary?: string;
  /** Width of the whole drawing and height of the plot, px. */
  readonly width: number;
  readonly height: number;
  readonly accent: Accent;
  /** The main series last, so that it lies on top. */
  readonly series: readonly ChartSeries[];
  /** Per layer of the main series: against theory. */
  readonly against?: readonly boolean[];
  readonly band?: (BandValues & { readonly label: string }) | null;
  readonly cursor?: { readonly layer: number; readonly operator: 'mssa' | 'ista' | 'ink' } | null;
  /** Decimals of values (not of ticks). */
  readonly digits?: number;
  readonly unit: string;
  /** Room for tick numbers and for names at the ends, px. */
  readonly margin?: { readonly left: number; readonly right: number };
  readonly hasLayerAxis?: boolean;
  readonly onPick?: (layer: number) => void;
  readonly svgRef?: Ref<SVGSVGElement>;
}

const TOP = 8;
const LABEL_GAP = 13;

/** Where the value at the cursor stands: under its mark or over it, whichever is further from every line there. */
function besideMark(
  layer: number,
  mark: number,
  lines: readonly (readonly (number | null)[])[],
  top: number,
  low: number,
) {
  const near = lines.flatMap((ys) =>
    [ys[layer], mix(ys[layer - 1], ys[layer]), mix(ys[layer + 1], ys[layer])].filter(isDrawn),
  );
  const clearance = (y: number) =>
    y - 8 < top || y > low + 2 ? -1 : Math.min(...near.map((ny) => Math.abs(ny - y + 4)));
  const [below, above] = [mark + 19, mark - 10];
  return clearance(below) >= clearance(above) ? below : above;
}

const mix = (a: number | null | undefined, b: number | null | undefined): number | null =>
  isDrawn(a) && isDrawn(b) ? 0.35 * a + 0.65 * b : null;

/** Of the whole drawing, px. */
export const lineChartHeight = ({ height, hasLayerAxis = false }: LineChartProps): number =>
  TOP + height + (hasLayerAxis ? 22 : 6);

export function LineChart(props: LineChartProps) {
  const {
    name,
    summary = '',
    width,
    height,
    accent,
    series,
    against = [],
    band = null,
    cursor = null,
    digits = 1,
    unit,
    margin = { left: 34, right: 46 },
    hasLayerAxis = false,
    onPick,
    svgRef,
  } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const count = Math.max(0, ...series.map(({ values }) => values.length));
  const [left, right] = [margin.left, Math.max(margin.left + 1, width - margin.right)];
  const low = TOP + height;
  const scale = valueScale(
    [
      ...series.flatMap(({ values }) => values),
      ...(band ? band.mean.flatMap((mean, i) => [mean - (band.std[i] ?? 0), mean + (band.std[i] ?? 0)]) : []),
    ],
    [low, TOP],
  );
  const x = layerScale(count, left, right);
  const spacing = count > 1 ? (right - left) / (count - 1) : right - left;
  const total = lineChartHeight(props);
  const main = series.find(({ emphasis }) => emphasis === 'main');
  const toY = (value: number | null) => (isDrawn(value) ? scale.y(value) : null);
  const atCursor = cursor ? (main?.values[cursor.layer] ?? null) : null;
  // At the ends the value would lie on the numbers of the axis or on the names of the lines.
  const atEnd =
    cursor && count > 1 ? (cursor.layer === 0 ? 'start' : cursor.layer === count - 1 ? 'end' : 'middle') : 'middle';
  const named = series.filter(({ label, values }) => label && values.some(isDrawn));
  const ends = spreadLabels(
    named.map(({ values }) => scale.y(values.filter(isDrawn).at(-1) ?? 0)),
    LABEL_GAP,
    TOP,
    low,
  );
  const format = (value: number) => axisNumber(value, digits);
  const columns = ['layer', ...series.map(({ id }) => `${id}, ${unit}`)];
  const rows = Array.from({ length: count }, (_, i) => [i + 1, ...series.map(({ values }) => values[i] ?? null)]);
  const tipLines =
    hovered === null
      ? []
      : [...series].reverse().map(({ id, values, emphasis }) => {
          const value = values[hovered];
          return {
            name: id,
            value: isDrawn(value) ? format(value) : 'none',
            accent: emphasis === 'main' ? accent : null,
          };
        });
  if (hovered !== null && band && isDrawn(band.mean[hovered]))
    tipLines.push({
      name: band.label,
      value: `${format(band.mean[hovered])} ± ${format(band.std[hovered] ?? 0)}`,
      accent: null,
    });
  return (
    <div className="chart" style={{ width }}>
      <svg
        ref={svgRef}
        width={width}
        height={total}
        viewBox={`0 0 ${width} ${total}`}
        role="img"
        aria-label={`${name}. ${summary}`}
      >
        {cursor && cursor.layer < count ? (
          <Cursor
            x={x(cursor.layer)}
            top={TOP - 2}
            height={height + 4}
            width={Math.min(18, Math.max(6, spacing))}
            operator={cursor.operator}
          />
        ) : null}
        <ValueAxis scale={scale} left={left} right={right} />
        {band ? <Band mean={band.mean} std={band.std} x={x} y={scale.y} /> : null}
        {series.map(({ id, values, emphasis }) => (
          <Curve
            key={id}
            values={values}
            emphasis={emphasis}
            accent={emphasis === 'main' ? accent : 'ink'}
            x={x}
            y={scale.y}
            against={against}
            mark={emphasis === 'main' ? (spacing < 8 ? 1.8 : spacing < 16 ? 2.5 : 3.5) : 0}
          />
        ))}
        {named.map(({ id, label, emphasis }, i) => (
          <text
            key={id}
            className={emphasis === 'main' ? `chart-name chart-text-${accent}` : 'chart-name'}
            x={right + 8}
            y={(ends[i] ?? 0) + 4}
          >
            {label}
          </text>
        ))}
        {cursor && isDrawn(atCursor) ? (
          <text
            className={`chart-value chart-text-${accent}`}
            x={x(cursor.layer) + (atEnd === 'start' ? 2 : atEnd === 'end' ? -2 : 0)}
            y={besideMark(
              cursor.layer,
              scale.y(atCursor),
              series.map(({ values }) => values.map(toY)),
              TOP,
              low,
            )}
            textAnchor={atEnd}
          >
            {format(atCursor)}
          </text>
        ) : null}
        {hasLayerAxis ? (
          <LayerAxis
            x={x}
            labelled={layerLabels(count, spacing, cursor?.layer ?? null)}
            chosen={cursor?.layer ?? null}
            y={low + 17}
            end={margin.right >= 40 ? width : null}
          />
        ) : null}
      </svg>
      {onPick ? (
        <LayerButtons
          count={count}
          x={x}
          left={Math.max(0, left - spacing / 2)}
          right={Math.min(width, right + spacing / 2)}
          top={TOP}
          height={height}
          label={(layer) =>
            `Go to layer ${layer + 1}: ${isDrawn(main?.values[layer]) ? format(main.values[layer]) : 'no value'}`
          }
          onPick={onPick}
          onHover={setHovered}
        />
      ) : null}
      {hovered === null ? null : (
        <ChartTip
          heading={`layer ${hovered + 1}`}
          lines={tipLines}
          x={x(hovered)}
          y={TOP}
          side={x(hovered) > width / 2 ? 'left' : 'right'}
        />
      )}
      <DataTable caption={name} columns={columns} rows={rows} format={format} />
    </div>
  );
}
