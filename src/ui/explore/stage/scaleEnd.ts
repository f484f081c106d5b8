// The scale of a Gram matrix of unit vectors, whose diagonal is 1 and would swamp the rest.

import { roundUp, sampled } from '../../maps/ramps.ts';

/** End of the scale: what 99.9 % of the entries beside the diagonal stay under, rounded up. */
export function scaleEnd(gram: Float32Array, size: number): number {
  const beside = sampled(gram, (_, i) => i % (size + 1) !== 0).sort();
  return Math.min(1, roundUp(beside[Math.floor(0.999 * (beside.length - 1))] ?? 1));
}
