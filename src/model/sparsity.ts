// How sparse tokens are.

import type { Numbers } from '../math/matrix.ts';

/** Entries that are not exactly zero. */
export function nonzeroCount(Z: Numbers): number {
  let count = 0;
  for (let i = 0; i < Z.length; i++) if (Z[i] !== 0) count++;
  return count;
}

/** ‖Z‖₀ / (n·d), in [0, 1]; the class token is counted. The released script reports the share of zeros, 1 minus this. */
export const nonzeroShare = (Z: Numbers): number => nonzeroCount(Z) / Z.length;

/** ‖Z‖₁ = Σ|z|. */
export function l1Norm(Z: Numbers): number {
  let sum = 0;
  for (let i = 0; i < Z.length; i++) sum += Math.abs(Z[i] as number);
  return sum;
}
