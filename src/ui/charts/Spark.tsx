// A small curve without an axis; the value at its end (and at the cursor, if it is another) is printed.

import type { Ref } from 'react';
import { Cursor } from './Cursor.tsx';
import { Curve, isDrawn } from './Curve.tsx';
import { DataTable } from './DataTable.tsx';
import { LayerButtons } from './LayerButtons.tsx';
import { axisNumber, layerScale } from './scales.ts';
import './charts.css';

export interface SparkProps {
  readonly name: string;
  /** One entry a layer. */
  readonly values: readonly number[];
  readonly against?: readonly boolean[];
  readonly unit: string;
  readonly width: number;
  readonly height: number;
  readonly digits?: number;
  readonly cursor: { readonly layer: number; readonly operator: 'mssa' | 'ista' | 'ink' } | null;
  readonly onPick?: (layer: number) => void;
  readonly svgRef?: Ref<SVGSVGElement>;
}

/** Room for the number at the end, px. */
const END = 52;

export function Spark({
  name,
  values,
  against = [],
  unit,
  width,
  height,
  digits = 1,
  cursor,
  onPick,
  svgRef,
}: SparkProps) {
  const count = values.length;
  const right = Math.max(5, width - END);
  const drawn = values.filter(isDrawn);
  const [low, high] = drawn.length ? [Math.min(...drawn), Math.max(...drawn)] : [0, 1];
  const x = layerScale(count, 4, right);
  // No axis: the curve fills its height; a level one lies in the middle.
  const y = layerScale(2, height - 5, 6).domain(high > low ? [low, high] : [low - 1, low + 1]);
  const spacing = count > 1 ? (right - 4) / (count - 1) : right;
  const last = values.at(-1);
  const format = (value: number) => axisNumber(value, digits);
  return (
    <div className="chart" style={{ width }}>
      <svg
        ref={svgRef}
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${name}, ${unit}${isDrawn(values[0]) && isDrawn(last) ? `: ${format(values[0])} at layer 1, ${format(last)} at layer ${count}` : ''}`}
      >
        {cursor && cursor.layer < count ? (
          <Cursor
            x={x(cursor.layer)}
            top={0}
            height={height}
            width={Math.min(12, Math.max(4, spacing))}
            operator={cursor.operator}
          />
        ) : null}
        <Curve
          values={values}
          emphasis="main"
          accent="ink"
          x={x}
          y={y}
          against={against}
          mark={spacing < 5 ? 0 : spacing < 8 ? 1.6 : 2.5}
        />
        {isDrawn(last) ? (
          <text className="chart-name chart-end" x={right + 8} y={Math.min(height - 2, Math.max(9, y(last) + 4))}>
            {format(last)}
          </text>
        ) : null}
      </svg>
      {onPick ? (
        <LayerButtons
          count={count}
          x={x}
          left={0}
          right={right + 6}
          top={0}
          height={height}
          label={(layer) => `Go to layer ${layer + 1}`}
          onPick={onPick}
        />
      ) : null}
      <DataTable
        caption={name}
        columns={['layer', `${name}, ${unit}`]}
        rows={values.map((value, i) => [i + 1, value])}
        format={format}
      />
    </div>
  );
}
