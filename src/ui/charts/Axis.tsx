// The value axis (faint rules, numbers at the left) and the layer axis (numbers beneath). No frame.

import type { ScaleLinear } from 'd3-scale';
import type { ValueScale } from './scales.ts';

interface ValueAxisProps {
  readonly scale: ValueScale;
  readonly left: number;
  readonly right: number;
}

export function ValueAxis({ scale, left, right }: ValueAxisProps) {
  return (
    <g className="chart-axis">
      {scale.ticks.map((tick) => {
        // On half a pixel a hairline is one pixel, not two grey ones.
        const y = Math.round(scale.y(tick)) + 0.5;
        return (
          <g key={tick}>
            <path className="chart-rule" d={`M${left} ${y}H${right}`} />
            <text className="chart-tick" x={left - 6} y={y + 3.5} textAnchor="end">
              {scale.format(tick)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

interface LayerAxisProps {
  readonly x: ScaleLinear<number, number>;
  /** Layers (from 0) to label. */
  readonly labelled: readonly number[];
  readonly chosen: number | null;
  readonly y: number;
  /** Where the word "layer" ends, px; null leaves it out. */
  readonly end: number | null;
}

export function LayerAxis({ x, labelled, chosen, y, end }: LayerAxisProps) {
  return (
    <g className="chart-axis">
      {labelled.map((layer) => (
        <text
          key={layer}
          className={layer === chosen ? 'chart-tick chart-chosen' : 'chart-tick'}
          x={x(layer)}
          y={y}
          textAnchor="middle"
        >
          {layer + 1}
        </text>
      ))}
      {end === null ? null : (
        <text className="chart-tick" x={end} y={y} textAnchor="end">
          layer
        </text>
      )}
    </g>
  );
}
