// The WebGPU engine against the tensors of the released model: every tensor it can give, logits, rates and counts.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenCount } from '../model/config.ts';
import { CASES, engineTensorOf, type GoldenCase, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import { createCpuEngine } from './cpuEngine.ts';
import { totalBytes } from './gpuBuffers.ts';
import { createGpuEngine, type GpuEngine } from './gpuEngine.ts';
import { weightArrays } from './gpuWeights.ts';
import { openNodeGpu } from './nodeGpu.ts';

let engine: GpuEngine;
beforeAll(async () => {
  engine = createGpuEngine(await openNodeGpu());
});
afterAll(() => engine?.dispose());

/** Of R^c a head and of R, f32 on the GPU against f64. */
const RELATIVE = 1e-4;

describe.each(CASES)('%s', (name) => {
  const golden = loadCase(name);
  const { config } = golden;
  const n = (config.imageSize / config.patchSize) ** 2 + 1;

  test.each(golden.images.map((_, sample) => sample))('picture %i: logits, measures, tensors', async (sample) => {
    await engine.load(config, golden.weights);
    const { logits, layers } = await engine.run(golden.images[sample] ?? new Float32Array(0), 0.01);
    let read = 0;
    for (const { name: tensor, data, atol } of golden.expected.filter((entry) => entry.sample === sample)) {
      if (tensor === 'logits') expect(worstDifference(logits, data)).toBeLessThanOrEqual(atol);
      const where = engineTensorOf(tensor);
      if (!where) continue;
      expect(worstDifference(await engine.read(where.tensor, where.layer), data), tensor).toBeLessThanOrEqual(atol);
      read++;
    }
    if (sample === 0) expect(read).toBeGreaterThanOrEqual(3 * config.L);
    layers.forEach((layer, l) => {
      layer.Rc.input.unit.forEach((rate, k) => {
        const expected = golden.metrics[l]?.codingRate[sample]?.[k] ?? Number.NaN;
        expect(Math.abs(rate - expected)).toBeLessThan(RELATIVE * expected);
      });
      const nonzeros = layer.nonzero.output * n * config.d;
      expect(Math.abs(nonzeros - (golden.metrics[l]?.nonzeros[sample] ?? Number.NaN))).toBeLessThan(1.5);
    });
  });

  test('every measure at every place agrees with the CPU engine in f64', async () => {
    const image = golden.images[0] ?? new Float32Array(0);
    const cpu = createCpuEngine();
    await cpu.load(config, golden.weights);
    await engine.load(config, golden.weights);
    const reference = (await cpu.run(image, 0.02)).layers;
    await engine.run(image, 0.5);
    const layers = await engine.remeasure(0.02);
    layers.forEach((layer, l) => {
      const twin = reference[l];
      if (!twin) throw new Error('a layer is missing');
      for (const place of ['input', 'half', 'output'] as const) {
        for (const by of ['raw', 'unit'] as const) {
          expect(Math.abs(layer.R[place][by] / twin.R[place][by] - 1)).toBeLessThan(RELATIVE);
          layer.Rc[place][by].forEach((rate, k) => {
            expect(Math.abs(rate / (twin.Rc[place][by][k] ?? Number.NaN) - 1)).toBeLessThan(RELATIVE);
          });
        }
      }
      expect(layer.nonzero.half).toBe(twin.nonzero.half);
      expect(Math.abs(layer.l1 / twin.l1 - 1)).toBeLessThan(1e-5);
      layer.attention.cls.forEach((row, k) => {
        expect(worstDifference(row, twin.attention.cls[k] ?? [])).toBeLessThan(5e-6);
      });
    });
  });
});

test('the f16 file of crate_cifar, kept as halves, gives the logits of its weights in f32, to the bit', async () => {
  const golden = loadCase('crate_cifar');
  const image = golden.images[0] ?? new Float32Array(0);
  const logitsWith = async (halves: 'always' | 'never') => {
    const one = createGpuEngine(await openNodeGpu(), { halves });
    await one.load(golden.config, golden.weights);
    const { logits } = await one.run(image, 0.01);
    const { weightsAs } = one;
    one.dispose();
    return { logits, weightsAs };
  };
  const [half, single] = [await logitsWith('always'), await logitsWith('never')];
  expect([half.weightsAs, single.weightsAs]).toEqual(['f16 where exact', 'f32']);
  expect(half.logits).toEqual(single.logits);
  const expected = golden.expected.find((entry) => entry.name === 'logits' && entry.sample === 0);
  expect(worstDifference(half.logits, expected?.data ?? [])).toBeLessThanOrEqual(expected?.atol ?? 0);
});

/** Logits, rates and counts of every picture of a case. */
async function expectReference({ config, weights, images, expected, metrics }: GoldenCase): Promise<void> {
  const n = tokenCount(config);
  await engine.load(config, weights);
  for (const [sample, image] of images.entries()) {
    const { logits, layers } = await engine.run(image, 0.01);
    const reference = expected.find((entry) => entry.name === 'logits' && entry.sample === sample);
    expect(worstDifference(logits, reference?.data ?? [])).toBeLessThanOrEqual(reference?.atol ?? 0);
    layers.forEach((layer, l) => {
      layer.Rc.input.unit.forEach((rate, k) => {
        const ofHead = metrics[l]?.codingRate[sample]?.[k] ?? Number.NaN;
        expect(Math.abs(rate - ofHead)).toBeLessThan(RELATIVE * ofHead);
      });
      expect(layer.R.half.unit).toBeGreaterThan(0);
      const nonzeros = layer.nonzero.output * n * config.d;
      expect(Math.abs(nonzeros - (metrics[l]?.nonzeros[sample] ?? Number.NaN))).toBeLessThan(1.5);
    });
  }
}

// The large cases stay outside the project; a clone without them has two tests less.
const shared = fileURLToPath(new URL('../../../shared/golden', import.meta.url));
if (existsSync(`${shared}/crate_tiny/manifest.json`) && existsSync(`${shared}/crate_small/manifest.json`)) {
  test('crate_tiny, 224 px: logits, rates and counts; R by the blocked factorisation', async () => {
    await expectReference(loadCase('crate_tiny', 'checkpoint_fp16.safetensors', shared));
  }, 300_000);

  test('crate_small, 52 MB made on the spot: logits, rates and counts', async () => {
    const root = mkdtempSync(join(tmpdir(), 'crate-explorer-small-'));
    try {
      const [from, folder] = [join(shared, 'crate_small'), join(root, 'crate_small')];
      mkdirSync(folder);
      for (const file of ['manifest.json', 'metrics.json', 'expected.safetensors'])
        symlinkSync(join(from, file), join(folder, file));
      symlinkSync(`${shared}/crate_tiny/input.safetensors`, join(folder, 'input.safetensors'));
      const checkpoint = join(folder, 'checkpoint.safetensors');
      execFileSync(process.execPath, [join(from, 'make_checkpoint.mjs'), checkpoint]);
      const { generator } = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8')) as {
        readonly generator: { readonly size_and_sha256_of_generated_safetensors: string };
      };
      const bytes = readFileSync(checkpoint);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(`${bytes.length} ${sha256}`).toBe(generator.size_and_sha256_of_generated_safetensors);
      await expectReference(loadCase('crate_small', 'checkpoint.safetensors', root));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }, 300_000);
}

describe('what a picture costs', () => {
  const { config, weights, images } = loadCase('crate_cifar');
  const image = images[0] ?? new Float32Array(0);

  /** Dispatches, submits and read-backs of a run, and bytes of GPU memory that are alive. */
  async function costs(measures: 'all' | 'none') {
    const gpu = await openNodeGpu();
    const count = { dispatches: 0, submits: 0, maps: 0, bytes: 0 };
    const { device } = gpu;
    const { submit } = device.queue;
    device.queue.submit = (buffers) => {
      count.submits++;
      return submit.call(device.queue, buffers);
    };
    const { createBuffer, createCommandEncoder } = device;
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer.call(device, descriptor);
      count.bytes += descriptor.size;
      const { mapAsync, destroy } = buffer;
      buffer.mapAsync = (...range) => {
        count.maps++;
        return mapAsync.apply(buffer, range);
      };
      buffer.destroy = () => {
        count.bytes -= descriptor.size;
        return destroy.call(buffer);
      };
      return buffer;
    };
    device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder.call(device, descriptor);
      const { beginComputePass } = encoder;
      encoder.beginComputePass = (pass) => {
        const begun = beginComputePass.call(encoder, pass);
        const { dispatchWorkgroups } = begun;
        begun.dispatchWorkgroups = (...groups) => {
          count.dispatches++;
          return dispatchWorkgroups.apply(begun, groups);
        };
        return begun;
      };
      return encoder;
    };
    const one = createGpuEngine(gpu);
    await one.load(config, weights);
    await one.run(image, 0.01, undefined, measures);
    Object.assign(count, { dispatches: 0, submits: 0, maps: 0 });
    await one.run(image, 0.01, undefined, measures);
    const { bytes, ...calls } = count;
    Object.assign(count, { dispatches: 0, submits: 0, maps: 0 });
    await one.remeasure(0.02);
    const { bytes: _, ...again } = count;
    one.dispose();
    return { bytes, calls, again };
  }

  test('four dispatches a layer and six; one submit and one read-back, with all measures too', async () => {
    expect((await costs('none')).calls).toEqual({ dispatches: 4 * config.L + 6, submits: 1, maps: 1 });
    expect((await costs('all')).calls).toMatchObject({ submits: 1, maps: 1 });
  });

  test('another ε² factors again, heads and tokens, and makes no Gram matrix', async () => {
    expect((await costs('all')).again).toEqual({ dispatches: 2, submits: 1, maps: 1 });
    // After logits alone everything is to be measured.
    const measured = (await costs('all')).calls.dispatches;
    expect((await costs('none')).again.dispatches).toBe(measured - (4 * config.L + 6));
  });

  test('a profile: every run of the forward pass with its part, layer, time and work', async () => {
    await engine.load(config, weights);
    const rows = await engine.profile(image);
    if (!rows) throw new Error('the adapter of the tests has a clock');
    expect(rows).toHaveLength(4 * config.L + 6);
    expect(rows.every(({ ms, flops, bytes }) => ms >= 0 && flops > 0 && bytes > 0)).toBe(true);
    expect(rows.reduce((sum, { ms }) => sum + ms, 0)).toBeGreaterThan(0);
    const second = rows.filter(({ layer }) => layer === 1).map(({ name, part }) => `${part} ${name}`);
    expect(second).toEqual(['mssa gemm_quad', 'mssa ssa_quad', 'mssa gemm_quad', 'ista gemm_quad']);
    const { d, K, p } = config;
    const n = (config.imageSize / config.patchSize) ** 2 + 1;
    expect(rows.find(({ layer }) => layer === 1)).toMatchObject({ flops: 2 * n * d * K * p });
    // Each operand once: tokens, weights, what is written; Z beside them in MSSA, while an ISTA step's residual is its tokens.
    const [project, , output, ista] = rows.filter(({ layer }) => layer === 1).map(({ bytes }) => bytes);
    expect([project, output, ista]).toEqual([
      4 * (n * d + d * K * p + n * K * p),
      4 * (n * K * p + d * K * p + 2 * n * d),
      4 * (n * d + d * d + n * d),
    ]);
    // The picture is there as after a run.
    const Z = await engine.read('Z_next', config.L - 1);
    await engine.run(image, 0.01, undefined, 'none');
    expect(await engine.read('Z_next', config.L - 1)).toEqual(Z);
  });

  test('memory: weights, and every layer’s ZU, heads, Z_half, Z_next, little else', async () => {
    const { d, L, K, p } = config;
    const n = (config.imageSize / config.patchSize) ** 2 + 1;
    const weightBytes = totalBytes(weightArrays(config, weights, false));
    const activations = 4 * L * n * (2 * d + 2 * K * p);
    expect((await costs('none')).bytes).toBeLessThan(1.15 * (weightBytes + activations));
  });
});

