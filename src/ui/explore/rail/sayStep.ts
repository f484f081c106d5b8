// What a stop of the rail is called, and what a screen reader hears at its button.

import type { LayerTrace } from '../../../model/trace.ts';
import { nonzeroShare, nonzeroWords } from '../../../store/selectors.ts';
import type { Normalisation, RateUnit, Step } from '../../../store/state.ts';
import { fixed, percent } from '../../text/numbers.ts';
import { ratesOf } from './railScales.ts';
import { istaAgrees, mssaAgrees } from './verdict.ts';

export type HeadName = 'head' | 'decoder';

export function stepName(step: Step, head: HeadName): string {
  switch (step.at) {
    case 'picture':
      return 'Picture';
    case 'embed':
      return 'Embedding';
    case 'mssa':
      return `Layer ${step.layer + 1}, MSSA`;
    case 'ista':
      return `Layer ${step.layer + 1}, ISTA`;
    case 'head':
      return head === 'head' ? 'Head' : 'Decoder';
  }
}

const verdictOf = (agrees: boolean): string => (agrees ? 'as theory says' : 'against theory');

export function sayStep(
  step: Step,
  layers: readonly LayerTrace[],
  by: Normalisation,
  unit: RateUnit,
  head: HeadName,
): string {
  const name = stepName(step, head);
  const layer = 'layer' in step ? layers[step.layer] : undefined;
  if (!layer) return name;
  if (step.at === 'mssa') {
    const [input, half] = ratesOf(layer, by, unit);
    return `${name}: coding rate ${fixed(input)} to ${fixed(half)} ${unit}, ${verdictOf(mssaAgrees(layer, by))}`;
  }
  const before = layers[layer.index - 2];
  const share = percent(nonzeroShare(layer));
  const words = nonzeroWords(layers);
  if (!before) return `${name}: ${words} ${share}`;
  const agrees = istaAgrees(layers, layer.index - 1);
  return `${name}: ${words} ${percent(nonzeroShare(before))} to ${share}, ${verdictOf(agrees)}`;
}
