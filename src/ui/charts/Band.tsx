// Mean ± one standard deviation over a data set, as an area behind the curves.

import type { ScaleLinear } from 'd3-scale';
import { area } from 'd3-shape';

export interface BandValues {
  /** One entry a layer, in the chart's unit. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

interface BandProps extends BandValues {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

export function Band({ mean, std, x, y }: BandProps) {
  const points = mean.map((value, i) => ({ layer: i, low: value - (std[i] ?? 0), high: value + (std[i] ?? 0) }));
  const path = area<(typeof points)[number]>()
    .defined(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
    .x(({ layer }) => x(layer))
    .y0(({ low }) => y(low))
    .y1(({ high }) => y(high))(points);
  return path ? <path className="chart-band" d={path} /> : null;
}
