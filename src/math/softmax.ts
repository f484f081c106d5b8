// Softmax over the last axis.

import type { Numbers } from './matrix.ts';

/** Row-wise softmax of S rows × columns; the row's maximum is subtracted first, so no exponential overflows. */
export function softmaxRows(S: Numbers, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    let max = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < columns; j++) max = Math.max(max, S[row + j] as number);
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const e = Math.exp((S[row + j] as number) - max);
      out[row + j] = e;
      sum += e;
    }
    for (let j = 0; j < columns; j++) out[row + j] = (out[row + j] as number) / sum;
  }
  return out;
}

/** Softmax of one vector. */
export const softmax = (logits: Numbers): Float64Array => softmaxRows(logits, 1, logits.length);
