// A speed run on a real device and on the CPU engine, roles of all kinds of models, and the clock's step.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quantile } from '../math/quantile.ts';
import type { CrateConfig } from '../model/config.ts';
import { loadCase } from '../model/fixtures/golden.ts';
import { loadVariant } from '../model/fixtures/variants.ts';
import { createCpuEngine } from './cpuEngine.ts';
import { openGpu } from './device.ts';
import type { Engine } from './engine.ts';
import { createGpuEngine, type GpuEngine } from './gpuEngine.ts';
import { openNodeGpu } from './nodeGpu.ts';
import { clockStepOf, measureSpeed, type SpeedPhase } from './speed.ts';
import { stepRoles } from './stepRoles.ts';

const MICRO = loadCase('crate_micro');

let engine: GpuEngine;
beforeAll(async () => {
  engine = createGpuEngine(await openNodeGpu());
});
afterAll(() => engine?.dispose());

const subjectOf = (one: Engine) => ({
  engine: one,
  config: MICRO.config,
  weightBytes: 1234,
  picture: () => ({ image: MICRO.images[0] ?? new Float32Array(0), eps2: 0.01, hidden: undefined }),
});

const how = (signal = new AbortController().signal) => {
  const heard: [number, SpeedPhase][] = [];
  let pieces = 0;
  return {
    heard,
    pieces: () => pieces,
    signal,
    progress: (done: number, what: SpeedPhase) => void heard.push([done, what]),
    turn: <T>(piece: () => Promise<T>): Promise<T> => {
      pieces++;
      return piece();
    },
  };
};

