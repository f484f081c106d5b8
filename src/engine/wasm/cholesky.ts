// Cholesky factors in f64, of what the rates take log-determinants of.

import { type Expr, f64, f64x2, i32, type MultiplyAdd, v128, wasmFunction } from './assembler.ts';

/**
 * M = I + α · s_i s_j G[i,j] for j ≤ i < m, both with rows of ld; f64. G may be M. Address 0 for the scales s: none.
 */
export const identityPlus = wasmFunction(
  'identity_plus',
  { G: 'i32', M: 'i32', ld: 'i32', m: 'i32', alpha: 'f64', scales: 'i32' },
  (f, { G, M, ld, m, alpha, scales }) => {
    const [i, j, stride, value, row] = f.locals('i32', 'i32', 'i32', 'f64', 'f64');
    f.set(stride, i32.mul(ld, 8));
    f.set(row, alpha);
    f.while(i32.ltU(i, m), () => {
      f.when(scales, () => f.set(row, f64.mul(alpha, f64.load(i32.add(scales, i32.mul(i, 8))))));
      f.set(j, 0);
      f.while(i32.geU(i, j), () => {
        f.set(value, f64.mul(row, f64.load(i32.add(G, i32.mul(j, 8)))));
        f.when(scales, () => f.set(value, f64.mul(value, f64.load(i32.add(scales, i32.mul(j, 8))))));
        f.store(i32.add(M, i32.mul(j, 8)), value);
        f.advance(j, 1);
      });
      // j is i + 1 here.
      f.store(i32.add(M, i32.mul(i, 8)), f64.add(value, 1));
      f.advance(G, stride);
      f.advance(M, stride);
      f.advance(i, 1);
    });
  },
);

/**
 * The lower factor L of M = L Lᵀ in place, m × m with rows of ld, f64; `inverse` takes 1 / L[i,i], m numbers. Four columns of a row at a
 * time. Returns 0, or 1 + the first row whose pivot is not positive; NaN goes through.
 *
 * CPU reference: cholesky in src/math/cholesky.ts.
 */
export const cholesky = ({ f64x2: multiplyAdd }: MultiplyAdd) =>
  wasmFunction('cholesky', { M: 'i32', ld: 'i32', m: 'i32', inverse: 'i32' }, (f, { M, ld, m, inverse }) => {
    const [i, j, stride, row, other, failed] = f.locals('i32', 'i32', 'i32', 'i32', 'i32', 'i32');
    const [t, end, x, sum] = f.locals('i32', 'i32', 'v128', 'f64');
    const columns = [0, 1, 2, 3].map(() => {
      const [at, sums, value] = f.locals('i32', 'v128', 'f64');
      return { at, sums, value };
    });
    type Column = (typeof columns)[number];
    const inverseOf = (column: number) => f64.load(i32.add(inverse, i32.mul(j, 8)), 8 * column);
    /** M[i, j + its place] less what the columns before j give, for each column; `at` and `t` are left at column j. */
    const reduce = (some: readonly Column[], before: Expr<'i32'>): void => {
      some.forEach(({ at, sums }, q) => {
        f.set(at, q === 0 ? other : i32.add(some[q - 1]?.at ?? other, stride));
        f.set(sums, v128.zero);
      });
      f.set(t, row);
      f.set(end, i32.add(row, i32.mul(before, 8)));
      f.while(i32.ltU(t, end), () => {
        f.set(x, v128.load(t));
        for (const { at, sums } of some) {
          f.set(sums, multiplyAdd(x, v128.load(at), sums));
          f.advance(at, 16);
        }
        f.advance(t, 16);
      });
    };
    const left = ({ sums }: Column, at: number) =>
      f64.sub(f64.load(t, at), f64.add(f64x2.lane(sums, 0), f64x2.lane(sums, 1)));

    f.set(stride, i32.mul(ld, 8));
    f.set(row, M);
    f.while(i32.ltU(i, m), () => {
      f.set(j, 0);
      f.set(other, M);
      f.while(i32.geU(i, i32.add(j, 4)), () => {
        reduce(columns, j);
        columns.forEach((column, q) => {
          const { at, value } = column;
          f.set(value, left(column, 8 * q));
          columns.slice(0, q).forEach((solved, r) => {
            f.set(value, f64.sub(value, f64.mul(solved.value, f64.load(at, 8 * r))));
          });
          f.set(value, f64.mul(value, inverseOf(q)));
          f.store(t, value, 8 * q);
        });
        f.advance(j, 4);
        f.advance(other, i32.mul(stride, 4));
      });
      const [column] = columns as [Column];
      f.while(i32.geU(i, j), () => {
        reduce([column], i32.and(j, -2));
        f.set(sum, left(column, 0));
        f.when(i32.and(j, 1), () => {
          // The one term that no pair takes: t is at column j − 1.
          f.set(sum, f64.sub(left(column, 8), f64.mul(f64.load(t), f64.load(column.at))));
          f.advance(t, 8);
        });
        f.when(i32.ltU(j, i), () => f.store(t, f64.mul(sum, inverseOf(0))));
        f.when(i32.geU(j, i), () => {
          f.when(i32.and(f64.le(sum, 0), i32.isZero(failed)), () => f.set(failed, i32.add(i, 1)));
          f.set(sum, f64.sqrt(sum));
          f.store(t, sum);
          f.store(i32.add(inverse, i32.mul(i, 8)), f64.div(1, sum));
        });
        f.advance(j, 1);
        f.advance(other, stride);
      });
      f.advance(row, stride);
      f.advance(i, 1);
    });
    f.result(failed);
  });
