// Values derived from the state; never stored.

import { gridSide, tokenCount } from '../model/config.ts';
import type { LayerTrace, Place } from '../model/trace.ts';
import type { AppState, ModelInfo, Normalisation, PictureInfo, RateUnit, Reports, Step } from './state.ts';

export const selectReports = (state: AppState): Reports | null => state.run.reports;

export const selectModel = (state: AppState): ModelInfo | null =>
  state.model.status === 'ready' ? state.model.info : state.model.status === 'none' ? null : state.model.last;

export const selectPicture = (state: AppState): PictureInfo | null =>
  state.pictureState.status === 'ready'
    ? state.pictureState.info
    : state.pictureState.status === 'none'
      ? null
      : state.pictureState.last;

/** Patches a side; 0 while no model is known. */
export const selectGridSide = (state: AppState): number => {
  const model = selectModel(state);
  return model ? gridSide(model.config) : 0;
};

export const selectTokenCount = (state: AppState): number => {
  const model = selectModel(state);
  return model ? tokenCount(model.config) : 0;
};

/** All stops of the rail in order: picture, embed, MSSA and ISTA of each layer, head. */
export function stepsOf(layers: number): readonly Step[] {
  const steps: Step[] = [{ at: 'picture' }, { at: 'embed' }];
  for (let layer = 0; layer < layers; layer++) steps.push({ at: 'mssa', layer }, { at: 'ista', layer });
  steps.push({ at: 'head' });
  return steps;
}

export const sameStep = (a: Step, b: Step): boolean =>
  a.at === b.at && ('layer' in a ? a.layer : -1) === ('layer' in b ? b.layer : -1);

/** The layer of a step; picture and embed belong to the first, head to the last. */
export const layerOf = (step: Step, layers: number): number =>
  'layer' in step ? Math.min(step.layer, Math.max(0, layers - 1)) : step.at === 'head' ? Math.max(0, layers - 1) : 0;

const BITS_PER_NAT = 1 / Math.LN2;

export const inUnit = (nats: number, unit: RateUnit): number => (unit === 'bits' ? nats * BITS_PER_NAT : nats);

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** R^c(Z | U) of a layer at a place: the sum over heads, nats. */
export const rateGiven = (layer: LayerTrace, place: Place, by: Normalisation): number => sum(layer.Rc[place][by]);

/** R(Z) of a layer at a place, nats. */
export const rateOfAll = (layer: LayerTrace, place: Place, by: Normalisation): number => layer.R[place][by];

/** ΔR = R − R^c, nats. */
export const rateReduction = (layer: LayerTrace, place: Place, by: Normalisation): number =>
  rateOfAll(layer, place, by) - rateGiven(layer, place, by);

/**
 * Share of entries that ISTA left, in [0, 1]: of the codes z2 where a layer has them, since CRATE-α's residual leaves no zeros in Z^{ℓ+1};
 * else of Z^{ℓ+1}. What the rail, the charts and the verdicts show as "non-zeros".
 */
export const nonzeroShare = ({ nonzero }: LayerTrace): number => nonzero.codes ?? nonzero.output;

/** Whether `nonzeroShare` speaks of codes. */
export const countsCodes = (layers: readonly LayerTrace[]): boolean =>
  layers.some(({ nonzero }) => nonzero.codes !== undefined);

/** How that share is called: "non-zeros", or "non-zeros of the codes". */
export const nonzeroWords = (layers: readonly LayerTrace[]): string =>
  countsCodes(layers) ? 'non-zeros of the codes' : 'non-zeros';

/** CRATE-MAE: 1 for each patch that the encoder did not see on the last run; null elsewhere. */
export const selectHidden = (state: AppState): Uint8Array | null =>
  selectReports(state)?.reconstruction?.hidden ?? null;

/**
 * What R^c cannot exceed when every token has length one in each subspace, nats: K · r/2 · ln(1 + p/(r ε²)) with r = min(p, n), since n
 * tokens span no more than n directions.
 */
export function rateCeiling(K: number, p: number, n: number, eps2: number): number {
  const r = Math.min(p, n);
  return ((K * r) / 2) * Math.log(1 + p / (r * eps2));
}

/** What the last stop of the rail is: CRATE-MAE has a decoder in place of a class head. */
export const headName = (model: ModelInfo | null): 'head' | 'decoder' =>
  model?.config.kind === 'crate-mae' ? 'decoder' : 'head';
