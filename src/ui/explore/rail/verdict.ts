// Whether each half-step did what the theory says of it: MSSA lowers R^c, from its input to its half-step in the same layer's U;
// ISTA leaves fewer non-zeros than the layer before it.

import type { LayerTrace } from '../../../model/trace.ts';
import { goesAgainst } from '../../../store/diagnosis.ts';
import { nonzeroShare, rateGiven } from '../../../store/selectors.ts';
import type { Normalisation } from '../../../store/state.ts';

export const mssaAgrees = (layer: LayerTrace, by: Normalisation): boolean =>
  goesAgainst([rateGiven(layer, 'input', by), rateGiven(layer, 'half', by)])[1] !== true;

/** The first layer has none before it to be compared with, so it cannot depart. */
export const istaAgrees = (layers: readonly LayerTrace[], index: number): boolean =>
  goesAgainst(layers.map(nonzeroShare))[index] !== true;

export interface Tally {
  /** Layers in which the theory is met. */
  readonly met: number;
  /** Layers that could have met it. */
  readonly of: number;
}

export const tallyMssa = (layers: readonly LayerTrace[], by: Normalisation): Tally => ({
  met: layers.filter((layer) => mssaAgrees(layer, by)).length,
  of: layers.length,
});

export const tallyIsta = (layers: readonly LayerTrace[]): Tally => ({
  met: layers.filter((_, index) => index > 0 && istaAgrees(layers, index)).length,
  of: Math.max(0, layers.length - 1),
});
