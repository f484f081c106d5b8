// LayerNorm over the last axis, as torch.nn.LayerNorm computes it.

import type { Numbers } from '../math/matrix.ts';

/** torch's default ε, which the released CRATE has everywhere; CRATE-α and CRATE-MAE's decoder differ (layerNormEps in config.ts). */
export const LAYER_NORM_EPS = 1e-5;

/** Row i: (x_i − mean) / √(variance + ε) ∘ weight + bias, with the biased variance over d. X is n × d; returns n × d. */
export function layerNorm(
  X: Numbers,
  weight: Numbers,
  bias: Numbers,
  n: number,
  d: number,
  eps: number = LAYER_NORM_EPS,
): Float64Array {
  if (X.length !== n * d || weight.length !== d || bias.length !== d) {
    throw new RangeError(
      `layerNorm: X holds ${X.length} numbers for ${n}×${d}, weight ${weight.length}, bias ${bias.length}`,
    );
  }
  const out = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const row = i * d;
    let sum = 0;
    for (let j = 0; j < d; j++) sum += X[row + j] as number;
    const mean = sum / d;
    let squares = 0;
    for (let j = 0; j < d; j++) squares += ((X[row + j] as number) - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / d + eps);
    for (let j = 0; j < d; j++) {
      out[row + j] = ((X[row + j] as number) - mean) * scale * (weight[j] as number) + (bias[j] as number);
    }
  }
  return out;
}
