// Interpolated positions held to torch.nn.functional.interpolate (training/alpha_reference.py).

import { describe, expect, test } from 'vitest';
import { normals, seeded } from '../math/random.ts';
import type { CrateConfig } from './config.ts';
import { FIXTURES, worstDifference } from './fixtures/golden.ts';
import { readTensors } from './fixtures/tensors.ts';
import { interpolatePositions, resizedConfig } from './positions.ts';

const tensors = readTensors(`${FIXTURES}/positions/positions.safetensors`);
const tensor = (name: string) => tensors.get(name)?.data ?? new Float32Array(0);

test.each([
  [8, 14],
  [14, 32],
  [14, 21],
])('%i×%i to %i is torch’s', (from, to) => {
  const ours = interpolatePositions(tensor(`table_${from}`), 4, from, to);
  expect(worstDifference(ours, tensor(`${from}_to_${to}`))).toBeLessThan(1e-6);
});

describe('interpolatePositions', () => {
  const [d, from] = [3, 5];
  const table = Float32Array.from(normals((from ** 2 + 1) * d, seeded(1)));

  test('the same side keeps the table, as a copy', () => {
    const same = interpolatePositions(table, d, from, from);
    expect(same).toEqual(table);
    expect(same).not.toBe(table);
  });

  test('the class token’s row stays', () => {
    expect(interpolatePositions(table, d, from, 9).subarray(0, d)).toEqual(table.subarray(0, d));
  });

  test('a constant table stays constant: the weights of a point sum to 1', () => {
    const constant = new Float32Array((from ** 2 + 1) * d).fill(2.5);
    expect(
      worstDifference(interpolatePositions(constant, d, from, 12), new Float32Array(145 * d).fill(2.5)),
    ).toBeLessThan(1e-6);
  });

  test('a smaller grid, and what is refused', () => {
    expect(interpolatePositions(table, d, from, 2)).toHaveLength(5 * d);
    expect(() => interpolatePositions(table, d, 4, 8)).toThrow('a 4×4 grid and the class token of width 3 need 51');
    expect(() => interpolatePositions(table, d, from, 2.5)).toThrow('invalid side: 2.5');
  });
});

test('resizedConfig changes the side alone, by whole patches', () => {
  const config: CrateConfig = {
    kind: 'crate',
    imageSize: 32,
    patchSize: 4,
    classes: 10,
    d: 48,
    L: 2,
    K: 3,
    p: 16,
    eta: 0.1,
    lambda: 0.1,
    pool: 'cls',
  };
  expect(resizedConfig(config, 48)).toEqual({ ...config, imageSize: 48 });
  for (const side of [0, 30, 33.5, Number.NaN]) {
    expect(() => resizedConfig(config, side)).toThrow(`invalid image size: ${side} px`);
  }
});
