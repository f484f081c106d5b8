// Numbers of the Heads view: the picked token's row of each A_k, and the scales its maps share.

import type { LayerTrace } from '../../../model/trace.ts';
import type { MapScope, Views } from '../../../store/state.ts';
import { maximum } from '../../maps/ramps.ts';
import { bare, setting } from '../../text/numbers.ts';

/** Row of each head's attention for one token: K arrays of n, class token first. */
export type AttentionRows = readonly ArrayLike<number>[];

/** Views into A (K × n × n, row-major), no copy. @throws RangeError when A is not K × n × n */
export function attentionRows(A: Float32Array, K: number, n: number, token: number): AttentionRows {
  if (A.length !== K * n * n) throw new RangeError(`attention: ${A.length} entries, expected ${K} × ${n} × ${n}`);
  return Array.from({ length: K }, (_, k) => A.subarray((k * n + token) * n, (k * n + token + 1) * n));
}

/** The n − 1 patches of a row, without the class token's entry. */
export const patchesOf = (row: ArrayLike<number>): readonly number[] => Array.from(row).slice(1);

/** Largest entry over the patches; the token's own weight, which would swamp the scale, does not count. */
export const largestOf = (row: ArrayLike<number>, token: number): number => maximum(patchesOf(row), token - 1);

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

/** The class token's largest entries by layer, from the trace; its own weight does not count. */
export const classMaxima = (layers: readonly LayerTrace[]): readonly number[] =>
  layers.map((layer) => Math.max(0, ...layer.attention.cls.map((row) => largestOf(row, 0))));

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
export const rankOf = (row: ArrayLike<number>, index: number, token: number): number =>
  1 + patchesOf(row).filter((value, patch) => patch !== token - 1 && value > (row[index] ?? 0)).length;

/** A weight as text: three decimals, one significant figure where they would show nothing, a bound below .0001. */
export const weight = (value: number): string =>
  value === 0 || value >= 0.0005 ? bare(value) : value >= 1e-4 ? setting(value, 1) : '< .0001';
