// How much memory weights take.

import type { CrateWeights } from './weights.ts';

/** Bytes of all arrays of the weights, or of a part of them. */
export function weightBytes(weights: CrateWeights | CrateWeights['layers'][number]): number {
  return bytesIn(weights);
}

function bytesIn(value: unknown): number {
  if (value instanceof Float32Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + bytesIn(part), 0);
}