describe('measureSpeed', () => {
  test('WebGPU: pictures, the pass, every kernel in repeated rounds, both roofs', async () => {
    await engine.load(MICRO.config, MICRO.weights);
    const listening = how();
    const report = await measureSpeed(subjectOf(engine), listening);
    const { L } = MICRO.config;
    expect(report.engine.kind).toBe('webgpu');
    expect(report.product).toMatchObject({
      kernel: 'quad',
      origin: 'software',
      weightsAs: 'f32',
      device: { isSoftware: true, features: expect.arrayContaining(['timestamp-query']) },
    });
    expect(report.product?.device.limits['maxBufferSize']).toBeGreaterThan(2 ** 27);
    for (const spread of [report.picture.logits, report.picture.measures, report.pass]) {
      expect(spread?.runs).toBeGreaterThanOrEqual(3);
      expect(spread?.low).toBeGreaterThan(0);
      expect(spread?.high).toBeGreaterThanOrEqual(spread?.median ?? Number.NaN);
    }
    expect(report.kernels).toHaveLength(4 * L + 6);
    for (const { ms, times, flops, bytes } of report.kernels ?? []) {
      expect(ms.length).toBeGreaterThanOrEqual(3);
      expect(times).toBeGreaterThanOrEqual(1);
      expect(Math.min(flops, bytes, ...ms)).toBeGreaterThan(0);
    }
    expect(report.peaks?.gflops).toBeGreaterThan(0);
    expect(report.memory.weights).toBe(engine.weightBytes);
    expect(report.memory.picture).toBeGreaterThan(0);
    const shares = listening.heard.map(([done]) => done);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect([...new Set(listening.heard.map(([, what]) => what))]).toEqual(['pictures', 'pass', 'kernels', 'peaks']);
    expect(listening.pieces()).toBeGreaterThan(12);
  });

  test('a repeated profile leaves the tensors as a run does', async () => {
    const { config, weights, images } = MICRO;
    const image = images[0] ?? new Float32Array(0);
    await engine.load(config, weights);
    const times = Array.from({ length: 4 * config.L + 6 }, () => 3);
    const rows = await engine.profile(image, { times });
    expect(rows).toHaveLength(times.length);
    const repeated = await engine.read('Z_next', config.L - 1);
    await engine.run(image, 0.01, undefined, 'none');
    expect(repeated).toEqual(await engine.read('Z_next', config.L - 1));
  });

  test('a clock in steps, as browsers have it: each kernel is repeated until a step is less than 5 % of its time', async () => {
    const { create } = await import('webgpu');
    const instance = create(['enable-dawn-features=timestamp_quantization']);
    const one = createGpuEngine(await openGpu(instance));
    await one.load(MICRO.config, MICRO.weights);
    const { kernels, clockStep } = await measureSpeed(subjectOf(one), how());
    one.dispose();
    expect(clockStep).toBeGreaterThan(0.01);
    for (const { ms, times, name } of kernels ?? []) {
      expect((clockStep ?? 1) / (times * quantile(ms, 0.5)), `${name}, ${times} times`).toBeLessThan(0.05);
    }
  });

  test('a device without a clock: whole pictures and roofs, no kernel', async () => {
    const gpu = await openNodeGpu();
    const device = new Proxy(gpu.device, {
      get(target, name) {
        if (name === 'features') return new Set<string>();
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const one = createGpuEngine({ ...gpu, device });
    await one.load(MICRO.config, MICRO.weights);
    const report = await measureSpeed(subjectOf(one), how());
    expect(report).toMatchObject({ pass: null, kernels: null, clockStep: null });
    expect(report.picture.logits.median).toBeGreaterThan(0);
    expect(report.peaks?.gbytes).toBeGreaterThan(0);
    one.dispose();
  });

  test('the CPU engine: whole pictures alone', async () => {
    const cpu = createCpuEngine();
    await cpu.load(MICRO.config, MICRO.weights);
    expect(await measureSpeed(subjectOf(cpu), how())).toMatchObject({
      product: null,
      pass: null,
      kernels: null,
      peaks: null,
      memory: { weights: 1234 },
    });
  });

  test('stops between two pieces', async () => {
    const controller = new AbortController();
    const listening = how(controller.signal);
    const stopping = {
      ...listening,
      turn: <T>(piece: () => Promise<T>): Promise<T> => {
        if (listening.pieces() === 4) controller.abort();
        return listening.turn(piece);
      },
    };
    const cpu = createCpuEngine();
    await cpu.load(MICRO.config, MICRO.weights);
    await expect(measureSpeed(subjectOf(cpu), stopping)).rejects.toMatchObject({ name: 'AbortError' });
    expect(listening.pieces()).toBe(5);
  });
});

describe('stepRoles', () => {
  /** Role and kernel of each run of a loaded model's pass, layers but the first left out. */
  async function namedRuns(config: CrateConfig): Promise<readonly string[]> {
    const image = new Float32Array(3 * config.imageSize ** 2);
    const rows = (await engine.profile(image)) ?? [];
    const roles = stepRoles(config, rows);
    return rows.flatMap(({ name, layer }, i) => (layer === null || layer === 0 ? [`${roles[i]}: ${name}`] : []));
  }

  test('CRATE', async () => {
    await engine.load(MICRO.config, MICRO.weights);
    expect(await namedRuns(MICRO.config)).toEqual([
      'cut patches: patchify',
      'project patches: gemm_quad',
      'norm patches: layer_norm',
      'assemble tokens: assemble_tokens',
      'project: gemm_quad',
      'attention: ssa_quad',
      'output: gemm_quad',
      'ISTA step: gemm_quad',
      'pool tokens: pool_tokens',
      'logits: gemm_quad',
    ]);
  });

  test('CRATE-α', async () => {
    const { config, weights } = loadVariant('crate_alpha_micro');
    await engine.load(config, weights);
    expect(await namedRuns(config)).toEqual([
      'cut patches: patchify',
      'project patches: gemm_quad',
      'assemble tokens: assemble_tokens',
      'project: gemm_quad',
      'attention: ssa_quad',
      'output: gemm_quad',
      'norm: layer_norm',
      'first step: gemm_quad',
      'residual: gemm_quad',
      'codes: gemm_quad',
      'output: gemm_quad',
      'pool tokens: pool_tokens',
      'logits: gemm_quad',
    ]);
  });

  test('CRATE-MAE: its decoder block by block', async () => {
    const { config, weights } = loadVariant('crate_mae_micro');
    await engine.load(config, weights);
    const names = await namedRuns(config);
    const decoder = names.slice(names.indexOf('ISTA step: gemm_quad') + 1);
    expect(decoder).toHaveLength(2 + 4 * (config.decoder?.L ?? 0));
    expect(decoder.slice(0, 5)).toEqual([
      'norm: layer_norm',
      'block, map: gemm_quad',
      'block, project: gemm_quad',
      'block, attention: ssa_quad',
      'block, output: gemm_quad',
    ]);
    expect(decoder.at(-1)).toBe('pixels: gemm_quad');
  });

  test('more runs than are named', () => {
    const steps = Array.from({ length: 4 }, () => ({ part: 'mssa', layer: 0 }) as const);
    expect(() => stepRoles(MICRO.config, steps)).toThrow('run 4 of mssa has no role');
  });
});

test('the clock’s step is what all times are multiples of', () => {
  expect(clockStepOf([{ ms: [0.4, 0.3], times: 5 }])).toBeCloseTo(0.5);
  expect(clockStepOf([{ ms: [0.065536, 0.131072, 0], times: 1 }])).toBeCloseTo(0.065536);
  expect(clockStepOf([{ ms: [0.123457, 0.131072], times: 1 }])).toBeNull();
});
