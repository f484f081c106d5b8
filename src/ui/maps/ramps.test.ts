import { describe, expect, test } from 'vitest';
import {
  colourOf,
  maximum,
  nonZeroAt,
  painterOf,
  parseColour,
  type Ramps,
  rampAt,
  readRamps,
  roundUp,
  symmetricLimit,
} from './ramps.ts';

/** Nine greys, 0 … 240 in steps of 30, and a paper that is none of them. */
const grey = (i: number) => [30 * i, 30 * i, 30 * i] as const;
const RAMPS: Ramps = {
  seq: Array.from({ length: 9 }, (_, i) => grey(i)),
  div: Array.from({ length: 9 }, (_, i) => grey(8 - i)),
  paper: [253, 253, 252],
};

describe('ramps', () => {
  test('tokens are read by name, in order', () => {
    const asked: string[] = [];
    const ramps = readRamps((name) => {
      asked.push(name);
      return name === '--div-3' ? ' #0a0B0c ' : '#102030';
    });
    expect(asked).toContain('--seq-0');
    expect(asked).toContain('--div-8');
    expect(ramps.seq).toHaveLength(9);
    expect(ramps.div[3]).toEqual([10, 11, 12]);
    expect(ramps.paper).toEqual([16, 32, 48]);
  });

  test('a token that is no colour is named', () => {
    expect(() => parseColour('teal', '--seq-4')).toThrow('invalid colour of --seq-4: "teal"');
    expect(parseColour('#1aF', '--ink')).toEqual([17, 170, 255]);
  });

  test('stops are met exactly, between them sRGB is linear, beyond them it is clamped', () => {
    for (let i = 0; i < 9; i++) expect(rampAt(RAMPS.seq, i / 8)).toEqual(grey(i));
    expect(rampAt(RAMPS.seq, 1 / 16)).toEqual([15, 15, 15]);
    expect(rampAt(RAMPS.seq, -1)).toEqual(grey(0));
    expect(rampAt(RAMPS.seq, 2)).toEqual(grey(8));
  });

  test('an exact zero is paper and the smallest non-zero stands .9 of a step up the ramp', () => {
    const scale = { kind: 'seq', max: 2, zeroIsPaper: true } as const;
    expect(colourOf(scale, RAMPS, 0)).toEqual(RAMPS.paper);
    expect(colourOf(scale, RAMPS, 1e-9)).toEqual([27, 27, 27]);
    expect(colourOf(scale, RAMPS, 2)).toEqual(grey(8));
    expect(nonZeroAt(0)).toBeCloseTo(0.9 / 8, 12);
  });

  test('where zero means nothing special, it is the first stop', () => {
    expect(colourOf({ kind: 'seq', max: 2, zeroIsPaper: false }, RAMPS, 0)).toEqual(grey(0));
  });

  test('a signed scale is symmetric about its middle', () => {
    const scale = { kind: 'div', limit: 2 } as const;
    expect(colourOf(scale, RAMPS, 0)).toEqual(grey(4));
    expect(colourOf(scale, RAMPS, -2)).toEqual(grey(8));
    expect(colourOf(scale, RAMPS, 5)).toEqual(grey(0));
  });

  test('a painter agrees with colourOf to one byte', () => {
    const out = new Uint8ClampedArray(4);
    for (const scale of [
      { kind: 'div', limit: 1.5 } as const,
      { kind: 'seq', max: 0.3, zeroIsPaper: true } as const,
      { kind: 'seq', max: 0.3, zeroIsPaper: false } as const,
    ]) {
      const paint = painterOf(scale, RAMPS);
      for (const value of [-3, -0.7, 0, 0.01, 0.1234, 0.3, 9]) {
        paint(value, out, 0);
        const colour = colourOf(scale, RAMPS, value);
        for (const c of [0, 1, 2] as const) expect(Math.abs((out[c] ?? 0) - colour[c])).toBeLessThanOrEqual(1);
        expect(out[3]).toBe(255);
      }
    }
  });

  test('limits: the left-out entry does not count; quantiles are rounded up to 1, 2, 5', () => {
    expect(maximum([0.2, 0.9, 0.3], 1)).toBe(0.3);
    expect(maximum([])).toBe(0);
    expect([0.11, 0.2, 0.21, 1.7, 3, 70].map(roundUp)).toEqual([0.2, 0.2, 0.5, 2, 5, 100]);
    expect(roundUp(0)).toBe(1);
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? 1e6 : -(i % 17) / 10));
    expect(symmetricLimit(values)).toBe(2);
  });
});
