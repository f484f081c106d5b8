// Lays the right operand of a product out as the product reads it. Weights are packed once, keys and values a head and picture. And a copy.

import { constant, f32, i32, wasmFunction } from './assembler.ts';
import { PANEL } from './product.ts';

/** Bytes of a panel for one t. */
const STEP = 4 * PANEL;

/**
 * Rows of B side by side in panels of eight: out[(⌊j/8⌋ · k + t) · 8 + j mod 8] = B[j · rowStride + t · columnStride] for j < n, t < k;
 * zeros for j from n up to a multiple of eight. A row stride of 1 packs the transpose of what lies there.
 */
export const pack = wasmFunction(
  'pack',
  { B: 'i32', rowStride: 'i32', columnStride: 'i32', n: 'i32', k: 'i32', out: 'i32' },
  (f, { B, rowStride, columnStride, n, k, out }) => {
    const [from, to, end, lane] = f.locals('i32', 'i32', 'i32', 'i32');
    const [nextRow, nextColumn] = f.locals('i32', 'i32');
    f.set(nextRow, i32.mul(rowStride, 4));
    f.set(nextColumn, i32.mul(columnStride, 4));
    f.while(n, () => {
      f.set(lane, 0);
      f.while(i32.ltU(lane, STEP), () => {
        f.set(from, B);
        f.set(to, i32.add(out, lane));
        f.set(end, i32.add(to, i32.mul(k, STEP)));
        f.when(i32.isZero(n), () => {
          f.while(i32.ltU(to, end), () => {
            f.store(to, constant('f32', 0));
            f.advance(to, STEP);
          });
        });
        f.when(n, () => {
          f.while(i32.ltU(to, end), () => {
            f.store(to, f32.load(from));
            f.advance(from, nextColumn);
            f.advance(to, STEP);
          });
          f.advance(B, nextRow);
          f.set(n, i32.sub(n, 1));
        });
        f.advance(lane, 4);
      });
      f.advance(out, i32.mul(k, STEP));
    });
  },
);

/** out[i] = from[i] for i < n, f32. */
export const copy = wasmFunction('copy', { from: 'i32', n: 'i32', out: 'i32' }, (f, { from, n, out }) => {
  f.while(n, () => {
    f.store(out, f32.load(from));
    f.advance(from, 4);
    f.advance(out, 4);
    f.set(n, i32.sub(n, 1));
  });
});
