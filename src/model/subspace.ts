// Views of a layer's subspaces: the tokens inside one of them, and how the subspaces meet each other.

import { gram, type Numbers, productABt, rowNorms, transpose, unitRows } from '../math/matrix.ts';
import { symmetricEigen } from '../math/symmetricEigen.ts';
import { headColumns } from './mssa.ts';
import type { Place } from './trace.ts';
import type { IncoherenceView, SubspaceView } from './views.ts';

/** Which layer, head and place a view shows. */
export interface SubspaceOf {
  readonly layer: number;
  readonly head: number;
  readonly place: Place;
}

/** Principal axes drawn. */
const AXES = 3;

/**
 * Principal components of the tokens in one head's subspace: of the n × p matrix U_kᵀZ with its mean row taken off. ZU is the
 * projection of all heads, n × (K·p), at the place named. With p < 3 the missing coordinates are 0.
 */
export function subspaceView(ZU: Numbers, n: number, K: number, p: number, of: SubspaceOf): SubspaceView {
  const ZUk = headColumns(ZU, of.head, n, K, p);
  const energy = Float32Array.from(rowNorms(ZUk, n, p), (norm) => norm * norm);
  const centred = transpose(ZUk, n, p);
  for (let j = 0; j < p; j++) {
    const column = centred.subarray(j * n, (j + 1) * n);
    const mean = column.reduce((sum, value) => sum + value, 0) / n;
    for (let i = 0; i < n; i++) column[i] = (column[i] as number) - mean;
  }
  const { values, vectors } = symmetricEigen(gram(centred, p, n), p, true);
  const axes = Math.min(AXES, p);
  const loadings = (vectors ?? new Float64Array(0)).slice(0, axes * p);
  for (let a = 0; a < axes; a++) fixSign(loadings.subarray(a * p, (a + 1) * p));
  const projected = productABt(transpose(centred, p, n), loadings, n, axes, p);
  const coordinates = new Float32Array(n * AXES);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < axes; a++) coordinates[i * AXES + a] = projected[i * axes + a] as number;
  }
  return { ...of, coordinates, variance: sharesOf(values.subarray(0, Math.min(p, n))), energy };
}

/** Turns a unit vector so that its entry of largest size is positive; an axis has no sign of its own. */
function fixSign(axis: Float64Array): void {
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  if (largest < 0) for (let j = 0; j < axis.length; j++) axis[j] = -(axis[j] as number);
}

/** Non-negative numbers as shares of their sum; all zero when there is no variance to share. */
function sharesOf(values: Float64Array): Float32Array {
  const positive = values.map((value) => Math.max(0, value));
  const total = positive.reduce((sum, value) => sum + value, 0);
  return Float32Array.from(positive, (value) => (total > 0 ? value / total : 0));
}

/** |[U_1 … U_K]ᵀ[U_1 … U_K]| with columns normalised first. U is the stacked U_kᵀ, (K·p) × d. */
export function incoherenceView(U: Numbers, K: number, p: number, d: number, layer: number): IncoherenceView {
  const size = K * p;
  const absolute = Float32Array.from(gram(unitRows(U, size, d), size, d), (dot) => Math.min(1, Math.abs(dot)));
  const blocks = new Float32Array(K * K);
  for (let k = 0; k < K; k++) {
    for (let l = 0; l < K; l++) {
      let sum = 0;
      for (let i = k * p; i < (k + 1) * p; i++) {
        for (let j = l * p; j < (l + 1) * p; j++) if (i !== j) sum += absolute[i * size + j] as number;
      }
      const entries = k === l ? p * (p - 1) : p * p;
      blocks[k * K + l] = entries > 0 ? sum / entries : 0;
    }
  }
  return { layer, gram: absolute, blocks, size };
}
