// What a stop of the rail is called, and what a screen reader hears at its button.

import type { LayerTrace } from '../../../model/trace.ts';
import type { Normalisation, RateUnit, Step } from '../../../store/state.ts';
import { fixed, percent } from '../../text/numbers.ts';
import { ratesOf } from './railScales.ts';
import { istaAgrees, mssaAgrees } from './verdict.ts';

export function stepName(step: Step): string {
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
      return 'Head';
  }
}

const verdictOf = (agrees: boolean): string => (agrees ? 'as theory says' : 'against theory');

export function sayStep(step: Step, layers: readonly LayerTrace[], by: Normalisation, unit: RateUnit): string {
  const name = stepName(step);
  const layer = 'layer' in step ? layers[step.layer] : undefined;
  if (!layer) return name;
  if (step.at === 'mssa') {
    const [input, half] = ratesOf(layer, by, unit);
    return `${name}: coding rate ${fixed(input)} to ${fixed(half)} ${unit}, ${verdictOf(mssaAgrees(layer, by))}`;
  }
  const before = layers[layer.index - 2];
  const share = percent(layer.nonzero.output);
  if (!before) return `${name}: non-zeros ${share}`;
  const agrees = istaAgrees(layers, layer.index - 1);
  return `${name}: non-zeros ${percent(before.nonzero.output)} to ${share}, ${verdictOf(agrees)}`;
}
