// A session in Node on a real device: starting, loading, views against the CPU session, lost devices, requests that overlap.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Gpu, openGpu } from '../engine/device.ts';
import { openNodeGpu } from '../engine/nodeGpu.ts';
import { FIXTURES, type GoldenCase, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import { loadVariant, type VariantName } from '../model/fixtures/variants.ts';
import type { EngineReport, Session } from './protocol.ts';
import { createSession } from './session.ts';

const MICRO = loadCase('crate_micro');
const CIFAR = loadCase('crate_cifar');
const EPS2 = 0.01;

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(`${FIXTURES}/${name}/checkpoint.safetensors`));

const givenOf = ({ config: { K: heads, eta, lambda, pool } }: GoldenCase) => ({ heads, eta, lambda, pool });

const load = (session: Session, golden: GoldenCase) => session.loadModel(bytesOf(golden.name), givenOf(golden));

function imageOf(golden: GoldenCase, sample = 0): Float32Array {
  const image = golden.images[sample];
  if (!image) throw new Error(`${golden.name} has no picture ${sample}`);
  return image;
}

const expectedLogits = ({ expected }: GoldenCase, sample = 0): Float32Array => {
  const entry = expected.find(({ name, sample: of }) => name === 'logits' && of === sample);
  if (!entry) throw new Error('no expected logits');
  return entry.data;
};

/** Of logits and tensors of these models, which are about 1 in size, f32 against f64. */
const CLOSE = 1e-4;

interface Heard {
  readonly session: Session;
  readonly reports: EngineReport[];
}

/** A started session on WebGPU that remembers what its listener heard. */
async function started(options: { openGpu?: () => Promise<Gpu> } = {}): Promise<Heard> {
  const reports: EngineReport[] = [];
  const session = createSession({ openGpu: openNodeGpu, ...options });
  session.onEngineChange((report) => reports.push(report));
  const first = await session.start('webgpu');
  expect(first).toMatchObject({ kind: 'webgpu', notice: null });
  return { session, reports };
}

/** The CPU session with a model and its first picture. */
async function cpuSession(golden: GoldenCase): Promise<Session> {
  const session = createSession();
  await session.start('cpu');
  await load(session, golden);
  await session.run(imageOf(golden), EPS2);
  return session;
}

/** For every test that loses no device: compiling the kernels is most of what a session costs here. */
let shared: Session;
beforeAll(async () => {
  shared = (await started()).session;
});

