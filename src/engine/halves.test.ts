// Which f32 values are halves, how they are packed, and that the tests' adapter reads all of them exactly.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHalves, toHalf } from '../checkpoint/halfFloat.ts';
import { readsHalvesExactly } from './halfSelfTest.ts';
import { areHalves, packHalves } from './halves.ts';
import { openNodeGpu } from './nodeGpu.ts';

const finite = Uint16Array.from({ length: 1 << 16 }, (_, half) => half).filter((half) => (half & 0x7c00) !== 0x7c00);

describe('areHalves', () => {
  test('every finite half is one, also in a part of a buffer', () => {
    expect(areHalves(readHalves(finite))).toBe(true);
    expect(areHalves(readHalves(finite).subarray(3, 1000))).toBe(true);
    expect(areHalves(new Float32Array(0))).toBe(true);
  });

  test('no f32 beside a half is one: its neighbours on both sides, at every size', () => {
    for (const half of finite) {
      const value = readHalves(Uint16Array.of(half));
      const bits = new Uint32Array(value.buffer);
      const [exact = 0] = bits;
      for (const step of [1, -1]) {
        // The neighbours of ±0 on the other side of zero are NaN patterns.
        if ((exact & 0x7fffffff) === 0 && step < 0) continue;
        bits[0] = exact + step;
        if (areHalves(value)) throw new Error(`0x${bits[0].toString(16)} is no half`);
      }
    }
  });

  test.each([65520, 65536, 1e30, 2 ** -25, 3 * 2 ** -25, 1 + 2 ** -11, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is none',
    (value) => {
      expect(areHalves(Float32Array.of(1, value))).toBe(false);
    },
  );
});

test('packing gives the bits back, at an offset', () => {
  const out = new Uint16Array(finite.length + 3);
  packHalves(readHalves(finite), out, 2);
  expect(out.subarray(2, finite.length + 2)).toEqual(finite);
  expect([out[0], out[1], out.at(-1)]).toEqual([0, 0, 0]);
  const few = Float32Array.of(-0, 65504, -(2 ** -24), 2 ** -14);
  const packed = new Uint16Array(4);
  packHalves(few, packed, 0);
  expect([...packed]).toEqual([...few].map(toHalf));
});

describe('the self-test', () => {
  let device: GPUDevice;
  beforeAll(async () => {
    device = (await openNodeGpu()).device;
  });
  afterAll(() => device?.destroy());

  test('SwiftShader reads every finite half exactly; it is asked once', async () => {
    const answer = readsHalvesExactly(device);
    expect(readsHalvesExactly(device)).toBe(answer);
    expect(await answer).toBe(true);
  });
});
