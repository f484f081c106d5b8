// The measures' bookkeeping: places, sums, counts and the exported document, on a model small enough to check by hand.

import { describe, expect, test } from 'vitest';
import { productABt } from '../math/matrix.ts';
import { codingRate, codingRateGiven, codingRates } from './codingRate.ts';
import { tokenCount } from './config.ts';
import { traceDocument } from './document.ts';
import { loadCase, worstDifference } from './fixtures/golden.ts';
import { forward } from './forward.ts';
import { measure, measuredLayers } from './measures.ts';
import { topPredictions } from './predict.ts';
import { l1Norm, nonzeroCount, nonzeroShare } from './sparsity.ts';

describe('measure', () => {
  const { config, weights, images } = loadCase('crate_micro');
  const { d, K, p } = config;
  const n = tokenCount(config);
  const run = forward(config, weights, images[0] ?? new Float32Array(0));
  const measured = measuredLayers(config, weights, run);
  const traces = measure(config, measured, 0.02);

  test('each place takes its own tokens and the layer’s own U', () => {
    traces.forEach((trace, l) => {
      const layer = run.layers[l];
      const U = weights.layers[l]?.U;
      if (!layer || !U) throw new Error(`no layer ${l}`);
      expect(trace.index).toBe(l + 1);
      expect(trace.R).toEqual({
        input: codingRates(layer.LN_Z, n, d, 0.02),
        half: codingRates(layer.Z_half, n, d, 0.02),
        output: codingRates(layer.Z_next, n, d, 0.02),
      });
      for (const [place, Z] of [
        ['half', layer.Z_half],
        ['output', layer.Z_next],
      ] as const) {
        expect(trace.Rc[place]).toEqual(codingRateGiven(productABt(Z, U, n, K * p, d), n, K, p, 0.02));
      }
      expect(trace.Rc.input.raw[1]).toBeCloseTo(
        codingRate(
          Float64Array.from({ length: n * p }, (_, i) => layer.ZU[Math.floor(i / p) * K * p + p + (i % p)] ?? 0),
          n,
          p,
          0.02,
        ),
        10,
      );
    });
  });

  test('attention is the class token’s row of each head', () => {
    traces.forEach((trace, l) => {
      const A = run.layers[l]?.A ?? new Float64Array(0);
      expect(trace.attention.cls).toHaveLength(K);
      trace.attention.cls.forEach((row, k) => {
        expect(worstDifference(row, A.subarray(k * n * n, k * n * n + n))).toBe(0);
      });
    });
  });

  test('sparsity is of Z_half and Z_next', () => {
    traces.forEach((trace, l) => {
      const Z_next = run.layers[l]?.Z_next ?? new Float64Array(0);
      expect(trace.nonzero).toEqual({ half: 1, output: nonzeroCount(Z_next) / (n * d) });
      expect(trace.l1).toBe(l1Norm(Z_next));
    });
  });

  test('the document survives JSON', () => {
    const logits = new Float32Array(run.logits);
    const document = traceDocument({
      model: { name: 'micro', kind: 'crate', config, parameters: 1, sha256: '0'.repeat(64) },
      labels: ['a', 'b'],
      input: { name: 'x.png', width: 32, height: 32, mean: [0, 0, 0], std: [1, 1, 1] },
      engine: { kind: 'cpu', adapter: 'CPU, float64', loadMs: 2 },
      eps2: 0.02,
      run: { logits, layers: traces, ms: 7 },
    });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document.schema).toBe('crate-explorer/trace@1');
    expect(document.engine.ms).toEqual({ load: 2, forward: 7 });
    expect(document.measure).toEqual({ eps2: 0.02, unit: 'nats' });
    expect(document.top).toHaveLength(5);
    expect(document.logits).toHaveLength(config.classes);
  });
});

test('sparsity counts what is not exactly zero', () => {
  const Z = Float32Array.of(0, -0, 1e-30, -2);
  expect(nonzeroShare(Z)).toBe(0.5);
  expect(l1Norm(Float64Array.of(1, -2, 0.5))).toBe(3.5);
});

test('predictions are ordered, labelled, and sum to one', () => {
  const top = topPredictions(Float32Array.of(1, 3, 3, -1), ['cat', 'dog'], 4);
  expect(top.map(({ index, label }) => [index, label])).toEqual([
    [1, 'dog'],
    [2, '2'],
    [0, 'cat'],
    [3, '3'],
  ]);
  expect(top.reduce((total, { probability }) => total + probability, 0)).toBeCloseTo(1, 14);
  expect((top[0]?.probability ?? 0) / (top[2]?.probability ?? 1)).toBeCloseTo(Math.exp(2), 10);
});
