// Coding rates, in nats. ε² is given as such everywhere (`eps2`); the released measuring script calls the same number `eps`.

import { logdetIPlus } from '../math/cholesky.ts';
import { gram, type Numbers, transpose, unitRows } from '../math/matrix.ts';
import { headColumns } from './mssa.ts';
import type { RawUnit } from './trace.ts';

/**
 * R(X) = ½ logdet(I + c/(n ε²) XᵀX) of the n rows of X n × c. The determinant is the same with XXᵀ, so the smaller Gram matrix is
 * factored.
 */
export function codingRate(X: Numbers, n: number, c: number, eps2: number): number {
  if (!(eps2 > 0)) throw new RangeError(`codingRate: ε² must be positive, it is ${eps2}`);
  const G = n <= c ? gram(X, n, c) : gram(transpose(X, n, c), c, n);
  return 0.5 * logdetIPlus(G, Math.min(n, c), c / (n * eps2));
}

/**
 * R of the rows as they are, and of the rows divided by their lengths, as the released script does. A row of zeros has no direction:
 * it stays zero and adds nothing (the script's division gives NaN there; it meets none, as it looks only at U_kᵀ LN(Z)).
 */
export function codingRates(X: Numbers, n: number, c: number, eps2: number): RawUnit {
  return { raw: codingRate(X, n, c, eps2), unit: codingRate(unitRows(X, n, c), n, c, eps2) };
}

/**
 * Terms of R^c(Z | U), one a head: ½ logdet(I + p/(n ε²) (U_kᵀZ)ᵀ(U_kᵀZ)), from ZU n × (K·p); their sum is R^c. `unit` divides each
 * token's p numbers in a head by their length.
 */
export function codingRateGiven(
  ZU: Numbers,
  n: number,
  K: number,
  p: number,
  eps2: number,
): RawUnit<readonly number[]> {
  const raw: number[] = [];
  const unit: number[] = [];
  for (let k = 0; k < K; k++) {
    const rates = codingRates(headColumns(ZU, k, n, K, p), n, p, eps2);
    raw.push(rates.raw);
    unit.push(rates.unit);
  }
  return { raw, unit };
}

/** The largest unit-normalised R^c that K heads of width p ≤ n can have: K·p/2 · ln(1 + 1/ε²). */
export const unitRateCeiling = (K: number, p: number, eps2: number): number => 0.5 * K * p * Math.log1p(1 / eps2);
