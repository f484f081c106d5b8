// How sparse tokens are.

import { f32x4, f64, f64x2, i32, i32x4, v128, wasmFunction } from './assembler.ts';

/**
 * out[0] = entries of X that are not exactly zero, out[1] = Σ|X|, both f64, over so many entries, a multiple of four below 2³¹.
 *
 * CPU reference: nonzeroCount and l1Norm in src/model/sparsity.ts.
 */
export const sparsity = wasmFunction('sparsity', { X: 'i32', entries: 'i32', out: 'i32' }, (f, { X, entries, out }) => {
  const [end, x, counts, low, high] = f.locals('i32', 'v128', 'v128', 'v128', 'v128');
  f.set(end, i32.add(X, i32.mul(entries, 4)));
  f.while(i32.ltU(X, end), () => {
    f.set(x, v128.load(X));
    f.set(counts, i32x4.sub(counts, f32x4.ne(x, v128.zero)));
    f.set(x, f32x4.abs(x));
    f.set(low, f64x2.add(low, f64x2.promoteLow(x)));
    f.set(high, f64x2.add(high, f64x2.promoteHigh(x)));
    f.advance(X, 16);
  });
  const count = (lane: 0 | 1 | 2 | 3) => i32x4.lane(counts, lane);
  f.store(out, f64.fromI32(i32.add(i32.add(count(0), count(1)), i32.add(count(2), count(3)))));
  f.set(low, f64x2.add(low, high));
  f.store(out, f64.add(f64x2.lane(low, 0), f64x2.lane(low, 1)), 8);
});
