// The sparsifying half of a CRATE-α layer, as the released model computes it: two ISTA steps for ½‖x − D z‖² + λ Σ z over z ≥ 0 with an
// over-complete dictionary D, started at z = 0, then a second, free dictionary D1 back to tokens, and a residual. The paper (arXiv
// 2405.20299) derives the block for Z_half itself and one D; the released model takes x = LN(Z_half).

import { type Numbers, productABt, transpose } from '../math/matrix.ts';

export interface OvercompleteCodes {
  /** z1 + η Dᵀ(x − D z1) − ηλ, n × m, before the ReLU of the second step. */
  readonly before: Float64Array;
  /** z2 = ReLU(before), n × m, non-negative. */
  readonly codes: Float64Array;
}

/**
 * Row i: z1 = ReLU(η Dᵀx − ηλ), z2 = ReLU(z1 − η Dᵀ(D z1 − x) − ηλ), which are two steps of the released model. X is n × d; D is d × m with
 * atoms as columns.
 */
export function overcompleteCodes(
  X: Numbers,
  D: Numbers,
  n: number,
  d: number,
  m: number,
  eta: number,
  lambda: number,
): OvercompleteCodes {
  const threshold = eta * lambda;
  const atoms = transpose(D, d, m);
  const z1 = productABt(X, atoms, n, m, d).map((dot) => Math.max(0, eta * dot - threshold));
  // Rows of z1 Dᵀ are D z1; D read as stored is exactly the B of A·Bᵀ.
  const resid = productABt(z1, D, n, d, m).map((value, i) => value - (X[i] as number)); // n × d
  const gradient = productABt(resid, atoms, n, m, d);
  const before = z1.map((value, i) => value - eta * (gradient[i] as number) - threshold);
  return { before, codes: before.map((value) => Math.max(0, value)) };
}

/** n × d each of the tokens, d × m each of the dictionaries. */
export interface IstaOvercompleteTensors {
  readonly Z_half: Numbers;
  /** LN(Z_half). */
  readonly X: Numbers;
  readonly D: Numbers;
  readonly D1: Numbers;
}

export interface IstaOvercomplete extends OvercompleteCodes {
  /** Z_half + D1 z2, n × d; of either sign. */
  readonly Z_next: Float64Array;
}

/** The whole half-step of the released model: Z_next = Z_half + D1 z2, with z2 the codes of X. */
export function istaOvercomplete(
  { Z_half, X, D, D1 }: IstaOvercompleteTensors,
  n: number,
  d: number,
  m: number,
  eta: number,
  lambda: number,
): IstaOvercomplete {
  const { before, codes } = overcompleteCodes(X, D, n, d, m, eta, lambda);
  const Z_next = productABt(codes, D1, n, d, m).map((value, i) => value + (Z_half[i] as number));
  return { before, codes, Z_next };
}
