// The CPU engine held to the reference cases through the interface that the page uses.

import { describe, expect, test } from 'vitest';
import { CASES, engineTensorOf, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import { createCpuEngine } from './cpuEngine.ts';

describe.each(CASES)('%s', (name) => {
  const golden = loadCase(name);
  const { config } = golden;
  const n = (config.imageSize / config.patchSize) ** 2 + 1;

  test.each(golden.images.map((_, sample) => sample))('picture %i: logits, measures, tensors', async (sample) => {
    const engine = createCpuEngine();
    await engine.load(config, golden.weights);
    const { logits, layers, ms } = await engine.run(golden.images[sample] ?? new Float32Array(0), 0.01);
    expect(ms).toBeGreaterThan(0);

    let read = 0;
    for (const { name: tensor, data, atol } of golden.expected.filter((entry) => entry.sample === sample)) {
      const where = engineTensorOf(tensor);
      if (tensor === 'logits') expect(worstDifference(logits, data)).toBeLessThanOrEqual(atol);
      if (!where) continue;
      expect(worstDifference(await engine.read(where.tensor, where.layer), data), tensor).toBeLessThanOrEqual(atol);
      read++;
    }
    // The second picture of crate_cifar has logits and measures only.
    if (sample === 0) expect(read).toBeGreaterThanOrEqual(3 * config.L);

    expect(layers.map(({ index }) => index)).toEqual(Array.from({ length: config.L }, (_, l) => l + 1));
    layers.forEach((layer, l) => {
      const rates = golden.metrics[l]?.codingRate[sample] ?? [];
      expect(layer.Rc.input.unit).toHaveLength(config.K);
      layer.Rc.input.unit.forEach((rate, k) => {
        expect(Math.abs(rate - (rates[k] ?? Number.NaN))).toBeLessThan(1e-7 * rate);
      });
      const nonzeros = layer.nonzero.output * n * config.d;
      expect(Math.abs(nonzeros - (golden.metrics[l]?.nonzeros[sample] ?? Number.NaN))).toBeLessThan(1.5);
    });
  });
});

describe('crate_cifar', () => {
  const { config, weights, images } = loadCase('crate_cifar');
  const [image = new Float32Array(0), other = new Float32Array(0)] = images;
  const n = 65;

  test('every tensor has the size its name promises', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const sizes = {
      patches: (n - 1) * 48,
      tokens: n * config.d,
      Z: n * config.d,
      LN_Z: n * config.d,
      ZU: n * config.K * config.p,
      S: config.K * n * n,
      A: config.K * n * n,
      heads: n * config.K * config.p,
      Z_half: n * config.d,
      X: n * config.d,
      Z_next: n * config.d,
      ZU_half: n * config.K * config.p,
      ZU_next: n * config.K * config.p,
    } as const;
    for (const name of Object.keys(sizes) as (keyof typeof sizes)[]) {
      expect((await engine.read(name, 3)).length, name).toBe(sizes[name]);
    }
    await expect(engine.read('Z', 6)).rejects.toThrow('invalid layer: 6');
  });

  test('another ε² changes the rates as a new run would, and nothing else', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    const first = await engine.run(image, 0.01);
    const again = await engine.remeasure(0.5);
    expect(again).toEqual((await engine.run(image, 0.5)).layers);
    expect(again.map(({ nonzero, l1, attention }) => ({ nonzero, l1, attention }))).toEqual(
      first.layers.map(({ nonzero, l1, attention }) => ({ nonzero, l1, attention })),
    );
    again.forEach((layer, l) => {
      expect(layer.R.half.raw).toBeLessThan(first.layers[l]?.R.half.raw ?? Number.NaN);
    });
  });

  test('the second picture leaves nothing of the first', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const after = await engine.run(other, 0.01);
    const fresh = createCpuEngine();
    await fresh.load(config, weights);
    expect(after.layers).toEqual((await fresh.run(other, 0.01)).layers);
  });

  test('one picture with all measures takes well under a second of processor time', async () => {
    const engine = createCpuEngine();
    await engine.load(config, weights);
    await engine.run(image, 0.01);
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const before = process.cpuUsage();
      await engine.run(image, 0.01);
      times.push(process.cpuUsage(before).user / 1000);
    }
    // About 100 ms; processor time, since a busy machine stretches the clock's.
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  test('what is asked too early or in the wrong size is refused with a sentence', async () => {
    const engine = createCpuEngine();
    await expect(engine.run(image, 0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await engine.load(config, weights);
    await expect(engine.remeasure(0.01)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(engine.run(new Float32Array(10), 0.01)).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'The picture holds 10 numbers, the model needs 3 × 32 × 32 = 3072.',
    });
    await expect(
      engine.run(
        image.map(() => Number.NaN),
        0.01,
      ),
    ).rejects.toMatchObject({ code: 'forward-failed' });
    engine.dispose();
    await expect(engine.read('Z', 0)).rejects.toMatchObject({ code: 'not-loaded' });
  });
});
