// What the speed page says and draws, from a run whose numbers are known.

import { describe, expect, test } from 'vitest';
import type { KernelTime, SpeedReport } from '../../model/speed.ts';
import type { SpeedResult } from '../../store/state.ts';
import { barColumns, roofPoints } from './bars.ts';
import {
  binary,
  byteRate,
  clockError,
  flopRate,
  isByEngine,
  nameOf,
  operations,
  sayings,
  sharePercent,
  three,
} from './figures.ts';
import { speedDocument, speedTable } from './speedTable.ts';

const spread = (median: number) => ({ median, low: median, high: median, runs: 3 });

const kernel = (part: KernelTime['part'], role: string, layer: number | null, ms: number): KernelTime => ({
  name: role === 'attention' ? 'ssa' : 'gemm',
  part,
  role,
  layer,
  // 4 operations a byte.
  flops: 4e6,
  bytes: 1e6,
  ms: [ms, ms, ms],
  times: 10,
});

const KERNELS: readonly KernelTime[] = [
  kernel('embed', 'project patches', null, 1),
  kernel('mssa', 'project', 0, 1),
  kernel('mssa', 'attention', 0, 3),
  kernel('ista', 'ISTA step', 0, 2),
  kernel('mssa', 'project', 1, 1),
  kernel('mssa', 'attention', 1, 1),
  kernel('ista', 'ISTA step', 1, 1),
];

const REPORT: SpeedReport = {
  engine: { kind: 'webgpu', adapter: 'test' },
  product: null,
  picture: { logits: spread(20), measures: spread(30) },
  pass: spread(10),
  kernels: KERNELS,
  clockStep: 0.1,
  // The ridge lies at 10 operations a byte.
  peaks: { gflops: 100, gbytes: 10, bytes: 1e8 },
  memory: { weights: 1e6, picture: 2e6 },
};

describe('numbers', () => {
  test('three figures, no zero before the point', () => {
    expect([0.01234, 0.5, 1.234, 45.67, 123.4, 1234, 98765, 0].map(three)).toEqual([
      '.0123',
      '.500',
      '1.23',
      '45.7',
      '123',
      '1,234',
      '98,765',
      '0',
    ]);
    expect(three(Number.NaN)).toBe('NaN');
  });

  test('with their units', () => {
    expect(flopRate(12.34)).toBe('12.3\u00a0GFLOP/s');
    expect(flopRate(12345)).toBe('12.3\u00a0TFLOP/s');
    expect([1234, 0.123].map(byteRate)).toEqual(['1.23\u00a0TB/s', '123\u00a0MB/s']);
    expect(operations(1.5e9)).toBe('1.50\u00a0GFLOP');
    expect(operations(108e6)).toBe('108\u00a0MFLOP');
    expect([2 ** 30, 1.5 * 2 ** 20, 16384].map(binary)).toEqual(['1\u00a0GiB', '1.5\u00a0MiB', '16\u00a0KiB']);
    expect([0.34, 0.004].map(sharePercent)).toEqual(['34\u00a0%', '<\u00a01\u00a0%']);
  });

  test('names of runs', () => {
    expect(nameOf({ part: 'mssa', role: 'project', layer: null })).toBe('MSSA, project');
    expect(nameOf({ part: 'ista', role: 'ISTA step', layer: 2 })).toBe('layer 3, ISTA step');
    expect(nameOf({ part: 'ista', role: null, layer: 0 })).toBe('layer 1, ISTA');
  });
});

