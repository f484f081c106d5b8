// The two scales of the rail, shared by all layers so that slopes and bars compare.

import { scaleLinear } from 'd3-scale';
import type { LayerTrace } from '../../../model/trace.ts';
import { inUnit, nonzeroShare, rateGiven } from '../../../store/selectors.ts';
import type { Normalisation, RateUnit } from '../../../store/state.ts';

/** Top and bottom of a lane, px. */
export type Lane = readonly [top: number, bottom: number];

export interface RailScales {
  /** y of an R^c in the chosen unit. */
  readonly rate: (value: number) => number;
  readonly rateEnds: readonly [low: number, high: number];
  /** y of a share of non-zeros; the lane starts at zero. */
  readonly nonzero: (share: number) => number;
  readonly nonzeroTop: number;
}

/** R^c of a layer at input, half and output, in the chosen unit. */
export const ratesOf = (layer: LayerTrace, by: Normalisation, unit: RateUnit): readonly [number, number, number] => [
  inUnit(rateGiven(layer, 'input', by), unit),
  inUnit(rateGiven(layer, 'half', by), unit),
  inUnit(rateGiven(layer, 'output', by), unit),
];

export function railScales(
  layers: readonly LayerTrace[],
  by: Normalisation,
  unit: RateUnit,
  rateLane: Lane,
  nonzeroLane: Lane,
): RailScales {
  const rates = layers.flatMap((layer) => [...ratesOf(layer, by, unit)]);
  const rate = scaleLinear()
    .domain([Math.min(...rates), Math.max(...rates)])
    .nice(8)
    .range([rateLane[1], rateLane[0]]);
  const most = Math.max(...layers.map(nonzeroShare));
  const nonzero = scaleLinear()
    .domain([0, most > 0 ? most : 1])
    .nice(4)
    .range([nonzeroLane[1], nonzeroLane[0]]);
  const [low = 0, high = 0] = rate.domain();
  return { rate, rateEnds: [low, high], nonzero, nonzeroTop: nonzero.domain()[1] ?? 1 };
}
