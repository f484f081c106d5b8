// Numbers of the Tokens view: who is non-zero where, the order of channels, the histogram before ReLU, and the paper's sub-matrix.

import { seeded } from '../../../math/random.ts';
import { atomCount, type CrateConfig, tokenCount } from '../../../model/config.ts';
import type { TokensView } from '../../../model/views.ts';

/** Rows and columns to draw, as indices into an n × d matrix. */
export interface Selection {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

export interface Sparsity {
  /** Non-zero entries of each token, n. */
  readonly perToken: readonly number[];
  /** Tokens with a non-zero entry in each channel, d. */
  readonly perChannel: readonly number[];
  readonly total: number;
}

/** Entries that are read between two chances to pause. */
const VALUES_A_STEP = 1 << 14;

/** Whether the arrays have this model's sizes; after a change of model or input size they do not, for a moment. */
export function isTokensOf({ Z_half, codes }: Pick<TokensView, 'Z_half' | 'codes'>, config: CrateConfig): boolean {
  const n = tokenCount(config);
  return Z_half.length === n * config.d && (codes === undefined || codes.length === n * atomCount(config));
}

/** Non-zeros of an n × d matrix; yields after every row, so that millions of entries can be counted in slices. */
export function* countNonzeros(Z: Float32Array, d: number): Generator<void, Sparsity> {
  const n = Z.length / d;
  const perToken = new Array<number>(n).fill(0);
  const perChannel = new Array<number>(d).fill(0);
  let total = 0;
  for (let i = 0; i < n; i++) {
    let own = 0;
    for (let j = 0; j < d; j++)
      if (Z[i * d + j] !== 0) {
        own++;
        perChannel[j] = (perChannel[j] as number) + 1;
      }
    perToken[i] = own;
    total += own;
    yield;
  }
  return { perToken, perChannel, total };
}

/** Entries that are exactly zero. */
export function* countZeros(Z: Float32Array): Generator<void, number> {
  let zeros = 0;
  for (let i = 0; i < Z.length; i++) {
    if (Z[i] === 0) zeros++;
    if (i % VALUES_A_STEP === VALUES_A_STEP - 1) yield;
  }
  return zeros;
}

/** The same at once. */
export function sparsityOf(Z: Float32Array, d: number): Sparsity {
  const work = countNonzeros(Z, d);
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Channels as stored, or the most used first; ties keep their order. */
export const channelOrder = (perChannel: readonly number[], by: 'stored' | 'use'): readonly number[] =>
  by === 'stored'
    ? upTo(perChannel.length)
    : upTo(perChannel.length)
        .slice()
        .sort((a, b) => (perChannel[b] ?? 0) - (perChannel[a] ?? 0) || a - b);

/** Side of the sub-matrix in the paper's figure. */
export const SUB_SIDE = 50;
/** The same choice for every layer, picture and visit, so that figures can be compared. */
export const SUB_SEED = 50;

/** `count` of 0 … total − 1 by a seeded shuffle, ascending; all of them when there are no more. */
function sample(total: number, count: number, seed: number): readonly number[] {
  if (total <= count) return upTo(total);
  const uniform = seeded(seed);
  const all = upTo(total).slice();
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(uniform() * (total - i));
    [all[i], all[j]] = [all[j] ?? 0, all[i] ?? 0];
  }
  return all.slice(0, count).sort((a, b) => a - b);
}

/** The 50 tokens and 50 channels of the sub-matrix, or fewer where there are fewer. */
export const subMatrix = (n: number, d: number): Selection => ({
  rows: sample(n, SUB_SIDE, SUB_SEED),
  columns: sample(d, SUB_SIDE, SUB_SEED + 1),
});

/** What is drawn: rows in order, columns ordered, cut to the sub-matrix when asked. */
export function selectionOf(sparsity: Sparsity, order: 'stored' | 'use', crop: 'all' | '50'): Selection {
  const columns = channelOrder(sparsity.perChannel, order);
  if (crop === 'all') return { rows: upTo(sparsity.perToken.length), columns };
  const chosen = subMatrix(sparsity.perToken.length, sparsity.perChannel.length);
  const kept = new Set(chosen.columns);
  return { rows: chosen.rows, columns: columns.filter((column) => kept.has(column)) };
}

export interface Histogram {
  /** Entries by bin from −limit to limit; an even number of bins, so that zero is an edge. */
  readonly counts: readonly number[];
  readonly limit: number;
  /** Share of all entries that ReLU cuts: those not above zero. */
  readonly cut: number;
  /** Entries beyond the limits, in no bin. */
  readonly beyond: number;
}

/** Yields now and then, so that millions of values can be counted in slices. */
export function* countBins(values: Float32Array, limit: number, bins: number): Generator<void, Histogram> {
  if (bins % 2 !== 0) throw new RangeError(`invalid bins: ${bins} is odd`);
  const counts = new Array<number>(bins).fill(0);
  let cut = 0;
  let beyond = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value <= 0) cut++;
    const bin = Math.floor(((value + limit) / (2 * limit)) * bins);
    if (bin < 0 || bin >= bins) beyond++;
    else counts[bin] = (counts[bin] as number) + 1;
    if (i % VALUES_A_STEP === VALUES_A_STEP - 1) yield;
  }
  return { counts, limit, cut: values.length ? cut / values.length : 0, beyond };
}

/** The same at once. */
export function histogramOf(values: Float32Array, limit: number, bins: number): Histogram {
  const work = countBins(values, limit, bins);
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

/** Size of a cell so that `count` of them fill `room` px as well as whole device pixels allow; a share of one where they do not fit. */
export function cellSize(room: number, count: number, pixelRatio: number): number {
  const whole = Math.floor((room * pixelRatio) / count);
  return whole >= 1 ? whole / pixelRatio : room / count;
}