describe('sentences', () => {
  test('what of a picture is kernels, and the largest of them under its roof', () => {
    expect(sayings(REPORT)).toEqual([
      'Of a picture’s 20.0\u00a0ms, 10.0\u00a0ms (50\u00a0%) are kernels; the rest is the way to the device and back.',
      // Two runs of 4 MFLOP in 4 ms: 2 GFLOP/s of 40.
      'The largest part, 40\u00a0% of the time, is MSSA, attention: 4.00 operations a byte, so memory would bound it; it reaches 2.00\u00a0GFLOP/s, 5\u00a0% of that roof.',
    ]);
  });

  test('above the slope it is a cache', () => {
    const cached = { ...REPORT, peaks: { gflops: 100, gbytes: 0.9, bytes: 1e8 } };
    expect(sayings(cached)[2]).toBe(
      'Above the slope, so served by a cache and not by memory: MSSA, project; embed, project patches.',
    );
  });

  test('nothing is said of kernels that nobody timed', () => {
    expect(sayings({ ...REPORT, kernels: null, pass: null, peaks: null })).toEqual([]);
  });

  test('how far the clock’s steps can be trusted', () => {
    // The shortest ran 10 times for 1 ms.
    expect(clockError(REPORT)).toBeCloseTo(0.01);
    expect(clockError({ ...REPORT, clockStep: null })).toBeNull();
  });
});

describe('drawings', () => {
  test('a stack a layer, in the order of the pass, lighter from run to run', () => {
    const columns = barColumns(KERNELS);
    expect(columns.map(({ label, name }) => `${label}: ${name}`)).toEqual(['embed: Embed', '1: Layer 1', '2: Layer 2']);
    expect(columns[1]?.parts.map(({ name, accent, shade, ms }) => [name, accent, shade, ms])).toEqual([
      ['MSSA, project', 'mssa', 0, 1],
      ['MSSA, attention', 'mssa', 1, 3],
      ['ISTA step', 'ista', 0, 2],
    ]);
  });

  test('a point a role, none without roofs', () => {
    const points = roofPoints(REPORT);
    expect(points.map(({ key, x, y }) => [key, x, y])).toEqual([
      ['embed project patches', 4, 4],
      ['mssa project', 4, 4],
      ['mssa attention', 4, 2],
      ['ista ISTA step', 4, 8e6 / 3e6],
    ]);
    expect(points.map(({ label }) => label)[2]).toBe('attention 40\u00a0%');
    expect(roofPoints({ ...REPORT, peaks: null })).toEqual([]);
  });
});

describe('taken along', () => {
  test('each run a row; half-steps have sums, and a roof only where all do the same', () => {
    expect(speedTable(REPORT, 'run').rows).toHaveLength(7);
    const { columns, rows } = speedTable(REPORT, 'layer');
    const half = rows.find(([part, layer]) => part === 'mssa' && layer === 1) ?? [];
    const value = (name: string) => half[columns.indexOf(name)];
    expect([value('runs'), value('ms (median)'), value('share'), value('flops'), value('bound')]).toEqual([
      2,
      4,
      0.4,
      8e6,
      null,
    ]);
  });

  test('a document: layers count from 1', () => {
    const model = { id: 'm', title: 'M', sha256: 'a', side: 32 };
    const result: SpeedResult = { ...REPORT, model, pictureName: 'Sailboat', at: '2026-01-01T00:00:00.000Z' };
    const document = speedDocument(result);
    expect(document).toMatchObject({ schema: 'crate-explorer/speed@1', model, input: { name: 'Sailboat' } });
    expect(document.kernels?.map(({ layer }) => layer)).toEqual([null, 1, 1, 1, 2, 2, 2]);
  });
});

describe('isByEngine', () => {
  const report = { engine: { kind: 'webgpu', adapter: 'A' }, product: { kernel: 'tile' } } as SpeedReport;
  const product = (kernel: string) => ({ kernel }) as SpeedReport['product'];

  test('WebGPU on the same adapter, by the same kernel', () => {
    expect(isByEngine(report, { kind: 'webgpu', adapter: 'A' }, product('tile'))).toBe(true);
    expect(isByEngine(report, { kind: 'webgpu', adapter: 'B' }, product('tile'))).toBe(false);
    expect(isByEngine(report, { kind: 'webgpu', adapter: 'A' }, product('quad'))).toBe(false);
    expect(isByEngine(report, { kind: 'cpu', adapter: 'A' }, null)).toBe(false);
  });

  test('the CPU, on however many threads', () => {
    const onCpu = { engine: { kind: 'cpu', adapter: 'CPU, 2 threads' }, product: null } as SpeedReport;
    expect(isByEngine(onCpu, { kind: 'cpu', adapter: 'CPU' }, null)).toBe(true);
  });
});
