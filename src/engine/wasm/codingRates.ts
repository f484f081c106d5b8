// What a coding rate takes the logarithm of, from tokens to pivots: the other kernels of this folder in order, so that one call does it.

import { type Expr, i32, type MultiplyAdd, type Params, wasmFunction } from './assembler.ts';
import { cholesky, identityPlus } from './cholesky.ts';
import { diagonalNorms, GRAM_PANEL, gram, inverseNorms, packColumns, packRows } from './gram.ts';

export const rateKernels = (madd: MultiplyAdd) => {
  const norms = inverseNorms(madd);
  const product = gram(madd);
  const factor = cholesky(madd);
  return {
    inverseNorms: norms,
    diagonalNorms,
    packColumns,
    packRows,
    gram: product,
    identityPlus,
    cholesky: factor,
    codingRates: codingRates({ norms, product, factor }),
  };
};

interface Parts {
  readonly norms: ReturnType<typeof inverseNorms>;
  readonly product: ReturnType<typeof gram>;
  readonly factor: ReturnType<typeof cholesky>;
}

const PARAMS = {
  alpha: 'f64',
  X: 'i32',
  ld: 'i32',
  n: 'i32',
  c: 'i32',
  panels: 'i32',
  G: 'i32',
  H: 'i32',
  M: 'i32',
  inverse: 'i32',
  scales: 'i32',
  pivots: 'i32',
} as const satisfies Params;

const panelsOf = (value: Expr<'i32'>): Expr<'i32'> => i32.shrU(i32.add(value, GRAM_PANEL - 1), 2);

/**
 * Pivots of I + α XXᵀ or I + α XᵀX, whichever is smaller, of the n rows of X, c long and ld apart (zeros up to a multiple of eight), as they
 * are and divided by their lengths: min(n, c) pairs of f64. ½ Σ log of them is the rate, with α = c / (n ε²). XXᵀ gives that of unit rows by
 * scaling, XᵀX is formed twice.
 *
 *   panels   : what is multiplied, f64, min(n, c) up to a multiple of four × max(n, c)
 *   G, H     : Gram matrices, f64, a side of min(n, c) up to a multiple of four
 *   M        : what is factored, pairs of f64, the same side
 *   inverse  : pairs of f64, that side
 *   scales   : n f64
 *
 * CPU reference: codingRates in src/model/codingRate.ts.
 */
const codingRates = ({ norms, product, factor }: Parts) =>
  wasmFunction('coding_rates', PARAMS, (f, { alpha, X, ld, n, c, panels, G, H, M, inverse, scales, pivots }) => {
    const [side, stride, isTall] = f.locals('i32', 'i32', 'i32');
    f.set(isTall, i32.isZero(i32.leU(n, c)));
    f.set(side, n);
    f.when(isTall, () => f.set(side, c));
    f.set(stride, i32.mul(panelsOf(side), GRAM_PANEL));
    f.when(isTall, () => {
      f.call(norms, { X, ld, m: n, c: stride, scales });
      for (const [by, out] of [
        [0, G],
        [scales, H],
      ] as const) {
        f.call(packColumns, { X, ld, m: n, c: stride, scales: by, out: panels });
        f.call(product, { Y: panels, terms: n, panels: panelsOf(side), G: out });
      }
      f.set(scales, 0);
    });
    f.when(i32.isZero(isTall), () => {
      f.call(packRows, { X, ld, m: n, c, out: panels });
      f.call(product, { Y: panels, terms: c, panels: panelsOf(side), G });
      f.call(diagonalNorms, { G, ld: stride, m: n, scales });
    });
    f.call(identityPlus, { alpha, G, H, M, ld: stride, m: side, scales });
    f.call(factor, { M, ld: stride, m: side, inverse, pivots });
  });
