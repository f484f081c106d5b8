// The kernels that move tokens in and out: patchify, assemble_tokens, pool_tokens, layer_norm, reduce_sparsity, each alone against
// model/.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { worstDifference } from '../../model/fixtures/golden.ts';
import { LAYER_NORM_EPS, layerNorm as layerNormReference } from '../../model/layerNorm.ts';
import { cutPatches } from '../../model/patchEmbed.ts';
import { l1Norm, nonzeroCount } from '../../model/sparsity.ts';
import { openNodeGpu } from '../nodeGpu.ts';
import { assembleTokensGroups, layerNormGroups, patchifyGroups, poolTokensGroups } from './grids.ts';
import { assembleTokens, layerNorm, patchify, poolTokens, reduceSparsity } from './index.ts';
import { EPSILON, place, randomFloats, runKernel, sumBound, untouched } from './testKernel.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = (await openNodeGpu()).device;
});
afterAll(() => device?.destroy());

const NONE = new Float32Array(4);

describe('patchify', () => {
  const odd = { kind: 'crate', classes: 1, d: 1, L: 1, K: 1, p: 1, eta: 0, lambda: 0, pool: 'cls' } as const;

  test.each([
    { side: 1, P: 1, ld: 4 },
    { side: 6, P: 2, ld: 12 },
    { side: 9, P: 3, ld: 28 },
    { side: 20, P: 4, ld: 48 },
    { side: 32, P: 8, ld: 192 },
    { side: 32, P: 16, ld: 770 },
  ])('$side px in patches of $P, row stride $ld: every value to its place, padding left alone', async (sizes) => {
    const { side, P, ld } = sizes;
    const grid = side / P;
    const columns = 3 * P * P;
    const image = randomFloats(3 * side * side, side);
    const expected = untouched(grid * grid * ld);
    const reference = cutPatches(image, { ...odd, imageSize: side, patchSize: P });
    place(expected, reference, { rows: grid * grid, columns, ld });
    const { patches } = await runKernel(device, patchify, {
      params: { side, P, grid, ld },
      reads: { image },
      writes: { patches: untouched(grid * grid * ld) },
      groups: patchifyGroups(grid * grid, columns),
    });
    expect(patches).toEqual(expected);
  });
});

test.each([
  { n: 2, d: 31, ld: 32 },
  { n: 2, d: 32, ld: 32 },
  { n: 5, d: 13, ld: 16 },
  { n: 65, d: 64, ld: 68 },
])(
  'assemble_tokens, n = $n, d = $d, row stride $ld: one rounding away from nothing, hidden patches too',
  async ({ n, d, ld }) => {
    const [patches, cls, positions] = [randomFloats((n - 1) * d, n), randomFloats(d, d), randomFloats(n * d, n + d)];
    const embedded = untouched((n - 1) * ld);
    place(embedded, patches, { rows: n - 1, columns: d, ld });
    const sums = Float32Array.from(
      positions,
      (position, at) => (at < d ? (cls[at] as number) : (patches[at - d] as number)) + position,
    );
    const expected = untouched(n * ld);
    place(expected, sums, { rows: n, columns: d, ld });
    const { Z } = await runKernel(device, assembleTokens, {
      params: { n, d, ld },
      reads: { embedded, cls, positions, mask_token: NONE, hidden: new Float32Array(n - 1) },
      writes: { Z: untouched(n * ld) },
      groups: assembleTokensGroups(n, d),
    });
    expect(Z).toEqual(expected);

    // Every second patch hidden: the mask token in its place, with the same position.
    const maskToken = randomFloats(d, 9);
    const hidden = Float32Array.from({ length: n - 1 }, (_, i) => i % 2);
    const masked = Float32Array.from(sums, (sum, at) => {
      const i = Math.floor(at / d);
      return i > 0 && hidden[i - 1] ? (maskToken[at % d] as number) + (positions[at] as number) : sum;
    });
    place(expected, masked, { rows: n, columns: d, ld });
    const { Z: Z_masked } = await runKernel(device, assembleTokens, {
      params: { n, d, ld },
      reads: { embedded, cls, positions, mask_token: maskToken, hidden },
      writes: { Z: untouched(n * ld) },
      groups: assembleTokensGroups(n, d),
    });
    expect(Z_masked).toEqual(expected);
  },
);

test.each([1, 63, 64, 65])('pool_tokens, d = %i: the class token, and the mean of all tokens', async (d) => {
  const [n, first] = [7, 5];
  const ld = d + 2;
  const Z = randomFloats(first + n * ld, d);
  const at = (i: number, j: number): number => Z[first + i * ld + j] as number;
  const columns = Array.from({ length: d }, (_, j) => Array.from({ length: n }, (_, i) => at(i, j)));
  const pool = (MEAN: number) =>
    runKernel(device, poolTokens, {
      params: { n, d, ld, z_offset: first },
      reads: { Z },
      writes: { pooled: untouched(d) },
      groups: poolTokensGroups(d),
      constants: { MEAN },
    });
  expect((await pool(0)).pooled).toEqual(Float32Array.from(columns, (column) => column[0] as number));
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / n);
  expect(worstDifference((await pool(1)).pooled, means)).toBeLessThanOrEqual(sumBound(n + 1, means));
});