describe('starting', () => {
  test('a device: WebGPU under its adapter’s name, nothing to say', async () => {
    const session = createSession({ openGpu: openNodeGpu });
    const { kind, adapter, notice } = await session.start('webgpu');
    expect(kind).toBe('webgpu');
    expect(adapter).not.toBe('');
    expect(notice).toBeNull();
  });

  test.each([
    ['on a GPU kernels are compiled while the weights are on their way', false],
    ['where the processor is the device they wait until they are needed', true],
  ])('%s', async (_, isSoftware) => {
    const gpu = await openNodeGpu();
    let compiled = 0;
    const compile = gpu.device.createComputePipelineAsync.bind(gpu.device);
    gpu.device.createComputePipelineAsync = (descriptor) => {
      compiled++;
      return compile(descriptor);
    };
    const session = createSession({ openGpu: async () => ({ ...gpu, isSoftware }) });
    await session.start('webgpu', { product: 'register', remembered: {} });
    await session.warm(MICRO.config, false);
    expect(compiled > 0).toBe(!isSoftware);
    await load(session, MICRO);
    const { logits } = await session.run(imageOf(MICRO), EPS2);
    expect(worstDifference(logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
    expect(compiled).toBeGreaterThan(8);
  });

  test('no WebGPU: the CPU engine, and one sentence with the cause', async () => {
    const session = createSession({ openGpu: () => openGpu(undefined) });
    expect(await session.start('auto')).toEqual({
      kind: 'cpu',
      adapter: 'CPU, float32, WebAssembly SIMD',
      notice:
        'This browser has no WebGPU. Every view works: the CPU engine computes, in float32 by WebAssembly, without the graphics processor.',
      isWithoutWebGpu: true,
    });
    await load(session, MICRO);
    const { logits } = await session.run(imageOf(MICRO), EPS2);
    expect(worstDifference(logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
  });

  test('neither WebGPU nor WebAssembly SIMD: the definitions in float64', async () => {
    const session = createSession({ openGpu: () => openGpu(undefined), createFastCpu: async () => null });
    expect(await session.start('auto')).toMatchObject({
      adapter: 'CPU, float64',
      notice: expect.stringMatching(/in float64 and without the graphics processor, so it is slower\.$/),
    });
  });

  test('WebGPU that the processor computes: the faster engine, and why; a link takes WebGPU all the same', async () => {
    const session = createSession({ openGpu: openNodeGpu });
    expect(await session.start('auto')).toMatchObject({
      kind: 'cpu',
      notice: expect.stringMatching(/^WebGPU is itself computed by the processor .* it is faster\. “\?engine=webgpu”/),
    });
    await load(session, MICRO);
    const { logits } = await session.run(imageOf(MICRO), EPS2);
    expect(worstDifference(logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
  });

  test('the CPU when the link says so', async () => {
    const fast = await createSession({ openGpu: openNodeGpu }).start('wasm');
    expect(fast).toMatchObject({
      kind: 'cpu',
      notice: expect.stringMatching(/^Chosen by the link: .* by WebAssembly/),
    });
    const report = await createSession({ openGpu: openNodeGpu }).start('cpu');
    expect(report).toMatchObject({ kind: 'cpu', notice: expect.stringMatching(/^Chosen by the link: /) });
  });

  test('what comes too early is refused', async () => {
    const session = createSession({ openGpu: openNodeGpu });
    await expect(session.run(imageOf(MICRO), EPS2)).rejects.toMatchObject({ code: 'not-loaded' });
    await session.start('auto');
    await expect(session.run(imageOf(MICRO), EPS2)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(session.subspace(0, 0, 'input')).rejects.toMatchObject({ code: 'not-loaded' });
    await load(session, MICRO);
    await expect(session.attention(0)).rejects.toMatchObject({ code: 'not-loaded' });
    await expect(session.remeasure(EPS2)).rejects.toMatchObject({ code: 'not-loaded' });
  });
});

describe('views', () => {
  const { config } = MICRO;
  const { d, K, p, L } = config;
  const n = (config.imageSize / config.patchSize) ** 2 + 1;

  test('a model says what it is', async () => {
    const model = await load(shared, MICRO);
    expect(model.config).toEqual(config);
    expect(model.assumptions).toEqual([]);
    expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(model.ms).toBeGreaterThan(0);
    const { weights } = MICRO;
    const tensors = [...Object.values(weights).filter((value) => value instanceof Float32Array)];
    const layers = weights.layers.flatMap((layer) =>
      Object.values(layer).filter((value) => value instanceof Float32Array),
    );
    expect(model.findings.parameters).toBe([...tensors, ...layers].reduce((sum, { length }) => sum + length, 0));
  });

  test('every view of every layer agrees with the CPU session’s', async () => {
    await load(shared, MICRO);
    await shared.run(imageOf(MICRO), EPS2);
    const cpu = await cpuSession(MICRO);
    const close = (one: ArrayLike<number>, other: ArrayLike<number>, size: number, what: string) => {
      expect(one, what).toHaveLength(size);
      expect(worstDifference(one, other), what).toBeLessThan(CLOSE);
    };
    for (let layer = 0; layer < L; layer++) {
      close(await shared.attention(layer), await cpu.attention(layer), K * n * n, 'attention');
      const [tokens, tokensCpu] = [await shared.tokens(layer), await cpu.tokens(layer)];
      for (const part of ['Z_half', 'before', 'Z_next'] as const) close(tokens[part], tokensCpu[part], n * d, part);
      const [step, stepCpu] = [await shared.stepEffect(layer), await cpu.stepEffect(layer)];
      for (const part of ['normBefore', 'normAfter', 'normStep', 'cosine'] as const) {
        close(step[part], stepCpu[part], n, part);
      }
      for (const place of ['input', 'half', 'output'] as const) {
        const [view, viewCpu] = [await shared.subspace(layer, K - 1, place), await cpu.subspace(layer, K - 1, place)];
        expect(view).toMatchObject({ layer, head: K - 1, place });
        close(view.energy, viewCpu.energy, n, `energy ${place}`);
        close(view.variance, viewCpu.variance, Math.min(p, n), `variance ${place}`);
        expect(view.coordinates).toHaveLength(3 * n);
      }
      expect(await shared.incoherence(layer)).toEqual(await cpu.incoherence(layer));
      const [dictionary, dictionaryCpu] = [await shared.dictionary(layer), await cpu.dictionary(layer)];
      close(dictionary.usage, dictionaryCpu.usage, d, 'usage');
      close(await shared.tensor('heads', layer), await cpu.tensor('heads', layer), n * K * p, 'heads');
    }
    const [maxima, maximaCpu] = [await shared.attentionMax(3), await cpu.attentionMax(3)];
    close(maxima, maximaCpu, L, 'attentionMax');
    await expect(shared.attention(L)).rejects.toThrow(`invalid layer: ${L}`);
    await expect(shared.dictionary(L)).rejects.toThrow(`invalid layer: ${L}`);
  });

  test('another ε² is measured without another run', async () => {
    await load(shared, MICRO);
    await shared.run(imageOf(MICRO), EPS2);
    const again = await shared.remeasure(0.5);
    const { layers } = await shared.run(imageOf(MICRO), 0.5);
    expect(again).toEqual(layers);
  });
});

describe('a lost device', () => {
  test('is replaced once by WebGPU, then by the CPU; model and picture go along', async () => {
    const { session, reports } = await started();
    await load(session, MICRO);
    const before = await session.run(imageOf(MICRO), EPS2);
    const attention = await session.attention(1);

    session.loseDevice();
    expect(await session.attention(1)).toEqual(attention);
    expect(reports).toEqual([
      {
        kind: 'webgpu',
        adapter: expect.any(String),
        notice: 'The GPU device was destroyed; WebGPU was started again.',
      },
    ]);
    expect((await session.run(imageOf(MICRO), EPS2)).logits).toEqual(before.logits);

    session.loseDevice();
    expect(worstDifference(await session.attention(1), attention)).toBeLessThan(CLOSE);
    expect(reports).toHaveLength(2);
    expect(reports[1]).toMatchObject({
      kind: 'cpu',
      notice: expect.stringMatching(/^The GPU device was destroyed a second time: the CPU engine computes/),
    });
    const { logits, layers } = await session.run(imageOf(MICRO), EPS2);
    expect(worstDifference(logits, before.logits)).toBeLessThan(CLOSE);
    layers.forEach((layer, l) => {
      expect(Math.abs(layer.R.half.unit / (before.layers[l]?.R.half.unit ?? Number.NaN) - 1)).toBeLessThan(CLOSE);
    });
    session.loseDevice();
    expect((await session.run(imageOf(MICRO), EPS2)).logits).toEqual(logits);
    expect(reports).toHaveLength(2);
  });

  test('is noticed and replaced while nobody asks for anything', async () => {
    const { session, reports } = await started();
    await load(session, MICRO);
    await session.run(imageOf(MICRO), EPS2);
    for (const count of [1, 2]) {
      session.loseDevice();
      await expect.poll(() => reports.length, { timeout: 30_000 }).toBe(count);
    }
    expect(reports.map(({ kind }) => kind)).toEqual(['webgpu', 'cpu']);
  });

  test('under a run, a load and a view that are under way: all of them answer', async () => {
    const { session, reports } = await started();
    await load(session, MICRO);
    const reference = await session.run(imageOf(MICRO), EPS2);
    const running = session.run(imageOf(MICRO), EPS2);
    session.loseDevice();
    const viewing = session.tokens(0);
    expect((await running).logits).toEqual(reference.logits);
    expect((await viewing).Z_next.length).toBeGreaterThan(0);

    const loading = load(session, CIFAR);
    const after = session.run(imageOf(CIFAR), EPS2);
    session.loseDevice();
    expect((await loading).config).toEqual(CIFAR.config);
    expect(worstDifference((await after).logits, expectedLogits(CIFAR))).toBeLessThan(CLOSE);
    expect(reports.map(({ kind }) => kind)).toEqual(['webgpu', 'cpu']);
  });

  test('that does not come back: the CPU at once', async () => {
    let opened = 0;
    const { session, reports } = await started({
      openGpu: () => (opened++ === 0 ? openNodeGpu() : openGpu(undefined)),
    });
    await load(session, MICRO);
    const before = await session.run(imageOf(MICRO), EPS2);
    session.loseDevice();
    expect(worstDifference((await session.run(imageOf(MICRO), EPS2)).logits, before.logits)).toBeLessThan(CLOSE);
    expect(reports).toMatchObject([
      { kind: 'cpu', notice: expect.stringMatching(/^The GPU device was destroyed and does not come back: /) },
    ]);
  });

  test('whose successor is lost while it takes the model up: the CPU, once', async () => {
    let opened = 0;
    const { session, reports } = await started({
      openGpu: async () => {
        const gpu = await openNodeGpu();
        if (opened++ > 0) gpu.device.destroy();
        return gpu;
      },
    });
    await load(session, MICRO);
    const before = await session.run(imageOf(MICRO), EPS2);
    session.loseDevice();
    expect(worstDifference((await session.run(imageOf(MICRO), EPS2)).logits, before.logits)).toBeLessThan(CLOSE);
    expect(reports.map(({ kind }) => kind)).toEqual(['cpu']);
  });

  test('before any model: the next model loads on the new device', async () => {
    const { session, reports } = await started();
    session.loseDevice();
    await load(session, MICRO);
    const { logits } = await session.run(imageOf(MICRO), EPS2);
    expect(worstDifference(logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
    expect(reports.map(({ kind }) => kind)).toEqual(['webgpu']);
  });

  test('with a picture that the CPU engine refuses: the sentence says so', async () => {
    let opened = 0;
    const { session, reports } = await started({
      openGpu: () => (opened++ === 0 ? openNodeGpu() : openGpu(undefined)),
    });
    await load(session, MICRO);
    await session.run(new Float32Array(imageOf(MICRO).length).fill(Number.NaN), EPS2);
    session.loseDevice();
    await expect(session.attention(0)).rejects.toMatchObject({ code: 'not-loaded' });
    expect(reports[0]?.notice).toContain('The last picture has to be opened again: The logits are not finite numbers');
    const { logits } = await session.run(imageOf(MICRO), EPS2);
    expect(worstDifference(logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
  });
});

describe('files of one’s own', () => {
  const file = (path: string): Blob => new Blob([readFileSync(`${FIXTURES}/${path}`)]);
  const variant = (name: VariantName) => {
    const golden = loadVariant(name);
    return { ...golden, image: golden.images[0] ?? new Float32Array(0) };
  };

  test.each(['checkpoint.pth', 'checkpoint_legacy.pth', 'checkpoint.pth.tar', 'checkpoint_finetune.t7'])(
    '%s: understood without being loaded, then loaded with the heads that were asked for',
    async (name) => {
      await load(shared, CIFAR);
      const told: [number, number][] = [];
      const blob = file(`crate_micro/${name}`);
      const opened = await shared.openFile(blob, name, {}, (bytes, total) => told.push([bytes, total]));
      expect(opened.findings.constants[0]).toMatchObject({ key: 'heads', value: null });
      expect(opened.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(told.at(-1)).toEqual([blob.size, blob.size]);
      // The model at hand still runs.
      expect(worstDifference((await shared.run(imageOf(CIFAR), EPS2)).logits, expectedLogits(CIFAR))).toBeLessThan(
        CLOSE,
      );
      await expect(shared.loadOpened(opened.sha256, {})).rejects.toMatchObject({
        name: 'CheckpointError',
        code: 'heads-unknown',
      });
      const model = await shared.loadOpened(opened.sha256, { heads: 3 });
      expect(model).toMatchObject({ sha256: opened.sha256, config: MICRO.config });
      const { logits } = await shared.run(imageOf(MICRO), EPS2);
      expect(worstDifference(logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
      // Once more with other heads, without opening it again: other numbers.
      await shared.loadOpened(opened.sha256, { heads: 6 });
      const other = await shared.run(imageOf(MICRO), EPS2);
      expect(worstDifference(other.logits, expectedLogits(MICRO))).toBeGreaterThan(1e-3);
    },
  );

  test('CRATE-α: PyTorch’s logits and codes', async () => {
    const { image, expected, config } = variant('crate_alpha_micro');
    const { sha256 } = await shared.openFile(file('crate_alpha_micro/checkpoint.pth'), 'alpha.pth', {});
    expect((await shared.loadOpened(sha256, { heads: config.K })).config).toEqual(config);
    const { logits, layers } = await shared.run(image, EPS2);
    expect(worstDifference(logits, expected('logits'))).toBeLessThan(CLOSE);
    expect(layers.every(({ nonzero }) => (nonzero.codes ?? 2) < 1 && nonzero.output > 0.99)).toBe(true);
    expect((await shared.tokens(0)).codes).toHaveLength(65 * 192);
    const dictionary = await shared.dictionary(1);
    expect(dictionary.usage).toHaveLength(192);
    await shared.run(
      image.map((value) => -value),
      EPS2,
    );
    const { usage, ...ofWeights } = await shared.dictionary(1);
    expect(usage).not.toEqual(dictionary.usage);
    expect(ofWeights).toMatchObject({ norms: dictionary.norms, singular: dictionary.singular });
    expect((await shared.dictionary(0)).singular).not.toEqual(dictionary.singular);
  });

  test('CRATE-MAE: the released model’s reconstruction with its own mask', async () => {
    const { image, expected, config } = variant('crate_mae_micro');
    const given = { heads: config.K, decoderHeads: config.decoder?.K };
    const { sha256 } = await shared.openFile(file('crate_mae_micro/checkpoint.pth'), 'mae.pth', given);
    await shared.loadOpened(sha256, given);
    const hidden = Uint8Array.from(expected('mask'));
    const { logits, reconstruction } = await shared.run(image, EPS2, hidden);
    expect(logits).toHaveLength(0);
    expect(worstDifference(reconstruction ?? [], expected('pred'))).toBeLessThan(1e-3);
    // What is hidden cannot matter: other pixels there, the same reconstruction.
    const { patchSize: P, imageSize: side } = config;
    const blackened = image.map((value, at) => {
      const [y, x] = [Math.floor((at % side ** 2) / side), at % side];
      return hidden[Math.floor(y / P) * (side / P) + Math.floor(x / P)] ? 0 : value;
    });
    const again = await shared.run(blackened, EPS2, hidden);
    expect(again.reconstruction).toEqual(reconstruction);
  });

  test('a file that is none leaves the model, and the file opened before can still be loaded', async () => {
    const { sha256 } = await shared.openFile(file('crate_micro/checkpoint.pth'), 'a.pth', { heads: 3 });
    await expect(shared.openFile(new Blob(['<!doctype html><p>Log in']), 'b.pth', {})).rejects.toMatchObject({
      name: 'CheckpointError',
      message: expect.stringMatching(/web page/),
    });
    expect((await shared.loadOpened(sha256, { heads: 3 })).config.d).toBe(48);
  });

  test('a shipped model that is loaded in between is not taken for the file, nor the file for another', async () => {
    const shipping = load(shared, CIFAR);
    const { sha256 } = await shared.openFile(file('crate_micro/checkpoint.pth'), 'a.pth', {});
    await shipping;
    expect((await shared.loadOpened(sha256, { heads: 3 })).config).toEqual(MICRO.config);
    await shared.openFile(file('crate_alpha_micro/checkpoint.pth'), 'b.pth', {});
    await expect(shared.loadOpened(sha256, { heads: 3 })).rejects.toMatchObject({ code: 'not-loaded' });
    shared.closeFile();
    await expect(shared.loadOpened(sha256, { heads: 3 })).rejects.toMatchObject({ code: 'not-loaded' });
  });

  test('cancelling a load ends it with an AbortError and leaves the model', async () => {
    await load(shared, CIFAR);
    const { sha256 } = await shared.openFile(file('crate_micro/checkpoint.pth'), 'a.pth', { heads: 3 });
    const loading = shared.loadOpened(sha256, { heads: 3 }, () => shared.cancel());
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    expect(worstDifference((await shared.run(imageOf(CIFAR), EPS2)).logits, expectedLogits(CIFAR))).toBeLessThan(CLOSE);
    const opening = shared.openFile(file('crate_micro/checkpoint.pth'), 'a.pth', { heads: 3 });
    shared.cancel();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a larger input: positions interpolated, views follow, and back again to the same logits', async () => {
    await load(shared, MICRO);
    const { logits } = await shared.run(imageOf(MICRO), EPS2);
    const sizes = await shared.inputSizes();
    expect(sizes[0]).toMatchObject({ side: 32, tokens: 65, refusal: null });
    expect(sizes.map(({ side }) => side)).toContain(48);
    expect(sizes.every(({ bytes }, i) => i === 0 || bytes > (sizes[i - 1]?.bytes ?? 0))).toBe(true);
    expect(await shared.resize(48)).toEqual({ ...MICRO.config, imageSize: 48 });
    const larger = new Float32Array(3 * 48 * 48).map((_, i) => Math.sin(i));
    const run = await shared.run(larger, EPS2);
    const cpu = await cpuSession(MICRO);
    await cpu.resize(48);
    const reference = await cpu.run(larger, EPS2);
    expect(worstDifference(run.logits, reference.logits)).toBeLessThan(CLOSE);
    expect(await shared.attention(0)).toHaveLength(3 * 145 * 145);
    const [row, whole] = [await shared.attentionRow(1, 7), await shared.attention(1)];
    for (let k = 0; k < 3; k++) {
      const from = (k * 145 + 7) * 145;
      expect(worstDifference(row.subarray(k * 145, (k + 1) * 145), whole.subarray(from, from + 145))).toBeLessThan(
        1e-6,
      );
    }
    await shared.resize(32);
    expect((await shared.run(imageOf(MICRO), EPS2)).logits).toEqual(logits);
  });

  test('a lost device: the larger input and the mask go along', async () => {
    const { session, reports } = await started();
    const { image, expected, config } = variant('crate_mae_micro');
    const given = { heads: config.K, decoderHeads: config.decoder?.K };
    const { sha256 } = await session.openFile(file('crate_mae_micro/checkpoint.pth'), 'mae.pth', given);
    await session.loadOpened(sha256, given);
    await session.run(image, EPS2, Uint8Array.from(expected('mask')));
    const before = await session.tokens(2);
    session.loseDevice();
    const after = await session.tokens(2);
    expect(worstDifference(after.Z_next, before.Z_next)).toBeLessThan(CLOSE);
    expect(reports[0]?.notice).toContain('WebGPU was started again');
  });
});

describe('requests that overlap', () => {
  test('a bad file leaves model and picture in place', async () => {
    await load(shared, MICRO);
    const { logits } = await shared.run(imageOf(MICRO), EPS2);
    const attention = await shared.attention(0);
    const bytes = bytesOf('crate_micro');
    await expect(shared.loadModel(bytes.slice(0, 5000), givenOf(MICRO))).rejects.toThrow();
    await expect(shared.loadModel(bytes, { ...givenOf(MICRO), heads: 7 })).rejects.toMatchObject({
      name: 'CheckpointError',
    });
    expect(await shared.attention(0)).toEqual(attention);
    expect((await shared.run(imageOf(MICRO), EPS2)).logits).toEqual(logits);
  });

  test('one model is loaded while another runs: each request is answered by the model it was meant for', async () => {
    await load(shared, MICRO);
    const [first, view, model, second, after] = await Promise.all([
      shared.run(imageOf(MICRO), EPS2),
      shared.tokens(0),
      load(shared, CIFAR),
      shared.run(imageOf(CIFAR), EPS2),
      shared.tokens(0),
    ]);
    expect(worstDifference(first.logits, expectedLogits(MICRO))).toBeLessThan(CLOSE);
    expect(view.Z_next).toHaveLength(MICRO.config.d * ((MICRO.config.imageSize / MICRO.config.patchSize) ** 2 + 1));
    expect(model.config).toEqual(CIFAR.config);
    expect(worstDifference(second.logits, expectedLogits(CIFAR))).toBeLessThan(CLOSE);
    expect(after.Z_next).toHaveLength(CIFAR.config.d * 65);
  });

  test('of two loads the one asked for last stays', async () => {
    const identity = loadCase('crate_micro_identity');
    await Promise.all([load(shared, CIFAR), load(shared, identity)]);
    const { logits } = await shared.run(imageOf(identity), EPS2);
    expect(worstDifference(logits, expectedLogits(identity))).toBeLessThan(CLOSE);
  });

  test('a view that reads several tensors sees one picture, though the next runs meanwhile', async () => {
    await load(shared, MICRO);
    await shared.run(imageOf(MICRO, 0), EPS2);
    const alone = await shared.tokens(1);
    const [together] = await Promise.all([shared.tokens(1), shared.run(imageOf(MICRO, 1), EPS2)]);
    expect(together).toEqual(alone);
  });
});
