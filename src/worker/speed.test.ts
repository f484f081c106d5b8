// The session times its model on a real device: in pieces, stopped, overtaken; and it chooses product kernels by link, memory and measurement.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { productKey } from '../engine/chooseProduct.ts';
import { openNodeGpu } from '../engine/nodeGpu.ts';
import { FIXTURES, loadCase } from '../model/fixtures/golden.ts';
import type { ProductReport, ProductSpeeds } from '../model/speed.ts';
import type { ProductTerms, Session } from './protocol.ts';
import { createSession } from './session.ts';

const MICRO = loadCase('crate_micro');
const { K: heads, eta, lambda, pool } = MICRO.config;
const image = MICRO.images[0] ?? new Float32Array(0);

const load = (session: Session) =>
  session.loadModel(new Uint8Array(readFileSync(`${FIXTURES}/crate_micro/checkpoint.safetensors`)), {
    heads,
    eta,
    lambda,
    pool,
  });

interface Heard {
  readonly session: Session;
  readonly products: (ProductReport | null)[];
  readonly kept: [string, ProductSpeeds][];
}

async function started(terms?: ProductTerms, options: { hardware?: boolean } = {}): Promise<Heard> {
  const products: (ProductReport | null)[] = [];
  const kept: [string, ProductSpeeds][] = [];
  const session = createSession({
    // Like hardware, so that the choice is made as there.
    openGpu: async () => ({
      ...(await openNodeGpu()),
      ...(options.hardware ? { isSoftware: false, adapter: 'hard' } : {}),
    }),
  });
  session.onProductChange((report) => products.push(report));
  session.onProductMeasured((key, speeds) => kept.push([key, speeds]));
  await session.start('webgpu', terms);
  await load(session);
  return { session, products, kept };
}

const ignore = () => undefined;

describe('speed', () => {
  let session: Session;
  beforeAll(async () => {
    session = (await started()).session;
  });

  test('not before there is a picture', async () => {
    await expect(session.speed(ignore)).rejects.toThrow('No picture has been run yet.');
  });

  test('a report; requests meanwhile are answered between its pieces, and its picture is the last one', async () => {
    await session.run(image, 0.01);
    const tokens = await session.tensor('Z_next', 0);
    let isDone = false;
    const running = session.speed(ignore).finally(() => {
      isDone = true;
    });
    expect(await session.tensor('Z_next', 0)).toEqual(tokens);
    expect(isDone).toBe(false);
    const report = await running;
    expect(report.kernels).toHaveLength(4 * MICRO.config.L + 6);
    expect(await session.tensor('Z_next', 0)).toEqual(tokens);
    expect((await session.remeasure(0.01)).length).toBe(MICRO.config.L);
  });

  test('stopped, it ends with an AbortError; a second run ends the first', async () => {
    const stopped = session.speed(ignore);
    session.stopSpeed();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    const first = session.speed(ignore);
    const second = session.speed(ignore);
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    session.stopSpeed();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('another model ends it with a sentence', async () => {
    const overtaken = session.speed(ignore);
    overtaken.catch(ignore);
    await load(session);
    await expect(overtaken).rejects.toThrow('The model changed while it was timed. Run again.');
  });

  test('the CPU engine: whole pictures, no product kernel', async () => {
    const products: (ProductReport | null)[] = [];
    const cpu = createSession();
    cpu.onProductChange((report) => products.push(report));
    await cpu.start('cpu');
    await load(cpu);
    await cpu.run(image, 0.01);
    expect(await cpu.speed(ignore)).toMatchObject({ kernels: null, peaks: null, product: null });
    expect(new Set(products)).toEqual(new Set([null]));
    await expect(cpu.measureProduct()).rejects.toMatchObject({ code: 'webgpu-missing' });
  });
});

describe('product kernels', () => {
  test('software: unmeasured; measured when asked, remembered, taken up with the model at hand', async () => {
    const { session, products, kept } = await started();
    expect(products.at(-1)).toMatchObject({
      kernel: 'quad',
      origin: 'software',
      gflops: null,
      device: { isSoftware: true },
    });
    expect(kept).toEqual([]);
    const { logits } = await session.run(image, 0.01);
    const report = await session.measureProduct();
    expect(report).toMatchObject({
      origin: 'measured',
      gflops: { register: expect.any(Number), quad: expect.any(Number), tile: expect.any(Number) },
    });
    expect(products.at(-1)).toEqual(report);
    expect(kept).toEqual([[productKey(report.adapter), report.gflops]]);
    const again = await session.run(image, 0.01);
    again.logits.forEach((logit, i) => {
      expect(Math.abs(logit - (logits[i] ?? Number.NaN))).toBeLessThan(1e-4);
    });
  });

  test('what the link asks for is taken, and stays when all are measured', async () => {
    const { session, products } = await started({ product: 'tile', remembered: {} });
    expect(products.at(-1)).toMatchObject({ kernel: 'tile', origin: 'link' });
    expect(await session.measureProduct()).toMatchObject({ kernel: 'tile', origin: 'link' });
  });

  test('what an earlier visit measured decides, unless its kernels were others', async () => {
    const remembered = {
      [productKey('hard')]: { register: 1, quad: 2, tile: 3 },
      'hard 00000000': { register: 9, tile: 1 },
    };
    const { products, kept } = await started({ product: 'auto', remembered }, { hardware: true });
    expect(products.at(-1)).toMatchObject({ kernel: 'tile', origin: 'remembered' });
    expect(kept).toEqual([]);
  });
});
