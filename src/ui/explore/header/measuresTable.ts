// The measures of a run as a table, a line a layer: every number behind the rail and the curves.

import type { LayerTrace, Place } from '../../../model/trace.ts';
import { rateGiven } from '../../../store/selectors.ts';
import type { Normalisation } from '../../../store/state.ts';
import type { Table } from '../../charts/exportCsv.ts';

const PLACES: readonly Place[] = ['input', 'half', 'output'];
const NORMALISATIONS: readonly Normalisation[] = ['unit', 'raw'];

/** R^c (summed over heads) and R in nats at the three places by both normalisations, shares of non-zeros, Σ|Z^{ℓ+1}|. */
export function measuresTable(layers: readonly LayerTrace[]): Table {
  // CRATE-α alone has codes apart from its tokens.
  const hasCodes = layers.some(({ nonzero }) => nonzero.codes !== undefined);
  const rates = PLACES.flatMap((place) => NORMALISATIONS.map((by) => ({ place, by })));
  return {
    columns: [
      'layer',
      ...rates.map(({ place, by }) => `Rc ${place} ${by} (nats)`),
      ...rates.map(({ place, by }) => `R ${place} ${by} (nats)`),
      'non-zeros half (share)',
      'non-zeros output (share)',
      ...(hasCodes ? ['non-zeros codes (share)'] : []),
      'l1 output',
    ],
    rows: layers.map((layer) => [
      layer.index,
      ...rates.map(({ place, by }) => rateGiven(layer, place, by)),
      ...rates.map(({ place, by }) => layer.R[place][by]),
      layer.nonzero.half,
      layer.nonzero.output,
      ...(hasCodes ? [layer.nonzero.codes ?? Number.NaN] : []),
      layer.l1,
    ]),
  };
}
