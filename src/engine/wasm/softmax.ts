// Softmax of rows, in f32, in place.

import { acrossLanes, constant, f32, f32x4, i32, i32x4, type MultiplyAdd, v128, wasmFunction } from './assembler.ts';

/** What no score is below: the running maximum begins here, and padding is given it. */
const LOWEST = -3.4028234e38;
/** exp of less is not a normal f32. */
const LEAST_EXPONENT = -87.3;
const LOG2_E = Math.LOG2E;
/** ln 2 = HIGH + LOW; HIGH has so few bits that its products with exponents are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
/** exp(r) ≈ 1 + r + r² · P(r) for |r| ≤ ½ ln 2, highest power first: Cephes' expf, relative error under 2e-7. */
const P = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];

/**
 * Each of m rows: S[i,j] = exp(S[i,j] − max_j) / Σ_j for j < n. Columns up to the next multiple of four are written too; rows lie ld
 * apart. NaN stays.
 *
 * CPU reference: softmaxRows in src/math/softmax.ts.
 */
export const softmaxRows = ({ f32x4: multiplyAdd }: MultiplyAdd) =>
  wasmFunction('softmax_rows', { S: 'i32', ld: 'i32', m: 'i32', n: 'i32' }, (f, { S, ld, m, n }) => {
    const [at, end, padded, one] = f.locals('i32', 'i32', 'i32', 'f32');
    const [max, sum, x, power, y] = f.locals('v128', 'v128', 'v128', 'v128', 'v128');
    const splat = (value: number) => f32x4.splat(constant('f32', value));
    const eachVector = (body: () => void): void => {
      f.set(at, S);
      f.while(i32.ltU(at, padded), () => {
        body();
        f.advance(at, 16);
      });
    };

    f.while(m, () => {
      f.set(end, i32.add(S, i32.mul(n, 4)));
      f.set(padded, i32.add(S, i32.and(i32.add(i32.mul(n, 4), 15), -16)));
      f.set(at, end);
      f.while(i32.ltU(at, padded), () => {
        f.store(at, constant('f32', LOWEST));
        f.advance(at, 4);
      });

      f.set(max, splat(LOWEST));
      eachVector(() => f.set(max, f32x4.pmax(max, v128.load(at))));
      f.set(one, acrossLanes(f32.max, max));
      f.set(max, f32x4.splat(one));

      f.set(sum, v128.zero);
      eachVector(() => {
        f.set(x, f32x4.pmax(f32x4.sub(v128.load(at), max), splat(LEAST_EXPONENT)));
        f.set(power, f32x4.nearest(f32x4.mul(x, splat(LOG2_E))));
        f.set(x, multiplyAdd(power, splat(-LN2_HIGH), x));
        f.set(x, multiplyAdd(power, splat(-LN2_LOW), x));
        const [first = 0, ...rest] = P;
        f.set(y, splat(first));
        for (const coefficient of rest) f.set(y, multiplyAdd(y, x, splat(coefficient)));
        f.set(y, f32x4.add(multiplyAdd(f32x4.mul(x, x), y, x), splat(1)));
        // 2^power: its bits are the biased exponent.
        const bits = i32x4.shl(i32x4.add(i32x4.truncate(power), i32x4.splat(127)), 23);
        f.set(y, f32x4.mul(y, bits));
        f.store(at, y);
        f.set(sum, f32x4.add(sum, y));
      });
      f.set(one, acrossLanes(f32.add, sum));
      f.set(sum, f32x4.splat(f32.div(1, one)));
      eachVector(() => f.store(at, f32x4.mul(v128.load(at), sum)));

      f.advance(S, i32.mul(ld, 4));
      f.set(m, i32.sub(m, 1));
    });
  });
