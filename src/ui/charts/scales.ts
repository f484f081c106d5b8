// Scales and ticks of the charts: d3 maps numbers to pixels, this file chooses where an axis starts, ends and is labelled.

import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { bare } from '../text/numbers.ts';

export interface ValueScale {
  /** Value to px, top small. */
  readonly y: ScaleLinear<number, number>;
  /** Three to five round values inside the domain. */
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/** Steps of an axis, times a power of ten. d3's own 1, 2, 5 would often waste a third of a low chart. */
const STEPS = [1, 2, 2.5, 4, 5] as const;

/** Decimals that tell multiples of `step` apart. */
export function decimalsOf(step: number): number {
  for (let digits = 0; digits < 12; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 12;
}

/** A number of an axis or a mark: fixed decimals, grouped thousands, no zero before the point: 1,204.5, .874, −3; zero is 0. */
export function axisNumber(value: number, digits: number): string {
  const text = bare(value, digits);
  return Number(text) === 0 ? '0' : text.replace(/\d{4,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
}

/** A digit of a tick and the space between tick and plot, px. */
const DIGIT = 6.2;
const TICK_SPACE = 9;

/** Room that the numbers of a value axis take, px. */
export const labelRoom = (labels: readonly string[]): number =>
  Math.ceil(Math.max(0, ...labels.map((label) => label.length)) * DIGIT + TICK_SPACE);

/** A domain that starts and ends on a tick, holds [low, high] and wastes least of it; three to five ticks. */
export function roundTicks(low: number, high: number): readonly number[] {
  if (!(high > low)) {
    const half = Math.abs(low) * 0.05 || 1;
    return roundTicks(low - half, low + half);
  }
  const power = Math.floor(Math.log10(high - low));
  let best: readonly number[] = [];
  for (let exponent = power - 1; exponent <= power + 1; exponent++)
    for (const step of STEPS) {
      const size = step * 10 ** exponent;
      // A share of a step below the data is rounding of the division, not data.
      const first = Math.floor(low / size + 1e-9);
      const last = Math.ceil(high / size - 1e-9);
      const count = last - first + 1;
      if (count < 3 || count > 5) continue;
      const ticks = Array.from({ length: count }, (_, i) => Number(((first + i) * size).toPrecision(12)));
      const wide = (list: readonly number[]) => (list.at(-1) ?? 0) - (list[0] ?? 0);
      if (!best.length || wide(ticks) < wide(best) - 1e-12) best = ticks;
    }
  return best;
}

/** The value axis over everything that will be drawn; values that are not finite are left out. `range` is [bottom, top] in px. */
export function valueScale(values: Iterable<number | null>, range: readonly [number, number]): ValueScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  const ticks = roundTicks(low, high);
  const [first = 0, second = 1] = ticks;
  const digits = decimalsOf(second - first);
  return {
    y: scaleLinear([first, ticks.at(-1) ?? 1], range),
    ticks,
    format: (value) => axisNumber(value, digits),
  };
}

/** Layer index (from 0) to px; a single layer stands in the middle. */
export const layerScale = (count: number, left: number, right: number): ScaleLinear<number, number> =>
  scaleLinear([0, Math.max(0, count - 1)], [left, right]);

/**
 * Which layers (from 0) are labelled: every one while labels are `minimum` px apart, else every second, fifth, …; the chosen layer
 * always, in place of the neighbours it would touch.
 */
export function layerLabels(count: number, spacing: number, chosen: number | null, minimum = 18): readonly number[] {
  const every = [1, 2, 3, 4, 5, 10, 20, 50].find((n) => n * spacing >= minimum) ?? 100;
  const labelled: number[] = [];
  for (let i = 0; i < count; i++) {
    const onGrid = every === 1 || i === 0 || (i + 1) % every === 0;
    const touches = chosen !== null && i !== chosen && Math.abs(i - chosen) * spacing < minimum;
    if (i === chosen || (onGrid && !touches && (i === 0 || (i - (labelled.at(-1) ?? -count)) * spacing >= minimum)))
      labelled.push(i);
  }
  return labelled;
}

/** Moves labels apart to at least `gap` px, in their order, by as little as possible in all, inside [low, high] where they fit. */
export function spreadLabels(ys: readonly number[], gap: number, low: number, high: number): readonly number[] {
  const order = ys.map((_, i) => i).sort((a, b) => (ys[a] ?? 0) - (ys[b] ?? 0));
  // Pools of touching labels; `start` is where the first of a pool would best stand: the mean of (wish − offset in the pool).
  const pools: { start: number; members: number[] }[] = [];
  for (const index of order) {
    pools.push({ start: ys[index] ?? 0, members: [index] });
    for (let a = pools.at(-2), b = pools.at(-1); a && b && a.start + a.members.length * gap > b.start; ) {
      const members = [...a.members, ...b.members];
      const start = members.reduce((total, member, i) => total + (ys[member] ?? 0) - i * gap, 0) / members.length;
      pools.splice(-2, 2, { start, members });
      a = pools.at(-2);
      b = pools.at(-1);
    }
  }
  const placed = new Array<number>(ys.length).fill(0);
  let floor = low;
  for (const { start, members } of pools)
    members.forEach((member, i) => {
      placed[member] = Math.max(start + i * gap, floor);
      floor = (placed[member] ?? 0) + gap;
    });
  let ceiling = high;
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index] ?? 0, ceiling);
    ceiling = (placed[index] ?? 0) - gap;
  }
  return placed;
}
