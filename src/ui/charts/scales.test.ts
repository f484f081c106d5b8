import { describe, expect, test } from 'vitest';
import { axisNumber, decimalsOf, layerLabels, layerScale, roundTicks, spreadLabels, valueScale } from './scales.ts';

describe('roundTicks', () => {
  test('takes the step that wastes least', () => {
    expect(roundTicks(287.2, 377.1)).toEqual([280, 320, 360, 400]);
    expect(roundTicks(36.4, 58.6)).toEqual([30, 40, 50, 60]);
  });
  test.each([
    [0, 1],
    [-171.4, -120.3],
    [1e-7, 3e-7],
    [12345, 12346],
    [-3, 5],
    [0.0001, 4000],
    [99.9, 100.1],
  ])('%d to %d: three to five even ticks that hold the data', (low, high) => {
    const ticks = roundTicks(low, high);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.length).toBeLessThanOrEqual(5);
    expect(ticks[0]).toBeLessThanOrEqual(low);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(high);
    const steps = ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(steps[0] ?? 0, 9);
  });
  test('equal values get an axis around them', () => {
    for (const value of [0, 7, -250]) {
      const ticks = roundTicks(value, value);
      expect(ticks[0]).toBeLessThan(value);
      expect(ticks.at(-1)).toBeGreaterThan(value);
    }
  });
});

describe('valueScale', () => {
  test('maps the ends of the axis to the ends of the range', () => {
    const { y, ticks, format } = valueScale([36.4, null, 58.6, Number.NaN], [100, 0]);
    expect(y(ticks[0] ?? Number.NaN)).toBe(100);
    expect(y(ticks.at(-1) ?? Number.NaN)).toBe(0);
    expect(ticks.map(format)).toEqual(['30', '40', '50', '60']);
  });
  test('nothing finite gives an empty axis from 0 to 1, no NaN', () => {
    const { ticks, format } = valueScale([Number.NaN, null], [100, 0]);
    expect(ticks.map(format)).toEqual(['0', '.25', '.50', '.75', '1.00']);
  });
});

test('decimals and numbers', () => {
  expect([0.25, 2.5, 40, 0.001].map(decimalsOf)).toEqual([2, 1, 0, 3]);
  expect(axisNumber(0.8741, 3)).toBe('.874');
  expect(axisNumber(-171.4, 1)).toBe('−171.4');
  expect(axisNumber(-0.00001, 2)).toBe('0');
  expect(axisNumber(1204567, 0)).toBe('1,204,567');
  expect(axisNumber(999.96, 1)).toBe('1,000.0');
});

describe('layers', () => {
  test('a single layer stands in the middle', () => {
    expect(layerScale(1, 20, 120)(0)).toBe(70);
    expect([0, 1, 2].map(layerScale(3, 0, 100))).toEqual([0, 50, 100]);
  });
  test('labels thin out and keep the chosen one', () => {
    expect(layerLabels(6, 54, 2)).toEqual([0, 1, 2, 3, 4, 5]);
    const deep = layerLabels(24, 12, 10);
    expect(deep).toContain(10);
    for (let i = 1; i < deep.length; i++) expect(((deep[i] ?? 0) - (deep[i - 1] ?? 0)) * 12).toBeGreaterThanOrEqual(18);
  });
});

describe('spreadLabels', () => {
  test('leaves labels that do not touch', () => {
    expect(spreadLabels([10, 40, 90], 12, 0, 100)).toEqual([10, 40, 90]);
  });
  test('moves touching labels apart around their mean, in order', () => {
    expect(spreadLabels([50, 48], 12, 0, 100)).toEqual([55, 43]);
  });
  test('stays inside the chart', () => {
    const placed = spreadLabels([99, 98, 97], 12, 0, 100);
    expect(Math.max(...placed)).toBe(100);
    expect([...placed].sort((a, b) => a - b)).toEqual([76, 88, 100]);
    expect(spreadLabels([-5, 1], 12, 0, 100)).toEqual([0, 12]);
  });
  test('a chain of pools settles', () => {
    const placed = [...spreadLabels([10, 14, 30, 31, 33], 10, 0, 200)];
    for (let i = 1; i < placed.length; i++)
      expect((placed[i] ?? 0) - (placed[i - 1] ?? 0)).toBeGreaterThanOrEqual(10 - 1e-9);
  });
});
