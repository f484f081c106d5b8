// Two logarithmic axes that hold the roofs and every kernel, their ticks, and where names stand beside the plot.

import { type ScaleLinear, scaleLinear } from 'd3-scale';

export interface LogScale {
  /** Value to px. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** 1, 2 and 5 times the powers of ten from low to high; powers alone where that would be more than `most`. */
export function logTicks(low: number, high: number, most: number): readonly number[] {
  const all = (steps: readonly number[]): number[] => {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      // Not 10 ** power, which is inexact below one.
      const unit = Number(`1e${power}`);
      ticks.push(...steps.map((step) => Number((step * unit).toPrecision(1))).filter((t) => t >= low && t <= high));
    }
    return ticks;
  };
  const fine = all([1, 2, 5]);
  return fine.length <= most ? fine : all([1]);
}

/** Values that are not positive are left out. `range` is [px of the least, px of the most]; `room` a factor beyond either end. */
export function logScale(
  values: readonly number[],
  range: readonly [number, number],
  room: number,
  most: number,
): LogScale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = Math.min(...(positive.length > 0 ? positive : [1])) / room;
  const high = Math.max(...(positive.length > 0 ? positive : [1])) * room;
  const linear: ScaleLinear<number, number> = scaleLinear([Math.log10(low), Math.log10(high)], range);
  return { at: (value) => linear(Math.log10(value)), ticks: logTicks(low, high, most), low, high };
}
