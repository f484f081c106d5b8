// How arrays are cut into buffers, and the sentences when they do not fit: no adapter is needed, devices are made up.

import { describe, expect, test } from 'vitest';
import {
  type ArraySize,
  allocate,
  bindingLimit,
  capturing,
  layersPerChunk,
  refusalOf,
  runsOf,
  type Stack,
  sliceOf,
  totalBytes,
} from './gpuBuffers.ts';
import { fakeDevice } from './testDevice.ts';

const array = (name: string, layers: number, entries: number, entryBytes: 2 | 4 = 4): ArraySize => ({
  name,
  layers,
  entries,
  entryBytes,
});

describe('layers a buffer', () => {
  test.each([
    [1000, 12],
    [480, 12],
    [479, 11],
    [80, 2],
    [79, 1],
    [40, 1],
  ])('arrays of 40 and 24 bytes a layer, %i bytes a buffer: %i of 12', (limit, perChunk) => {
    expect(layersPerChunk([array('a', 12, 10), array('b', 12, 6), array('c', 1, 400)], limit)).toBe(perChunk);
  });

  test('halves take half; what is outside the layers does not count; neither does what is empty', () => {
    expect(layersPerChunk([array('a', 12, 20, 2)], 80)).toBe(2);
    expect(layersPerChunk([array('a', 1, 20)], 80)).toBe(1);
    expect(layersPerChunk([array('a', 4, 0)], 80)).toBe(1);
  });
});

describe('slices and runs', () => {
  const stack = (perChunk: number, L: number): Stack => ({
    chunks: Array.from({ length: Math.ceil(L / perChunk) }, (_, i) => ({ label: `${i}` }) as GPUBuffer),
    perChunk,
    stride: 100,
    isHalf: false,
  });

  test('a layer lies in its buffer at its place', () => {
    const three = stack(3, 8);
    expect([0, 2, 3, 7].map((layer) => sliceOf(three, layer))).toEqual([
      { buffer: { label: '0' }, at: 0 },
      { buffer: { label: '0' }, at: 200 },
      { buffer: { label: '1' }, at: 0 },
      { buffer: { label: '2' }, at: 100 },
    ]);
    expect(() => sliceOf(three, 9)).toThrow('invalid layer: 9');
  });

  test('runs end at every border of every stack', () => {
    const runs = (first: number, count: number, ...perChunk: number[]) =>
      runsOf(first, count, ...perChunk.map((layers) => stack(layers, 12))).map((run) => [run.first, run.count]);
    expect(runs(0, 12, 12)).toEqual([[0, 12]]);
    expect(runs(0, 12, 5, 12)).toEqual([
      [0, 5],
      [5, 5],
      [10, 2],
    ]);
    expect(runs(0, 6, 2, 3)).toEqual([
      [0, 2],
      [2, 1],
      [3, 1],
      [4, 2],
    ]);
    expect(runs(4, 3, 5)).toEqual([
      [4, 1],
      [5, 2],
    ]);
    expect(runs(4, 0, 5)).toEqual([]);
  });
});

describe('refusals', () => {
  test('the first array that is too large is named with both sizes', () => {
    const arrays = [array('cls', 1, 10), array('Z_half', 4, 2 ** 18), array('headWeight', 1, 2 ** 20)];
    expect(refusalOf(arrays, 2 ** 22)).toBeNull();
    expect(refusalOf(arrays, 2 ** 21)).toBe(
      'headWeight needs 4.0 MiB in one buffer; this adapter binds at most 2.0 MiB.',
    );
    expect(refusalOf(arrays, 2 ** 19)).toBe(
      'Z_half of one layer needs 1.0 MiB in one buffer; this adapter binds at most 0.5 MiB.',
    );
  });

  test('the limit is the smaller one of a binding and a buffer', () => {
    const limits = { maxStorageBufferBindingSize: 5, maxBufferSize: 7 } as GPUSupportedLimits;
    expect(bindingLimit(limits)).toBe(5);
    expect(bindingLimit({ ...limits, maxBufferSize: 4 })).toBe(4);
  });
});

describe('allocate', () => {
  const arrays = [array('U', 5, 100), array('G', 5, 50, 2), array('cls', 1, 3)];

  test('buffers of as many layers as fit, rounded up to 16 bytes, until they are destroyed', async () => {
    const { device, alive } = fakeDevice();
    const buffers = await allocate(device, arrays, 800, 'No memory.');
    expect(totalBytes(arrays)).toBe(5 * 400 + 5 * 100 + 12);
    expect(buffers.bytes).toBe(totalBytes(arrays));
    expect([...alive].map(({ label, size }) => [label, size])).toEqual([
      ['U', 800],
      ['U', 800],
      ['U', 400],
      ['G', 208],
      ['G', 208],
      ['G', 112],
      ['cls', 16],
    ]);
    expect(buffers.stack('U')).toMatchObject({ perChunk: 2, stride: 100, isHalf: false });
    expect(buffers.stack('G').isHalf).toBe(true);
    expect(buffers.has('D')).toBe(false);
    expect(() => buffers.stack('D')).toThrow('missing array: D');
    buffers.destroy();
    expect(alive.size).toBe(0);
  });

  test('what is too large is refused before anything is made', async () => {
    const { device, made } = fakeDevice();
    await expect(allocate(device, arrays, 399, 'No memory.')).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(made).toEqual([]);
  });

  test('memory that runs out gives everything back and says the sentence', async () => {
    const cause = { message: 'out of memory' } as GPUError;
    const { device, made, alive } = fakeDevice({ 'out-of-memory': cause });
    await expect(allocate(device, arrays, 800, 'No memory.')).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'No memory.',
      cause,
    });
    expect(made).toHaveLength(7);
    expect(alive.size).toBe(0);
  });
});

describe('capturing', () => {
  test('every scope is closed, whatever the job does', async () => {
    const { device, openScopes } = fakeDevice();
    expect(await capturing(device, 'No memory.', async () => 5)).toBe(5);
    await expect(
      capturing(device, 'No memory.', () => {
        throw new RangeError('the job’s own');
      }),
    ).rejects.toThrow('the job’s own');
    expect(openScopes()).toBe(0);
  });

  test.each(['validation', 'internal'] as const)('a %s error is thrown with its cause', async (filter) => {
    const cause = { message: 'buffer is invalid' } as GPUError;
    const { device } = fakeDevice({ [filter]: cause });
    await expect(capturing(device, 'No memory.', () => 5)).rejects.toMatchObject({
      code: 'forward-failed',
      message: 'The GPU refused a command: buffer is invalid',
      cause,
    });
  });
});
