// ssa, ssa_quad, ssa_online and attention alone against the f64 definitions of model/mssa.ts, at token counts and head widths on, under and over
// each block edge, with every number of rows that a workgroup may keep.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { worstDifference } from '../../model/fixtures/golden.ts';
import { scores, attention as softmaxedScores, ssa as ssaReference } from '../../model/mssa.ts';
import { openNodeGpu } from '../nodeGpu.ts';
import { ssaGroups } from './grids.ts';
import { attention, ssa, ssaOnline, ssaQuad } from './index.ts';
import { EPSILON, place, randomFloats, runKernel, sumBound, untouched } from './testKernel.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = (await openNodeGpu()).device;
});
afterAll(() => device?.destroy());

/** Scores are sums of p products; WGSL grants exp(x) an error of 3 + 2|x| units; then a sum of n exponentials and a division. */
const softmaxError = (n: number, p: number, S: ArrayLike<number>): number => {
  const score = sumBound(p + 2, S);
  const range = 2 * (sumBound(1, S) / EPSILON);
  return 2 * score + (3 + 2 * range + n + 4) * EPSILON;
};

/** Two heads in padded rows, in the second of three layers: a store beyond its last token would show in the third. */
function secondOfThree(n: number, p: number, padding: number) {
  const K = 2;
  const inner = K * p;
  const ld = inner + padding;
  const at = { rows: n, columns: inner, ld, first: n * ld };
  const ZU = randomFloats(n * inner, n + p);
  const [given, whole] = [untouched(3 * n * ld), untouched(3 * n * ld)];
  place(given, ZU, at);
  place(whole, ssaReference(ZU, n, K, p).heads, at);
  const run = {
    params: { n, p, ld, zu_offset: at.first },
    reads: { ZU: given },
    writes: { heads: untouched(3 * n * ld) },
  };
  return { K, ZU, run, whole };
}

const largest = (values: ArrayLike<number>): number => sumBound(1, values) / EPSILON;

describe.each([
  { n: 1, ROWS: 16 },
  { n: 2, ROWS: 8 },
  { n: 7, ROWS: 16 },
  { n: 8, ROWS: 8 },
  { n: 15, ROWS: 16 },
  { n: 16, ROWS: 16 },
  { n: 17, ROWS: 16 },
  { n: 65, ROWS: 16 },
  { n: 65, ROWS: 8 },
  { n: 197, ROWS: 16 },
  { n: 250, ROWS: 8 },
])('ssa, n = $n, $ROWS rows a workgroup', ({ n, ROWS }) => {
  test.each([1, 4, 5, 25, 32, 48, 64])('head width %i', async (p) => {
    const ALIGNED = p % 4 === 0 ? 1 : 0;
    const { K, ZU, run, whole } = secondOfThree(n, p, ALIGNED ? 4 : 3);
    const { heads } = await runKernel(device, ssa, {
      ...run,
      groups: ssaGroups(n, ROWS, K),
      constants: { N: n, ROWS, ALIGNED },
    });
    const bound = 2 * softmaxError(n, p, scores(ZU, n, K, p)) * largest(ZU);
    expect(worstDifference(heads, whole)).toBeLessThanOrEqual(bound);
  });
});

describe.each([1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 65, 197])('ssa_quad, n = %i', (n) => {
  test.each([4, 8, 16, 20, 32, 48, 60, 64])('head width %i', async (p) => {
    const { K, ZU, run, whole } = secondOfThree(n, p, 4);
    const { heads } = await runKernel(device, ssaQuad, {
      ...run,
      groups: ssaGroups(n, 8, K),
      constants: { GROUPS: Math.ceil(p / 16) },
    });
    // As ssa, and a rounding of the sums each time that they are taken about another score: at most once for every four keys.
    const bound = 2 * (softmaxError(n, p, scores(ZU, n, K, p)) + 2 * Math.ceil(n / 4) * EPSILON) * largest(ZU);
    expect(worstDifference(heads, whole)).toBeLessThanOrEqual(bound);
  });
});

describe.each([
  { n: 1, ROWS: 16 },
  { n: 3, ROWS: 16 },
  { n: 63, ROWS: 16 },
  { n: 64, ROWS: 16 },
  { n: 65, ROWS: 16 },
  { n: 65, ROWS: 8 },
  { n: 65, ROWS: 4 },
  { n: 65, ROWS: 2 },
  { n: 65, ROWS: 1 },
  { n: 197, ROWS: 16 },
  { n: 197, ROWS: 2 },
])('ssa_online, n = $n, $ROWS rows a workgroup', ({ n, ROWS }) => {
  test.each([1, 5, 32, 64, 128])('head width %i', async (p) => {
    const { K, ZU, run, whole } = secondOfThree(n, p, 3);
    const { heads } = await runKernel(device, ssaOnline, {
      ...run,
      groups: ssaGroups(n, ROWS, K),
      constants: { P: p, ROWS },
    });
    // As ssa, and two more roundings a tile, of the factor and of the rescaled sum.
    const tiles = Math.ceil(n / ssaOnline.constants.TILE);
    const bound = 2 * (softmaxError(n, p, scores(ZU, n, K, p)) + 2 * tiles * EPSILON) * largest(ZU);
    expect(worstDifference(heads, whole)).toBeLessThanOrEqual(bound);
  });
});

