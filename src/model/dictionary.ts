// View of a layer's dictionary: how its atoms meet each other, and which of them this picture uses.

import { gram, type Numbers, rowNorms, transpose, unitRows } from '../math/matrix.ts';
import { symmetricEigen } from '../math/symmetricEigen.ts';
import type { DictionaryView } from './views.ts';

/**
 * D is d × d with atoms as columns, Z_next n × d. Singular values are square roots of the eigenvalues of DᵀD, so those below about
 * 1e-8 of the largest are rounding.
 */
export function dictionaryView(D: Numbers, d: number, Z_next: Numbers, n: number, layer: number): DictionaryView {
  const atoms = transpose(D, d, d);
  const { values } = symmetricEigen(gram(atoms, d, d), d, false);
  const usage = new Float32Array(d);
  for (let j = 0; j < d; j++) {
    let users = 0;
    for (let i = 0; i < n; i++) if (Z_next[i * d + j] !== 0) users++;
    usage[j] = users / n;
  }
  return {
    layer,
    gram: Float32Array.from(gram(unitRows(atoms, d, d), d, d), (dot) => Math.min(1, Math.abs(dot))),
    norms: Float32Array.from(rowNorms(atoms, d, d)),
    singular: Float32Array.from(values, (value) => Math.sqrt(Math.max(0, value))),
    usage,
  };
}
