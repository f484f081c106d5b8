import { expect, test } from 'vitest';
import { boundOf, gflopsOf, groupTimes, type KernelTime, roofAt, spreadOf } from './speed.ts';

const PEAKS = { gflops: 100, gbytes: 10, bytes: 1 };

test('the roof: bandwidth times intensity up to the ridge, then the peak', () => {
  expect([1, 10, 1000].map((x) => roofAt(PEAKS, x))).toEqual([10, 100, 100]);
  expect([1, 9.9, 10, 1000].map((x) => boundOf(PEAKS, x))).toEqual(['memory', 'memory', 'compute', 'compute']);
});

test('GFLOP/s of operations and milliseconds', () => {
  expect(gflopsOf(2e9, 1000)).toBe(2);
});

test('median and quartiles', () => {
  expect(spreadOf([1, 2, 3, 4, 100])).toEqual({ median: 3, low: 2, high: 4, runs: 5 });
});

test('groups: sums round by round, shares of the medians, in the order of the pass', () => {
  const run = (role: string, layer: number, ...ms: number[]): KernelTime => ({
    name: role,
    part: 'mssa',
    role,
    layer,
    flops: 10,
    bytes: 5,
    ms,
    times: 1,
  });
  const kernels = [run('a', 0, 1, 2, 3), run('b', 0, 6, 6, 6), run('a', 1, 3, 2, 1)];
  const byKernel = groupTimes(kernels, 'kernel');
  expect(byKernel.map(({ key }) => key)).toEqual(['mssa a', 'mssa b']);
  // 1 + 3, 2 + 2, 3 + 1: no round was slower than another.
  expect(byKernel[0]).toMatchObject({
    runs: 2,
    flops: 20,
    layer: null,
    role: 'a',
    share: 0.4,
    ms: { median: 4, low: 4, high: 4 },
  });
  expect(groupTimes(kernels, 'layer').map(({ layer, role, ms }) => [layer, role, ms.median])).toEqual([
    [0, null, 8],
    [1, 'a', 2],
  ]);
  expect(groupTimes(kernels, 'run')).toHaveLength(3);
});
