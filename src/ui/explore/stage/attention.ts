// Numbers of the Heads view: the picked token's row of each A_k, and the scales its maps share.

import type { LayerTrace } from '../../../model/trace.ts';
import type { MapScope, Views } from '../../../store/state.ts';
import { maximum } from '../../maps/ramps.ts';
import { bare, setting } from '../../text/numbers.ts';

/** Row of each head's attention for one token: K arrays of n, class token first. */
export type AttentionRows = readonly ArrayLike<number>[];

/**
 * The picked token's row of each head, as parts of what was read, no copy: from all rows (K × n × n), or from the one token's that is held
 * (K × n). Null while another token's row is held. @throws RangeError when the sizes are others
 */
export function attentionRows(
  { A, token: held }: Pick<NonNullable<Views['attention']>, 'A' | 'token'>,
  K: number,
  n: number,
  token: number,
): AttentionRows | null {
  const rows = held === null ? n : 1;
  if (A.length !== K * rows * n)
    throw new RangeError(`attention: ${A.length} entries, expected ${K} × ${held === null ? `${n} × ` : ''}${n}`);
  if (held !== null && held !== token) return null;
  const at = held === null ? token : 0;
  return Array.from({ length: K }, (_, k) => A.subarray((k * rows + at) * n, (k * rows + at + 1) * n));
}

/** Whether what was read is of this many heads and tokens; after a change of model or size it is not, for a moment. */
export const isAttentionOf = (
  { A, token }: Pick<NonNullable<Views['attention']>, 'A' | 'token'>,
  K: number,
  n: number,
): boolean => A.length === K * n * (token === null ? n : 1);

/** The n − 1 patches of a row, without the class token's entry. */
export const patchesOf = (row: ArrayLike<number>): readonly number[] => Array.from(row).slice(1);

/** Largest entry over the patches; the token's own weight, which would swamp the scale, does not count. */
export function largestOf(row: ArrayLike<number>, token: number): number {
  let largest = 0;
  for (let i = 1; i < row.length; i++) if (i !== token) largest = Math.max(largest, row[i] ?? 0);
  return largest;
}

/**
 * End of each head's scale. 'map': its own largest entry; 'layer': the largest of the layer's heads; 'all': of all layers, from `perLayer`,
 * null while that has not arrived.
 */
export function scaleEnds(
  rows: AttentionRows,
  token: number,
  scope: MapScope,
  perLayer: readonly number[] | null,
): readonly number[] | null {
  const own = rows.map((row) => largestOf(row, token));
  if (scope === 'map') return own;
  if (scope === 'layer') return own.map(() => maximum(own));
  return perLayer ? own.map(() => maximum(perLayer)) : null;
}

/** A trace of 24 layers and 4,097 tokens holds millions of weights, and maps ask at every move of the pointer. */
const knownMaxima = new WeakMap<readonly LayerTrace[], readonly number[]>();

/** The class token's largest entries by layer, from the trace; its own weight does not count. */
export function classMaxima(layers: readonly LayerTrace[]): readonly number[] {
  const known = knownMaxima.get(layers);
  if (known) return known;
  const made = layers.map((layer) => Math.max(0, ...layer.attention.cls.map((row) => largestOf(row, 0))));
  knownMaxima.set(layers, made);
  return made;
}

/** Largest entries by layer for the picked token, wherever they are known; null while they are not. */
export function maximaByLayer(
  token: number,
  views: Views,
  layers: readonly LayerTrace[] | null,
): readonly number[] | null {
  if (views.attentionMax?.token === token) return views.attentionMax.perLayer;
  return token === 0 && layers ? classMaxima(layers) : null;
}

/** Place of a value among the patches, from 1: how many are larger, plus one. The token itself does not count. */
export function rankOf(row: ArrayLike<number>, index: number, token: number): number {
  let rank = 1;
  for (let i = 1; i < row.length; i++) if (i !== token && (row[i] ?? 0) > (row[index] ?? 0)) rank++;
  return rank;
}

/** A weight as text: three decimals, one significant figure where they would show nothing, a bound below .0001. */
export const weight = (value: number): string =>
  value === 0 || value >= 0.0005 ? bare(value) : value >= 1e-4 ? setting(value, 1) : '< .0001';
