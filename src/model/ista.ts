// The sparsifying half of a layer: one proximal-gradient (ISTA) step for ½‖x − D z‖² + λ Σ z over z ≥ 0, started at z = x. The released
// model takes x = LN(Z_half); the paper's takes Z_half itself. Both add no residual.

import { type Numbers, productAB, productABt, productAtB } from '../math/matrix.ts';

export interface IstaStep {
  /** X + η Dᵀ(X − D X) − ηλ, n × d, before the ReLU. */
  readonly before: Float64Array;
  /** ReLU(before), n × d, non-negative. */
  readonly Z_next: Float64Array;
}

/** Row i: ReLU(x + η (Dᵀx − DᵀD x) − ηλ), by the released three products. X is n × d, D is d × d with atoms as columns. */
export function istaStep(X: Numbers, D: Numbers, n: number, d: number, eta: number, lambda: number): IstaStep {
  const DtX = productAB(X, D, n, d, d);
  // Rows of X Dᵀ are D x; D read as stored is exactly the B of A·Bᵀ.
  const DtDX = productAB(productABt(X, D, n, d, d), D, n, d, d);
  const threshold = eta * lambda;
  const before = new Float64Array(n * d);
  for (let i = 0; i < before.length; i++) {
    before[i] = (X[i] as number) + eta * ((DtX[i] as number) - (DtDX[i] as number)) - threshold;
  }
  return { before, Z_next: before.map((value) => Math.max(0, value)) };
}

/**
 * G = Dᵀ(I − D) = Dᵀ − DᵀD, d × d: D is fixed after training, so a step needs one product instead of three.
 * Row form: before = X + η X Gᵀ − ηλ.
 */
export function dictionaryStep(D: Numbers, d: number): Float64Array {
  const DtD = productAtB(D, D, d, d, d);
  const G = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) G[i * d + j] = (D[j * d + i] as number) - (DtD[i * d + j] as number);
  }
  return G;
}
