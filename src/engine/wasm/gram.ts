// Gram matrices in f64 of f32 numbers. The rates need f64: log det(I + α G) at α·G near 10⁵ asks of G's small eigenvalues what rounding
// to f32 has taken from them.

import { f32, f64, f64x2, i32, type MultiplyAdd, v128, wasmFunction } from './assembler.ts';

/** Columns of a panel, and rows and columns of a tile. */
export const GRAM_PANEL = 4;
/** Bytes of a panel for one term. */
const STEP = 8 * GRAM_PANEL;

/** scales[i] = 1 / ‖row i of X‖ for i < m, 0 for a row of zeros; f64. X is m × ld, its rows c long (a multiple of four). */
export const inverseNorms = ({ f64x2: multiplyAdd }: MultiplyAdd) =>
  wasmFunction('inverse_norms', { X: 'i32', ld: 'i32', m: 'i32', c: 'i32', scales: 'i32' }, (f, params) => {
    const { X, ld, m, c, scales } = params;
    const [x, end, two, sum] = f.locals('i32', 'i32', 'v128', 'f64');
    const halves = f.locals('v128', 'v128');
    f.while(m, () => {
      for (const sums of halves) f.set(sums, v128.zero);
      f.set(x, X);
      f.set(end, i32.add(X, i32.mul(c, 4)));
      f.while(i32.ltU(x, end), () => {
        halves.forEach((sums, half) => {
          f.set(two, f64x2.promoteLow(v128.load64Zero(x, 8 * half)));
          f.set(sums, multiplyAdd(two, two, sums));
        });
        f.advance(x, 16);
      });
      f.set(two, f64x2.add(...halves));
      f.set(sum, f64.add(f64x2.lane(two, 0), f64x2.lane(two, 1)));
      f.when(f64.gt(sum, 0), () => f.set(sum, f64.div(1, f64.sqrt(sum))));
      f.store(scales, sum);
      f.advance(scales, 8);
      f.advance(X, i32.mul(ld, 4));
      f.set(m, i32.sub(m, 1));
    });
  });

/** The same from the diagonal of G = XXᵀ, m × m with rows of ld, f64. */
export const diagonalNorms = wasmFunction(
  'diagonal_norms',
  { G: 'i32', ld: 'i32', m: 'i32', scales: 'i32' },
  (f, { G, ld, m, scales }) => {
    const [sum] = f.locals('f64');
    f.while(m, () => {
      f.set(sum, f64.load(G));
      f.when(f64.gt(sum, 0), () => f.set(sum, f64.div(1, f64.sqrt(sum))));
      f.store(scales, sum);
      f.advance(scales, 8);
      f.advance(G, i32.mul(i32.add(ld, 1), 8));
      f.set(m, i32.sub(m, 1));
    });
  },
);

/**
 * Columns of X as panels: out[(⌊j/4⌋ · m + i) · 4 + j mod 4] = scales[i] · X[i,j] in f64 for i < m, j < c, c a multiple of four. Their Gram
 * matrix is XᵀX. Address 0 for the scales: none.
 */
export const packColumns = wasmFunction(
  'pack_columns',
  { X: 'i32', ld: 'i32', m: 'i32', c: 'i32', scales: 'i32', out: 'i32' },
  (f, { X, ld, m, c, scales, out }) => {
    const [x, scale, left, by] = f.locals('i32', 'i32', 'i32', 'v128');
    f.set(by, f64x2.splat(1));
    f.while(c, () => {
      f.set(x, X);
      f.set(scale, scales);
      f.set(left, m);
      f.while(left, () => {
        f.when(scales, () => {
          f.set(by, v128.load64Splat(scale));
          f.advance(scale, 8);
        });
        f.store(out, f64x2.mul(f64x2.promoteLow(v128.load64Zero(x)), by));
        f.store(out, f64x2.mul(f64x2.promoteLow(v128.load64Zero(x, 8)), by), 16);
        f.advance(x, i32.mul(ld, 4));
        f.advance(out, STEP);
        f.set(left, i32.sub(left, 1));
      });
      f.advance(X, 4 * GRAM_PANEL);
      f.set(c, i32.sub(c, GRAM_PANEL));
    });
  },
);

/**
 * Rows of X as panels: out[(⌊i/4⌋ · c + j) · 4 + i mod 4] = X[i,j] in f64 for i < m, j < c. Their Gram matrix is XXᵀ. Rows that are missing
 * from the last panel repeat row m − 1.
 */
export const packRows = wasmFunction(
  'pack_rows',
  { X: 'i32', ld: 'i32', m: 'i32', c: 'i32', out: 'i32' },
  (f, { X, ld, m, c, out }) => {
    const [x, to, end, lane, stride] = f.locals('i32', 'i32', 'i32', 'i32', 'i32');
    f.set(stride, i32.mul(ld, 4));
    f.while(m, () => {
      f.set(lane, 0);
      f.while(i32.ltU(lane, STEP), () => {
        f.set(x, i32.sub(X, i32.mul(stride, i32.isZero(m))));
        f.set(to, i32.add(out, lane));
        f.set(end, i32.add(x, i32.mul(c, 4)));
        f.while(i32.ltU(x, end), () => {
          f.store(to, f64.promote(f32.load(x)));
          f.advance(x, 4);
          f.advance(to, STEP);
        });
        f.when(m, () => {
          f.advance(X, stride);
          f.set(m, i32.sub(m, 1));
        });
        f.advance(lane, 8);
      });
      f.advance(out, i32.mul(c, STEP));
    });
  },
);

/**
 * G[i,j] = Σ_t Y[i,t] Y[j,t] over `terms` for the panels Y, j up to the tile of i; f64. G is 4 · panels a side. Tiles of 4 × 4.
 *
 * CPU reference: gram in src/math/matrix.ts.
 */
export const gram = ({ f64x2: multiplyAdd }: MultiplyAdd) =>
  wasmFunction('gram', { Y: 'i32', terms: 'i32', panels: 'i32', G: 'i32' }, (f, { Y, terms, panels, G }) => {
    const [rows, columns, length, stride, g, i, j] = f.locals('i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32');
    const [a, b, end, left, right, x] = f.locals('i32', 'i32', 'i32', 'v128', 'v128', 'v128');
    const sums = [0, 1, 2, 3].map(() => f.locals('v128', 'v128'));
    f.set(length, i32.mul(terms, STEP));
    f.set(stride, i32.mul(panels, 8 * GRAM_PANEL));
    f.set(rows, Y);
    f.while(i32.ltU(i, panels), () => {
      f.set(columns, Y);
      f.set(j, 0);
      f.while(i32.geU(i, j), () => {
        for (const sum of sums.flat()) f.set(sum, v128.zero);
        f.set(a, rows);
        f.set(b, columns);
        f.set(end, i32.add(rows, length));
        f.while(i32.ltU(a, end), () => {
          f.set(left, v128.load(b));
          f.set(right, v128.load(b, 16));
          sums.forEach(([first, second], row) => {
            f.set(x, v128.load64Splat(a, 8 * row));
            f.set(first, multiplyAdd(x, left, first));
            f.set(second, multiplyAdd(x, right, second));
          });
          f.advance(a, STEP);
          f.advance(b, STEP);
        });
        f.set(g, i32.add(G, i32.mul(j, STEP)));
        for (const [first, second] of sums) {
          f.store(g, first);
          f.store(g, second, 16);
          f.advance(g, stride);
        }
        f.set(columns, b);
        f.advance(j, 1);
      });
      f.set(rows, a);
      f.advance(G, i32.mul(stride, GRAM_PANEL));
      f.advance(i, 1);
    });
  });
