// LayerNorm over rows, in f32.

import { acrossLanes, constant, type Expr, f32, f32x4, i32, v128, wasmFunction } from './assembler.ts';

/**
 * Row i of m: Y = (x − mean) / √(variance + ε) ∘ weight + bias with the biased variance over d. X and Y are m × ld, ld a multiple of four;
 * weight and bias are zero from d on, so that Y is too.
 *
 * CPU reference: layerNorm in src/model/layerNorm.ts.
 */
export const layerNorm = wasmFunction(
  'layer_norm',
  { X: 'i32', weight: 'i32', bias: 'i32', Y: 'i32', ld: 'i32', m: 'i32', d: 'i32', eps: 'f32' },
  (f, { X, weight, bias, Y, ld, m, d, eps }) => {
    const [x, y, w, b, stride, whole, end, padded] = f.locals('i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32');
    const [sums, mean, scale, sum] = f.locals('v128', 'v128', 'v128', 'f32');
    /** Σ of a term of x over the row: by fours, then what is left one by one. */
    const overRow = (terms: (of: Expr<'v128'>) => Expr<'v128'>): void => {
      f.set(sums, v128.zero);
      f.set(x, X);
      f.while(i32.ltU(x, whole), () => {
        f.set(sums, f32x4.add(sums, terms(v128.load(x))));
        f.advance(x, 16);
      });
      f.set(sum, acrossLanes(f32.add, sums));
      f.while(i32.ltU(x, end), () => {
        f.set(sum, f32.add(sum, f32x4.lane(terms(v128.load32Splat(x)), 0)));
        f.advance(x, 4);
      });
      f.set(sum, f32.div(sum, f32.fromU32(d)));
    };

    f.set(stride, i32.mul(ld, 4));
    f.while(m, () => {
      f.set(whole, i32.add(X, i32.mul(i32.and(d, -4), 4)));
      f.set(end, i32.add(X, i32.mul(d, 4)));
      f.set(padded, i32.add(X, stride));
      overRow((value) => value);
      f.set(mean, f32x4.splat(sum));
      overRow((value) => f32x4.mul(f32x4.sub(value, mean), f32x4.sub(value, mean)));
      f.set(scale, f32x4.splat(f32.div(constant('f32', 1), f32.sqrt(f32.add(sum, eps)))));

      f.set(x, X);
      f.set(y, Y);
      f.set(w, weight);
      f.set(b, bias);
      f.while(i32.ltU(x, padded), () => {
        const unit = f32x4.mul(f32x4.sub(v128.load(x), mean), scale);
        f.store(y, f32x4.add(f32x4.mul(unit, v128.load(w)), v128.load(b)));
        for (const pointer of [x, y, w, b]) f.advance(pointer, 16);
      });
      f.advance(X, stride);
      f.advance(Y, stride);
      f.set(m, i32.sub(m, 1));
    });
  },
);
