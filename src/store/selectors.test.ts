import { describe, expect, test } from 'vitest';
import type { LayerTrace } from '../model/trace.ts';
import { countsCodes, headName, nonzeroShare, nonzeroWords, rateCeiling } from './selectors.ts';
import type { ModelInfo } from './state.ts';

const layer = (nonzero: LayerTrace['nonzero']) => ({ nonzero }) as LayerTrace;

describe('non-zeros', () => {
  test('are of the codes where there are some, else of the tokens', () => {
    expect(nonzeroShare(layer({ half: 1, output: 0.4 }))).toBe(0.4);
    expect(nonzeroShare(layer({ half: 1, output: 1, codes: 0.02 }))).toBe(0.02);
    expect(nonzeroShare(layer({ half: 1, output: 1, codes: 0 }))).toBe(0);
  });
  test('say which', () => {
    expect(nonzeroWords([layer({ half: 1, output: 0.4 })])).toBe('non-zeros');
    expect(nonzeroWords([layer({ half: 1, output: 1, codes: 0 })])).toBe('non-zeros of the codes');
    expect(countsCodes([])).toBe(false);
  });
});

test('the ceiling is the printed axes’ for many tokens, and lower where tokens span less than a head', () => {
  // CRATE-T/S/B/L at ε² .01: Kp/2 · ln 101.
  expect([384, 576, 768, 1024].map((width) => Math.round(rateCeiling(width / 64, 64, 197, 0.01)))).toEqual([
    886, 1329, 1772, 2363,
  ]);
  expect(rateCeiling(3, 16, 16, 0.01)).toBeCloseTo(24 * Math.log(101), 10);
  expect(rateCeiling(3, 16, 4, 0.01)).toBeCloseTo(6 * Math.log(401), 10);
});

test('the last stop is a decoder in CRATE-MAE alone', () => {
  const info = (kind: string) => ({ config: { kind } }) as ModelInfo;
  expect([null, info('crate'), info('crate-alpha'), info('crate-mae')].map(headName)).toEqual([
    'head',
    'head',
    'head',
    'decoder',
  ]);
});