describe('layer_norm', () => {
  /** Two layers' rows of `values` with padding, at offsets and strides, each layer with its own weights. */
  const norm = async (values: Float32Array, rows: number, width: number) => {
    const ld = 4 * Math.ceil(width / 4) + 4;
    const [layers, xAt, yAt, normAt] = [2, 8, 4, 12];
    const [xStride, yStride, normStride] = [rows * ld + 4, rows * ld, ld + 8];
    const X = new Float32Array(xAt + layers * xStride);
    const expected = untouched(yAt + layers * yStride);
    const weight = randomFloats(normAt + layers * normStride, 7);
    const bias = randomFloats(normAt + layers * normStride, 8);
    const references: number[] = [];
    for (let l = 0; l < layers; l++) {
      place(X, values, { rows, columns: width, ld, first: xAt + l * xStride });
      const at = normAt + l * normStride;
      const reference = layerNormReference(
        values,
        weight.subarray(at, at + width),
        bias.subarray(at, at + width),
        rows,
        width,
      );
      // Padding becomes zero.
      expected.fill(0, yAt + l * yStride, yAt + l * yStride + rows * ld);
      place(expected, reference, { rows, columns: width, ld, first: yAt + l * yStride });
      references.push(...reference);
    }
    const { Y } = await runKernel(device, layerNorm, {
      params: {
        rows,
        width,
        ld4: ld / 4,
        x_offset4: xAt / 4,
        y_offset4: yAt / 4,
        norm_offset4: normAt / 4,
        x_stride4: xStride / 4,
        y_stride4: yStride / 4,
        norm_stride4: normStride / 4,
        eps: LAYER_NORM_EPS,
      },
      reads: { X, weight, bias },
      writes: { Y: untouched(yAt + layers * yStride) },
      groups: layerNormGroups(rows, layers),
    });
    return { difference: worstDifference(Y, expected), reference: references };
  };

  test.each([
    [1, 1],
    [3, 63],
    [15, 64],
    [16, 65],
    [17, 192],
    [3, 1000],
  ])('%i rows, width %i', async (rows, width) => {
    const { difference, reference } = await norm(randomFloats(rows * width, width), rows, width);
    // Two sums of `width` terms, then a root, a division, weight and bias.
    expect(difference).toBeLessThanOrEqual(sumBound(2 * width + 8, reference));
  });

  test('a row of equal values becomes the bias', async () => {
    const width = 65;
    const { difference } = await norm(new Float32Array(width).fill(0.75), 1, width);
    // The mean's error, at most `width` units of 0.75, times 1/√ε = 316, times a weight below 4.
    expect(difference).toBeLessThanOrEqual(width * EPSILON * 0.75 * 316 * 4);
  });

  test('a mean far from zero does not cancel the variance', async () => {
    const width = 192;
    const { difference, reference } = await norm(
      randomFloats(2 * width, 3).map((value) => 1000 + value),
      2,
      width,
    );
    // The mean's error is relative to 1000. One pass (mean of squares less squared mean) would be wrong by about 10⁶ · 2⁻²³ · width.
    expect(difference).toBeLessThanOrEqual(1000 * sumBound(8, reference));
  });
});

describe('reduce_sparsity', () => {
  test.each([4, 252, 256, 260, 1000, 4100])('%i entries a layer', async (size) => {
    const [layers, first, zAt] = [3, 5, 8];
    // About half of the entries are zero, some of them −0.
    const Z = randomFloats(zAt + layers * size, size).map((value, i) => (value < 0 && i % 3 > 0 ? value * 0 : value));
    const { sparsity } = await runKernel(device, reduceSparsity, {
      params: { size4: size / 4, z_offset4: zAt / 4, out_offset: first },
      reads: { Z },
      writes: { sparsity: untouched(first + 2 * layers + 1) },
      groups: [layers, 1, 1],
    });
    const expected = untouched(first + 2 * layers + 1);
    for (let l = 0; l < layers; l++) {
      const layer = Z.subarray(zAt + l * size, zAt + (l + 1) * size);
      expected[first + 2 * l] = nonzeroCount(layer);
      expected[first + 2 * l + 1] = l1Norm(layer);
      expect(sparsity[first + 2 * l]).toBe(nonzeroCount(layer));
    }
    // An invocation adds size / 256 terms four times, the tree 8 more; the expectation is rounded to f32 itself.
    expect(worstDifference(sparsity, expected)).toBeLessThanOrEqual(
      sumBound(Math.ceil(size / 256) + 9, expected.subarray(first, first + 2 * layers)),
    );
  });
});
