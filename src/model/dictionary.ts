// View of a layer's dictionary: how its atoms meet each other, and which of them this picture uses.

import { gram, type Numbers, rowNorms, transpose, unitRows } from '../math/matrix.ts';
import { symmetricEigen } from '../math/symmetricEigen.ts';
import type { DictionaryView } from './views.ts';

/** Atoms that the picture of |DᵀD| shows at most: CRATE-α has up to 4,096, and 4096² cells are neither computed nor seen in time. */
export const GRAM_ATOMS = 1024;

/** What of the view does not depend on the picture. */
export type DictionarySpectrum = Pick<DictionaryView, 'norms' | 'singular'>;

/**
 * Lengths of the m atoms, and the min(d, m) singular values of D, d × m with atoms as columns, the largest first: square roots of the
 * eigenvalues of the smaller of DᵀD and DDᵀ, so those below about 1e-8 of the largest are rounding. Most of a view's time.
 */
export function dictionarySpectrum(D: Numbers, d: number): DictionarySpectrum {
  const m = D.length / d;
  const byAtom = transpose(D, d, m);
  const smaller = m <= d ? gram(byAtom, m, d) : gram(D, d, m);
  const { values } = symmetricEigen(smaller, Math.min(d, m), false);
  return {
    norms: Float32Array.from(rowNorms(byAtom, m, d)),
    singular: Float32Array.from(values, (value) => Math.sqrt(Math.max(0, value))),
  };
}

/** D is d × m with atoms as columns; `codes` is n × m, Z_next, or CRATE-α's z2. `spectrum`: D's, where it is known already. */
export function dictionaryView(
  D: Numbers,
  d: number,
  codes: Numbers,
  n: number,
  layer: number,
  spectrum: DictionarySpectrum = dictionarySpectrum(D, d),
): DictionaryView {
  const m = D.length / d;
  if (codes.length !== n * m) {
    throw new RangeError(
      `dictionaryView: codes hold ${codes.length} numbers, ${n} tokens and ${m} atoms need ${n * m}`,
    );
  }
  const byAtom = transpose(D, d, m);
  const usage = new Float32Array(m);
  for (let j = 0; j < m; j++) {
    let users = 0;
    for (let i = 0; i < n; i++) if (codes[i * m + j] !== 0) users++;
    usage[j] = users / n;
  }
  const atoms = mostUsed(usage, GRAM_ATOMS);
  const shown = new Float64Array(atoms.length * d);
  atoms.forEach((atom, i) => {
    shown.set(byAtom.subarray(atom * d, (atom + 1) * d), i * d);
  });
  return {
    ...spectrum,
    layer,
    atoms,
    gram: Float32Array.from(gram(unitRows(shown, atoms.length, d), atoms.length, d), (dot) =>
      Math.min(1, Math.abs(dot)),
    ),
    usage,
  };
}

/** Indices of the `count` largest, ascending; among equals the first ones. */
function mostUsed(usage: Float32Array, count: number): Uint32Array {
  const byUse = Array.from(usage, (_, j) => j).sort((i, j) => (usage[j] as number) - (usage[i] as number) || i - j);
  return Uint32Array.from(byUse.slice(0, count)).sort();
}
