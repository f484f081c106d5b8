// Multi-head subspace self-attention, the compressing half of a layer, as the released models compute it: one projection U_kᵀ plays
// query, key and value; the scale is p^(−1/2); the output map is learned, in CRATE-α without a bias. The paper's operator has p/(n ε²)
// and [U_1 … U_K] there.

import { gram, type Numbers, productAB, takeColumns } from '../math/matrix.ts';
import { softmaxRows } from '../math/softmax.ts';
import { linear } from './linear.ts';
import type { LayerWeights } from './weights.ts';

/** The tokens in head k's subspace, n × p, from all heads' n × (K·p). */
export const headColumns = (ZU: Numbers, head: number, n: number, K: number, p: number): Float64Array =>
  takeColumns(ZU, n, K * p, head * p, p);

/** S_k = ZU_k ZU_kᵀ / √p: n × n, symmetric. */
export function headScores(ZUk: Float64Array, n: number, p: number): Float64Array {
  const scale = 1 / Math.sqrt(p);
  const out = gram(ZUk, n, p);
  // In place: n × n is large.
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) * scale;
  return out;
}

/** Scores of all heads, K × n × n. */
export function scores(ZU: Numbers, n: number, K: number, p: number): Float64Array {
  const out = new Float64Array(K * n * n);
  for (let k = 0; k < K; k++) out.set(headScores(headColumns(ZU, k, n, K, p), n, p), k * n * n);
  return out;
}

/** Attention of all heads, A_k = softmax over keys of S_k: K × n × n, rows sum to 1. */
export const attention = (ZU: Numbers, n: number, K: number, p: number): Float64Array =>
  softmaxRows(scores(ZU, n, K, p), K * n, n);

export interface Ssa {
  /** A_k ZU_k of all heads side by side, n × (K·p). */
  readonly heads: Float64Array;
  /** Row of the class token of each A_k, K × n. */
  readonly cls: Float64Array;
}

/** SSA of every head: A_k ZU_k with A_k = softmax(ZU_k ZU_kᵀ / √p). Keeps one head's n × n at a time. */
export function ssa(ZU: Numbers, n: number, K: number, p: number): Ssa {
  const heads = new Float64Array(n * K * p);
  const cls = new Float64Array(K * n);
  for (let k = 0; k < K; k++) {
    const ZUk = headColumns(ZU, k, n, K, p);
    const Ak = softmaxRows(headScores(ZUk, n, p), n, n);
    cls.set(Ak.subarray(0, n), k * n);
    const AZk = productAB(Ak, ZUk, n, p, n);
    for (let i = 0; i < n; i++) heads.set(AZk.subarray(i * p, (i + 1) * p), i * K * p + k * p);
  }
  return { heads, cls };
}

/** Row `token` of every A_k: K × n, from K·n dot products and no n × n. */
export function attentionRow(ZU: Numbers, token: number, n: number, K: number, p: number): Float64Array {
  if (!(Number.isInteger(token) && token >= 0 && token < n)) throw new RangeError(`invalid token: ${token}`);
  const scale = 1 / Math.sqrt(p);
  const out = new Float64Array(K * n);
  for (let k = 0; k < K; k++) {
    const query = token * K * p + k * p;
    for (let i = 0; i < n; i++) {
      const key = i * K * p + k * p;
      let dot = 0;
      for (let j = 0; j < p; j++) dot += (ZU[query + j] as number) * (ZU[key + j] as number);
      out[k * n + i] = dot * scale;
    }
  }
  return softmaxRows(out, K, n);
}

/** The output map of a layer, or of a block of CRATE-MAE's decoder. */
export type OutputMap = Pick<LayerWeights, 'W' | 'b'>;

/** The output map: heads Wᵀ (+ b), n × d; the heads themselves where the map is the identity. */
export function mssa(heads: Float64Array, { W, b }: OutputMap, n: number, inner: number, d: number): Float64Array {
  if (!W) {
    if (inner !== d) throw new RangeError(`mssa: an identity output map needs K·p = d, they are ${inner} and ${d}`);
    return heads;
  }
  return linear(heads, W, b, n, inner, d);
}