describe('refusals', () => {
  const { config, weights, images } = loadCase('crate_micro');

  test('a picture of another size names both sizes', async () => {
    await engine.load(config, weights);
    await expect(engine.run(new Float32Array(10), 0.01)).rejects.toThrow(
      'The picture holds 10 values, the model takes 3×32×32 = 3072.',
    );
  });

  test('nothing loaded, nothing run, no such layer', async () => {
    const fresh = createGpuEngine(await openNodeGpu());
    await expect(fresh.run(new Float32Array(3072), 0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await fresh.load(config, weights);
    await expect(fresh.read('A', 0)).rejects.toMatchObject({ code: 'not-loaded' });
    await fresh.run(images[0] ?? new Float32Array(0), 0.01);
    await expect(fresh.read('A', 9)).rejects.toThrow('invalid layer: 9');
    fresh.dispose();
  });

  test('a destroyed device is said to be lost', async () => {
    const doomed = createGpuEngine(await openNodeGpu());
    await doomed.load(config, weights);
    doomed.device.destroy();
    await doomed.lost;
    await expect(doomed.run(images[0] ?? new Float32Array(0), 0.01)).rejects.toMatchObject({ code: 'device-lost' });
  });

  test('jobs given together are done in turn and keep their own answers', async () => {
    await engine.load(config, weights);
    const [first, second] = images;
    const alone = await engine.run(second ?? new Float32Array(0), 0.01);
    const [, together] = await Promise.all([
      engine.run(first ?? new Float32Array(0), 0.01),
      engine.run(second ?? new Float32Array(0), 0.01),
      engine.read('A', 0),
    ]);
    expect(together.logits).toEqual(alone.logits);
  });
});
