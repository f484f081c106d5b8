// Which patches CRATE-MAE does not see: a share of them, by a seeded shuffle.

import { seeded } from '../math/random.ts';

/**
 * 1 for each of N patches that is hidden. As the released `random_masking`: uniform noise a patch, the first int(N·(1 − ratio)) of its
 * sort are kept. `ratio` in [0, 1].
 */
export function hiddenPatches(N: number, ratio: number, seed: number): Uint8Array {
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`invalid ratio: ${ratio}`);
  const uniform = seeded(seed);
  const noise = Float64Array.from({ length: N }, uniform);
  const order = Array.from(noise.keys()).sort((a, b) => (noise[a] as number) - (noise[b] as number));
  const hidden = new Uint8Array(N).fill(1);
  for (const patch of order.slice(0, Math.trunc(N * (1 - ratio)))) hidden[patch] = 0;
  return hidden;
}

/** Their indices, for a document. */
export const hiddenIndices = (hidden: Uint8Array): readonly number[] =>
  Array.from(hidden.keys()).filter((patch) => hidden[patch] === 1);
