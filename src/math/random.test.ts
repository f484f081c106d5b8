import { expect, test } from 'vitest';
import { normals, seeded } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number): number[] => Array.from({ length: 5 }, seeded(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('uniform numbers fill [0, 1) evenly', () => {
  const uniform = seeded(1);
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const bin = Math.floor(uniform() * 10);
    bins[bin] = (bins[bin] ?? Number.NaN) + 1;
  }
  expect(bins).toHaveLength(10);
  // 1000 ± 5 standard deviations of a binomial count.
  for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('normal numbers have mean 0, variance 1 and no skew', () => {
  const x = normals(20_000, seeded(2));
  const moment = (power: number): number => x.reduce((sum, value) => sum + value ** power, 0) / x.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.03);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.05);
  expect(Math.abs(moment(3))).toBeLessThan(0.1);
});
