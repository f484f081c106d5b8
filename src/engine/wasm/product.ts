// A·Bᵀ with everything that a layer does to it before it is stored, in f32: four rows by eight columns at a time, so that eight sums
// stay in registers, each loaded vector of B is used four times and each number of A twice. In V8 tiles of five or six rows and inner loops of
// two rounds run at half to three quarters of its speed: there are no registers left for what is loaded ahead.

import { f32x4, i32, type MultiplyAdd, v128, wasmFunction } from './assembler.ts';

const TILE_ROWS = 4;
/** Columns of a panel: rows of B, eight of them side by side for each t. */
export const PANEL = 8;
/** Bytes of a panel for one t. */
const STEP = 4 * PANEL;
const HALF = STEP / 2;

/**
 * C[i,j] = max(floor, scale · Σ_t A[i,t] B[j,t] + bias[j] + r · R[i,j]) for i < m, t < k and j < 8 · panels.
 *
 *   A    : m × lda
 *   B    : panels of 8 rows of B, each k × 8, zeros where B has no more rows (pack.ts)
 *   bias : 8 · panels
 *   R    : m × ldc, not C itself; address 0: no such term
 *   C    : m × ldc
 *
 * CPU reference: productABt in src/math/matrix.ts.
 */
export const product = ({ f32x4: multiplyAdd }: MultiplyAdd) =>
  wasmFunction(
    'product',
    {
      A: 'i32',
      lda: 'i32',
      B: 'i32',
      bias: 'i32',
      R: 'i32',
      C: 'i32',
      ldc: 'i32',
      m: 'i32',
      panels: 'i32',
      k: 'i32',
      scale: 'f32',
      r: 'f32',
      floor: 'f32',
    },
    (f, { A, lda, B, bias, R, C, ldc, m, panels, k, scale, r, floor }) => {
      const [strideA, strideC, toR] = f.locals('i32', 'i32', 'i32');
      const [a, c, left, end, back] = f.locals('i32', 'i32', 'i32', 'i32', 'i32');

      const tile = (rows: number): void => {
        const row = Array.from({ length: rows }, () => f.locals('i32')[0]);
        const sums = row.map(() => f.locals('v128', 'v128'));
        const [b, left4, right4, x] = f.locals('i32', 'v128', 'v128', 'v128');
        row.forEach((pointer, i) => {
          f.set(pointer, i === 0 ? a : i32.add(row[i - 1] ?? a, strideA));
        });
        for (const sum of sums.flat()) f.set(sum, v128.zero);
        f.set(b, B);
        f.while(i32.ltU(b, end), () => {
          f.set(left4, v128.load(b));
          f.set(right4, v128.load(b, HALF));
          sums.forEach(([first, second], i) => {
            f.set(x, v128.load32Splat(row[i] ?? a));
            f.set(first, multiplyAdd(x, left4, first));
            f.set(second, multiplyAdd(x, right4, second));
          });
          f.advance(b, STEP);
          for (const pointer of row) f.advance(pointer, 4);
        });
        f.set(b, c);
        for (const halves of sums) {
          halves.forEach((sum, half) => {
            const scaled = f32x4.mul(sum, f32x4.splat(scale));
            f.set(sum, f32x4.add(scaled, v128.load(bias, half * HALF)));
          });
          f.when(R, () => {
            halves.forEach((sum, half) => {
              const other = v128.load(i32.add(b, toR), half * HALF);
              f.set(sum, f32x4.add(sum, f32x4.mul(other, f32x4.splat(r))));
            });
          });
          halves.forEach((sum, half) => {
            f.store(b, f32x4.pmax(sum, f32x4.splat(floor)), half * HALF);
          });
          f.advance(b, strideC);
        }
      };
      const next = (rows: number): void => {
        f.advance(a, i32.mul(strideA, rows));
        f.advance(c, i32.mul(strideC, rows));
        f.set(left, i32.sub(left, rows));
      };

      f.set(strideA, i32.mul(lda, 4));
      f.set(strideC, i32.mul(ldc, 4));
      f.set(toR, i32.sub(R, C));
      f.while(panels, () => {
        f.set(a, A);
        f.set(c, C);
        f.set(left, m);
        f.set(end, i32.add(B, i32.mul(k, STEP)));
        f.when(i32.geU(m, TILE_ROWS), () => {
          f.while(left, () => {
            // The last tile begins early enough to be whole; some rows are computed twice.
            f.when(i32.ltU(left, TILE_ROWS), () => {
              f.set(back, i32.sub(left, TILE_ROWS));
              f.advance(a, i32.mul(back, strideA));
              f.advance(c, i32.mul(back, strideC));
              f.set(left, TILE_ROWS);
            });
            tile(TILE_ROWS);
            next(TILE_ROWS);
          });
        });
        f.when(i32.ltU(m, TILE_ROWS), () => {
          f.while(left, () => {
            tile(1);
            next(1);
          });
        });
        f.set(B, end);
        f.advance(C, STEP);
        f.advance(bias, STEP);
        f.set(panels, i32.sub(panels, 1));
      });
    },
  );
