// A linear map as torch.nn.Linear stores it.

import { type Numbers, productABt } from '../math/matrix.ts';

/** X Wᵀ + b for X rows × inputs, W outputs × inputs, b outputs or null: rows × outputs. */
export function linear(
  X: Numbers,
  W: Numbers,
  b: Numbers | null,
  rows: number,
  inputs: number,
  outputs: number,
): Float64Array {
  if (b && b.length !== outputs) throw new RangeError(`linear: bias holds ${b.length} numbers, ${outputs} outputs`);
  const out = productABt(X, W, rows, outputs, inputs);
  if (!b) return out;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < outputs; j++) out[i * outputs + j] = (out[i * outputs + j] as number) + (b[j] as number);
  }
  return out;
}
