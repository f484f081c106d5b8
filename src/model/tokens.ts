// Views of what a layer's two half-steps did to the tokens.

import { type Numbers, rowNorms } from '../math/matrix.ts';
import type { CrateConfig } from './config.ts';
import { istaStep } from './ista.ts';
import { overcompleteCodes } from './istaOvercomplete.ts';
import type { StepView, TokensView } from './views.ts';

/** What `tokensView` reads: n × d each, D d × m. */
export interface IstaTensors {
  readonly Z_half: Numbers;
  /** LN(Z_half). */
  readonly X: Numbers;
  readonly Z_next: Numbers;
  readonly D: Numbers;
  /** CRATE-α's codes as the engine has them, n × m, so that a view counts the same zeros; computed anew when absent. */
  readonly codes?: Numbers;
}

const toF32 = (values: Numbers): Float32Array => (values instanceof Float32Array ? values : new Float32Array(values));

/** Both half-steps of a layer; the values before the ReLU are computed anew from X and D. */
export function tokensView(
  { Z_half, X, Z_next, D, codes }: IstaTensors,
  n: number,
  d: number,
  { kind, eta, lambda }: Pick<CrateConfig, 'kind' | 'eta' | 'lambda'>,
  layer: number,
): TokensView {
  const halves = { layer, Z_half: toF32(Z_half), Z_next: toF32(Z_next) };
  if (kind !== 'crate-alpha') return { ...halves, before: toF32(istaStep(X, D, n, d, eta, lambda).before) };
  const step = overcompleteCodes(X, D, n, d, D.length / d, eta, lambda);
  return { ...halves, before: toF32(step.before), codes: toF32(codes ?? step.codes) };
}

/** What an MSSA half-step did: the step is Z_half − Z, both n × d. The cosine with a vector of zeros is 0. */
export function stepView(Z: Numbers, Z_half: Numbers, n: number, d: number, layer: number): StepView {
  const step = Float64Array.from(Z, (value, i) => (Z_half[i] as number) - value);
  const normBefore = rowNorms(Z, n, d);
  const normStep = rowNorms(step, n, d);
  const cosine = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    let dot = 0;
    for (let j = i * d; j < (i + 1) * d; j++) dot += (Z[j] as number) * (step[j] as number);
    const lengths = (normBefore[i] as number) * (normStep[i] as number);
    cosine[i] = lengths > 0 ? dot / lengths : 0;
  }
  return {
    layer,
    normBefore: toF32(normBefore),
    normAfter: toF32(rowNorms(Z_half, n, d)),
    normStep: toF32(normStep),
    cosine,
  };
}