describe('ssa_online where it is needed', () => {
  test('4097 tokens, as 512 px in patches of 8 make, whose maximum comes in any tile', async () => {
    const [n, K, p] = [4097, 1, 8];
    const ZU = randomFloats(n * p, 5);
    const { heads: expected } = ssaReference(ZU, n, K, p);
    const { heads } = await runKernel(device, ssaOnline, {
      params: { n, p, ld: p, zu_offset: 0 },
      reads: { ZU },
      writes: { heads: untouched(n * p) },
      groups: ssaGroups(n, 16, K),
      constants: { P: p },
    });
    // Measured: 1.8e-6.
    expect(worstDifference(heads, expected)).toBeLessThan(1e-5);
  });
});

describe('scores that grow by thousands along the keys: what came before is forgotten, nothing overflows', () => {
  const [n, K, p] = [200, 1, 4];
  const ZU = randomFloats(n * p, 6).map((value, at) => value * (1 + Math.floor(at / p / 20) ** 2));
  const run = { params: { n, p, ld: p, zu_offset: 0 }, reads: { ZU }, writes: { heads: untouched(n * p) } };
  const { heads: expected } = ssaReference(ZU, n, K, p);

  // Scores up to 3e4 are known to 2e-3, so weights between near ties, and with them values up to 205. Measured: 7.4e-3.
  test('ssa_online', async () => {
    const { heads } = await runKernel(device, ssaOnline, {
      ...run,
      groups: ssaGroups(n, 16, K),
      constants: { P: p },
    });
    expect(worstDifference(heads, expected)).toBeLessThan(0.03);
  });

  test('ssa_quad', async () => {
    const { heads } = await runKernel(device, ssaQuad, {
      ...run,
      groups: ssaGroups(n, 8, K),
      constants: { GROUPS: 1 },
    });
    expect(worstDifference(heads, expected)).toBeLessThan(0.03);
  });

  // Grown less, so that what is not forgotten as it should be shows in every four channels.
  test.each([4, 20, 36, 52, 64])('ssa_quad, head width %i', async (width) => {
    const grown = randomFloats(n * width, width).map((value, at) => value * (1 + Math.floor(at / width / 40)));
    const { heads } = await runKernel(device, ssaQuad, {
      params: { n, p: width, ld: width, zu_offset: 0 },
      reads: { ZU: grown },
      writes: { heads: untouched(n * width) },
      groups: ssaGroups(n, 8, K),
      constants: { GROUPS: Math.ceil(width / 16) },
    });
    const bound = 2 * softmaxError(n, width, scores(grown, n, K, width)) * largest(grown);
    expect(worstDifference(heads, ssaReference(grown, n, K, width).heads)).toBeLessThanOrEqual(bound);
  });
});

describe.each([
  { p: 16, ALIGNED: 1 },
  { p: 10, ALIGNED: 0 },
])('attention, heads $p wide', ({ p, ALIGNED }) => {
  const K = 3;
  const ld = K * p + (ALIGNED ? 4 : 3);

  test.each([
    { n: 1, layers: 1, firstRow: 0, rows: 1 },
    { n: 63, layers: 1, firstRow: 0, rows: 63 },
    { n: 64, layers: 1, firstRow: 0, rows: 64 },
    { n: 65, layers: 1, firstRow: 0, rows: 65 },
    { n: 65, layers: 3, firstRow: 0, rows: 1 },
    { n: 65, layers: 2, firstRow: 5, rows: 3 },
    { n: 197, layers: 1, firstRow: 196, rows: 1 },
  ])(
    'n = $n, $layers layers, rows $firstRow and on, $rows of them: A, and S',
    async ({ n, layers, firstRow, rows }) => {
      const [zuAt, aAt] = [ld, 3];
      const stride = n * ld + 4;
      const perLayer = Array.from({ length: layers }, (_, l) => randomFloats(n * K * p, n + l));
      const ZU = untouched(zuAt + layers * stride);
      perLayer.forEach((values, l) => {
        place(ZU, values, { rows: n, columns: K * p, ld, first: zuAt + l * stride });
      });
      const size = layers * K * rows * n;
      for (const SOFTMAX of [1, 0]) {
        const expected = untouched(aAt + size + 2);
        let bound = 0;
        perLayer.forEach((values, l) => {
          const S = scores(values, n, K, p);
          const all = SOFTMAX ? softmaxedScores(values, n, K, p) : S;
          for (let k = 0; k < K; k++) {
            const from = (k * n + firstRow) * n;
            expected.set(all.subarray(from, from + rows * n), aAt + (l * K + k) * rows * n);
          }
          // The expectation itself is stored in f32, hence one unit more.
          bound = Math.max(bound, SOFTMAX ? softmaxError(n, p, S) : sumBound(p + 3, S));
        });
        const { A } = await runKernel(device, attention, {
          params: { n, p, ld, first_row: firstRow, rows, zu_offset: zuAt, zu_stride: stride, a_offset: aAt },
          reads: { ZU },
          writes: { A: untouched(aAt + size + 2) },
          groups: [rows, K, layers],
          constants: { SOFTMAX, ALIGNED },
        });
        expect(worstDifference(A, expected)).toBeLessThanOrEqual(bound);
      }
    },
  );

  test('rows sum to 1 also where scores are far apart', async () => {
    const n = 65;
    const ZU = randomFloats(n * ld, 9).map((value) => 30 * value);
    const { A } = await runKernel(device, attention, {
      params: { n, p, ld, first_row: 0, rows: n, zu_offset: 0, zu_stride: 0, a_offset: 0 },
      reads: { ZU },
      writes: { A: untouched(K * n * n) },
      groups: [n, K, 1],
      constants: { ALIGNED },
    });
    for (let row = 0; row < K * n; row++) {
      const sum = A.subarray(row * n, (row + 1) * n).reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 1)).toBeLessThanOrEqual(n * EPSILON);
    }
  });
});
