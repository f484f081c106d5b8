// Cholesky factors in f64, of what the rates take log-determinants of: two matrices at a time, one in each lane of a vector, since every rate
// is wanted of the tokens as they are and of unit ones.

import { constant, type Expr, f64x2, i32, type MultiplyAdd, v128, wasmFunction } from './assembler.ts';

/** Bytes of an entry of both matrices. */
const PAIR = 16;
const ones = f64x2.splat(constant('f64', 1));

/**
 * For j ≤ i < m, first lane: M = I + α G[i,j]. Second lane: I + α H[i,j], or, with scales s (address 0: none), I + α · s_i s_j G[i,j]. G and H
 * have rows of ld f64, M rows of ld pairs.
 */
export const identityPlus = wasmFunction(
  'identity_plus',
  { alpha: 'f64', G: 'i32', H: 'i32', M: 'i32', ld: 'i32', m: 'i32', scales: 'i32' },
  (f, { alpha, G, H, M, ld, m, scales }) => {
    const [i, j, at, value, row] = f.locals('i32', 'i32', 'i32', 'v128', 'v128');
    f.while(i32.ltU(i, m), () => {
      f.set(row, f64x2.splat(alpha));
      f.when(scales, () => f.set(row, f64x2.mul(row, v128.withSecond(ones, i32.add(scales, i32.mul(i, 8))))));
      f.set(j, 0);
      f.set(at, M);
      f.while(i32.geU(i, j), () => {
        f.set(value, v128.load64Splat(i32.add(G, i32.mul(j, 8))));
        f.when(scales, () => f.set(value, f64x2.mul(value, v128.withSecond(ones, i32.add(scales, i32.mul(j, 8))))));
        f.when(i32.isZero(scales), () => f.set(value, v128.withSecond(value, i32.add(H, i32.mul(j, 8)))));
        f.set(value, f64x2.mul(value, row));
        f.store(at, value);
        f.advance(at, PAIR);
        f.advance(j, 1);
      });
      // `at` is behind the diagonal here.
      f.store(i32.sub(at, PAIR), f64x2.add(value, ones));
      for (const rows of [G, H]) f.advance(rows, i32.mul(ld, 8));
      f.advance(M, i32.mul(ld, PAIR));
      f.advance(i, 1);
    });
  },
);

/**
 * The lower factors L of both M = L Lᵀ in place, m × m with rows of ld pairs; `inverse` takes 1 / L[i,i] and `pivots` L[i,i]², m pairs each.
 * Four columns of a row at a time. A pivot that is not positive stands in `pivots` and what follows from it is NaN.
 *
 * CPU reference: cholesky in src/math/cholesky.ts.
 */
export const cholesky = ({ f64x2: multiplyAdd }: MultiplyAdd) =>
  wasmFunction(
    'cholesky',
    { M: 'i32', ld: 'i32', m: 'i32', inverse: 'i32', pivots: 'i32' },
    (f, { M, ld, m, inverse, pivots }) => {
      const [i, j, stride, row, other, t, end, x] = f.locals('i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'v128');
      const columns = [0, 1, 2, 3].map(() => {
        const [at, value] = f.locals('i32', 'v128');
        return { at, value };
      });
      type Column = (typeof columns)[number];
      const inverseOf = (column: number): Expr<'v128'> => v128.load(i32.add(inverse, i32.mul(j, PAIR)), PAIR * column);
      /** value = M[i, j + its place] less what the columns before j give, for each column; `at` and `t` are left at column j. */
      const reduce = (some: readonly Column[]): void => {
        some.forEach(({ at, value }, q) => {
          f.set(at, q === 0 ? other : i32.add(some[q - 1]?.at ?? other, stride));
          f.set(value, v128.zero);
        });
        f.set(t, row);
        f.set(end, i32.add(row, i32.mul(j, PAIR)));
        f.while(i32.ltU(t, end), () => {
          f.set(x, v128.load(t));
          for (const { at, value } of some) {
            f.set(value, multiplyAdd(x, v128.load(at), value));
            f.advance(at, PAIR);
          }
          f.advance(t, PAIR);
        });
        some.forEach(({ value }, q) => {
          f.set(value, f64x2.sub(v128.load(t, PAIR * q), value));
        });
      };

      f.set(stride, i32.mul(ld, PAIR));
      f.set(row, M);
      f.while(i32.ltU(i, m), () => {
        f.set(j, 0);
        f.set(other, M);
        f.while(i32.geU(i, i32.add(j, 4)), () => {
          reduce(columns);
          columns.forEach(({ at, value }, q) => {
            columns.slice(0, q).forEach((solved, r) => {
              f.set(value, f64x2.sub(value, f64x2.mul(solved.value, v128.load(at, PAIR * r))));
            });
            f.set(value, f64x2.mul(value, inverseOf(q)));
            f.store(t, value, PAIR * q);
          });
          f.advance(j, 4);
          f.advance(other, i32.mul(stride, 4));
        });
        const [column] = columns as [Column];
        f.while(i32.geU(i, j), () => {
          reduce([column]);
          f.when(i32.ltU(j, i), () => f.store(t, f64x2.mul(column.value, inverseOf(0))));
          f.when(i32.geU(j, i), () => {
            f.store(i32.add(pivots, i32.mul(i, PAIR)), column.value);
            f.set(column.value, f64x2.sqrt(column.value));
            f.store(t, column.value);
            f.store(i32.add(inverse, i32.mul(i, PAIR)), f64x2.div(ones, column.value));
          });
          f.advance(j, 1);
          f.advance(other, stride);
        });
        f.advance(row, stride);
        f.advance(i, 1);
      });
    },
  );
