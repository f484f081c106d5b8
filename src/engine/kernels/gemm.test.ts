// The kernels of the product, gemm, gemm_quad and gemm_tile, each at every block it may be cut into, alone against the f64 products of math/ and
// model/: every block edge, every epilogue, a layer norm on the way, B along its rows and along its columns, as f32 and as halves, batches
// with strides and offsets.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHalves, toHalf } from '../../checkpoint/halfFloat.ts';
import { productAB, productABt } from '../../math/matrix.ts';
import { worstDifference } from '../../model/fixtures/golden.ts';
import { dictionaryStep, istaStep } from '../../model/ista.ts';
import { overcompleteCodes } from '../../model/istaOvercomplete.ts';
import { LAYER_NORM_EPS, layerNorm as layerNormReference } from '../../model/layerNorm.ts';
import { linear } from '../../model/linear.ts';
import { packHalves } from '../halves.ts';
import { openNodeGpu } from '../nodeGpu.ts';
import { gemmGroups, gemmQuadGroups, gemmTileGroups } from './grids.ts';
import { EPILOGUE, gemm, gemmQuad, gemmTile } from './index.ts';
import { EPSILON, place, randomFloats, runKernel, sumBound, untouched } from './testKernel.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = (await openNodeGpu()).device;
});
afterAll(() => device?.destroy());

const NONE = new Float32Array(4);
type Params = Record<keyof typeof gemm.params, number>;

interface Run {
  readonly params: Partial<Params> & Pick<Params, 'rows' | 'cols' | 'depth4' | 'ld_b4' | 'ld_c'>;
  readonly reads: Partial<Record<(typeof gemm.reads)[number], Float32Array>> & Record<'A' | 'B', Float32Array>;
  readonly C: Float32Array;
  readonly batch?: number;
  readonly constants?: { readonly NORM?: number; readonly TRANSPOSED?: number; readonly HALF?: number };
}

const zeros = Object.fromEntries(Object.keys(gemm.params).map((name) => [name, 0])) as Params;

/** σ of the values. */
function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** LN(A) Bᵀ + bias, `width` a multiple of 4. */
const normed = (rows: number, cols: number, width: number) => ({
  rows,
  cols,
  depth4: width / 4,
  ld_b4: width / 4,
  ld_c: cols,
  width,
  sums_offset: cols,
  eps: LAYER_NORM_EPS,
  epilogue: EPILOGUE.bias,
});

/** C after a run of the product, by one of its kernels. */
type Multiply = (run: Run) => Promise<Float32Array>;

const filled = ({ params, reads, C }: Run) => ({
  params: { ...zeros, eps: 1, ...params },
  reads: { bias: NONE, residual: NONE, norm_weight: NONE, norm_bias: NONE, ...reads },
  writes: { C },
});

const byRegisters =
  (ROWS: number, COLS: number): Multiply =>
  async (run) => {
    const shape = { ...gemm.constants, ROWS, COLS };
    const groups = gemmGroups(run.params.rows, run.params.cols, run.batch, shape);
    const constants = { ROWS, COLS, ...run.constants };
    return (await runKernel(device, gemm, { ...filled(run), groups, constants })).C;
  };

const byQuads =
  (WG_X: number, COLS: number): Multiply =>
  async (run) => {
    const groups = gemmQuadGroups(run.params.rows, run.params.cols, run.batch, { WG_X, COLS });
    const constants = { WG_X, COLS, ...run.constants };
    return (await runKernel(device, gemmQuad, { ...filled(run), groups, constants })).C;
  };

const byTiles =
  (TILE: number): Multiply =>
  async (run) => {
    const groups = gemmTileGroups(run.params.rows, run.params.cols, run.batch, { TILE });
    const constants = { TILE, ...run.constants };
    return (await runKernel(device, gemmTile, { ...filled(run), groups, constants })).C;
  };

const KERNELS: readonly (readonly [string, Multiply])[] = [
  ['gemm, 8 × 8', byRegisters(8, 8)],
  ['gemm, 16 × 8', byRegisters(16, 8)],
  ['gemm, 16 × 16', byRegisters(16, 16)],
  ['gemm_quad, 16 × 8', byQuads(4, 8)],
  ['gemm_quad, 16 × 16', byQuads(16, 16)],
  ['gemm_tile, 32', byTiles(32)],
  ['gemm_tile, 64', byTiles(64)],
];

describe.each(KERNELS)('%s', (_, multiply) => {
  describe.each([1, 7, 8, 9, 31, 32, 33, 65])('%i rows', (rows) => {
    test.each([1, 3, 4, 5, 31, 32, 33, 192])('%i columns, depths 4, 48 and 192', async (cols) => {
      for (const depth of [4, 48, 192]) {
        const A = randomFloats(rows * depth, rows);
        const B = randomFloats(cols * depth, cols + 1000);
        const expected = productABt(A, B, rows, cols, depth);
        const C = await multiply({
          params: { rows, cols, depth4: depth / 4, ld_b4: depth / 4, ld_c: cols },
          reads: { A, B },
          // Four entries more than C: none of them may be written.
          C: untouched(rows * cols + 4),
        });
        expect(worstDifference(C.subarray(0, rows * cols), expected)).toBeLessThanOrEqual(sumBound(depth, expected));
        expect(C.subarray(rows * cols)).toEqual(untouched(4));
      }
    });
  });

  describe.each([1, 7, 8, 9, 33])('A B, %i rows', (rows) => {
    test.each([1, 3, 4, 5, 8, 31, 32, 33, 65])('%i columns, depths 4, 52 and 192', async (cols) => {
      for (const depth of [4, 52, 192]) {
        // Rows of B are padded, and what lies in the padding must not matter.
        const ldB = 4 * Math.ceil(cols / 4);
        const A = randomFloats(rows * depth, rows);
        const B = randomFloats(depth * cols, cols + 2000);
        const padded = untouched(depth * ldB);
        place(padded, B, { rows: depth, columns: cols, ld: ldB });
        const expected = productAB(A, B, rows, cols, depth);
        const C = await multiply({
          params: { rows, cols, depth4: depth / 4, ld_b4: ldB / 4, ld_c: cols },
          reads: { A, B: padded },
          C: untouched(rows * cols + 4),
          constants: { TRANSPOSED: 1 },
        });
        expect(worstDifference(C.subarray(0, rows * cols), expected)).toBeLessThanOrEqual(sumBound(depth, expected));
        expect(C.subarray(rows * cols)).toEqual(untouched(4));
      }
    });
  });

  /** Halves as gemm reads them, in the floats that a test uploads. */
  function asHalves(values: Float32Array): Float32Array {
    const halves = new Uint16Array(2 * Math.ceil(values.length / 2));
    packHalves(values, halves, 0);
    return new Float32Array(halves.buffer);
  }

  describe.each([0, 1])('halves, TRANSPOSED %i', (TRANSPOSED) => {
    test.each([
      { rows: 9, cols: 5, depth: 4 },
      { rows: 33, cols: 33, depth: 12 },
      { rows: 8, cols: 64, depth: 52 },
      { rows: 65, cols: 31, depth: 192 },
    ])('$rows × $cols × $depth: the bits of the same weights in f32', async ({ rows, cols, depth }) => {
      const ldB = TRANSPOSED ? 4 * Math.ceil(cols / 4) : depth;
      const A = randomFloats(rows * depth, rows);
      const bits = Uint16Array.from(randomFloats((TRANSPOSED ? depth : cols) * ldB, cols), toHalf);
      // Largest, smallest normal, subnormal, signed zeros.
      bits.set([0x7bff, 0xfbff, 0x0400, 0x8400, 0x03ff, 0x83ff, 0x0001, 0x8001, 0x8000, 0x0000]);
      const B = readHalves(bits);
      const run = (HALF: number) =>
        multiply({
          params: { rows, cols, depth4: depth / 4, ld_b4: ldB / 4, ld_c: cols },
          reads: { A, B: HALF ? asHalves(B) : B },
          C: untouched(rows * cols),
          constants: { TRANSPOSED, HALF },
        });
      const [single, half] = [await run(0), await run(1)];
      expect(half).toEqual(single);
    });

    test('from an offset that begins in the middle of eight, and with a stride', async () => {
      const [rows, cols, depth, batch, bAt] = [3, 5, 12, 2, 4];
      const ldB = TRANSPOSED ? 8 : depth;
      const stride = (TRANSPOSED ? depth : cols) * ldB + 4;
      const A = randomFloats(rows * depth, 1);
      const B = readHalves(Uint16Array.from(randomFloats(bAt + batch * stride, 2), toHalf));
      const run = (HALF: number) =>
        multiply({
          params: {
            rows,
            cols,
            depth4: depth / 4,
            ld_b4: ldB / 4,
            ld_c: cols,
            b_offset4: bAt / 4,
            b_stride4: stride / 4,
            c_stride: rows * cols,
          },
          reads: { A, B: HALF ? asHalves(B) : B },
          C: untouched(batch * rows * cols),
          batch,
          constants: { TRANSPOSED, HALF },
        });
      const [single, half] = [await run(0), await run(1)];
      expect(half).toEqual(single);
      const second = B.subarray(bAt + stride);
      const expected = TRANSPOSED
        ? productAB(A, second.subarray(0, depth * ldB), rows, ldB, depth).filter((_, i) => i % ldB < cols)
        : productABt(A, second.subarray(0, cols * depth), rows, cols, depth);
      expect(worstDifference(half.subarray(rows * cols), expected)).toBeLessThanOrEqual(sumBound(depth, expected));
    });
  });

  describe('epilogues, with offsets and padded rows', () => {
    const [rows, cols, depth] = [33, 37, 48];
    const A = randomFloats(rows * depth, 1);
    const B = randomFloats(cols * depth, 2);
    const bias = randomFloats(cols, 3);
    const residual = randomFloats(rows * cols, 4);
    const [ldC, ldResidual, cAt, biasAt, residualAt] = [40, 39, 5, 3, 7];

    const [eta, threshold] = [0.1, 0.25];
    const run = async (epilogue: number) => {
      const biases = untouched(biasAt + cols);
      biases.set(bias, biasAt);
      const residuals = untouched(residualAt + rows * ldResidual);
      place(residuals, residual, { rows, columns: cols, ld: ldResidual, first: residualAt });
      const C = await multiply({
        params: {
          rows,
          cols,
          depth4: depth / 4,
          ld_b4: depth / 4,
          ld_c: ldC,
          ld_residual: ldResidual,
          c_offset: cAt,
          bias_offset: biasAt,
          residual_offset: residualAt,
          epilogue,
          eta,
          threshold,
        },
        reads: { A, B, bias: biases, residual: residuals },
        C: untouched(cAt + rows * ldC),
      });
      return C;
    };
    /** C with what must be written in place and everything else untouched. */
    const whole = (values: ArrayLike<number>): Float32Array => {
      const out = untouched(cAt + rows * ldC);
      place(out, values, { rows, columns: cols, ld: ldC, first: cAt });
      return out;
    };

    test('bias', async () => {
      const expected = linear(A, B, bias, rows, depth, cols);
      expect(worstDifference(await run(EPILOGUE.bias), whole(expected))).toBeLessThanOrEqual(
        sumBound(depth + 1, expected),
      );
    });

    test('bias and residual', async () => {
      const expected = linear(A, B, bias, rows, depth, cols).map((value, i) => value + (residual[i] as number));
      expect(worstDifference(await run(EPILOGUE.biasResidual), whole(expected))).toBeLessThanOrEqual(
        sumBound(depth + 2, expected),
      );
    });

    test('residual less product and bias', async () => {
      const expected = linear(A, B, bias, rows, depth, cols).map((value, i) => (residual[i] as number) - value);
      expect(worstDifference(await run(EPILOGUE.difference), whole(expected))).toBeLessThanOrEqual(
        sumBound(depth + 2, expected),
      );
    });

    test('the first ISTA step, from zero', async () => {
      const before = linear(A, B, null, rows, depth, cols).map((value) => eta * value - threshold);
      const expected = before.map((value) => Math.max(0, value));
      expect(expected.some((value) => value === 0)).toBe(true);
      expect(worstDifference(await run(EPILOGUE.firstIsta), whole(expected))).toBeLessThanOrEqual(
        sumBound(depth + 2, before),
      );
    });
  });

  test.each([8, 36, 64])('an ISTA step at d = %i is that of the three released products', async (d) => {
    const [n, eta, lambda] = [33, 0.1, 0.3];
    const X = randomFloats(n * d, d);
    const D = randomFloats(d * d, d + 1).map((value) => value / Math.sqrt(d));
    const { before, Z_next } = istaStep(X, D, n, d, eta, lambda);
    const G = Float32Array.from(dictionaryStep(D, d));
    const C = await multiply({
      params: {
        rows: n,
        cols: d,
        depth4: d / 4,
        ld_b4: d / 4,
        ld_c: d,
        ld_residual: d,
        epilogue: EPILOGUE.ista,
        eta,
        threshold: eta * lambda,
      },
      reads: { A: X, B: G, bias: new Float32Array(d), residual: X },
      C: untouched(n * d),
    });
    // d terms of the product, each with G rounded to f32, then the residual and the threshold.
    expect(worstDifference(C, Z_next)).toBeLessThanOrEqual(sumBound(2 * d + 2, before));
    const zeros = C.filter((value) => value === 0).length;
    expect(zeros).toBeGreaterThan(n * d * 0.3);
    expect(zeros).toBeLessThan(n * d * 0.7);
  });

  test.each([
    { d: 8, m: 32 },
    { d: 36, m: 100 },
    { d: 64, m: 60 },
  ])('the codes of an over-complete dictionary, d = $d, m = $m, from one D', async ({ d, m }) => {
    const [n, eta, lambda] = [33, 0.1, 0.3];
    const threshold = eta * lambda;
    const X = randomFloats(n * d, d);
    const D = randomFloats(d * m, m).map((value) => value / Math.sqrt(d));
    const { before, codes } = overcompleteCodes(X, D, n, d, m, eta, lambda);
    const up = { rows: n, cols: m, depth4: d / 4, ld_b4: m / 4, ld_c: m, eta, threshold };
    const run = async (
      params: Partial<Params>,
      A: Float32Array,
      residual: Float32Array,
      TRANSPOSED: number,
    ): Promise<Float32Array> => {
      const sizes = { ...up, ...params };
      const C = await multiply({
        params: sizes,
        reads: { A, B: D, bias: new Float32Array(Math.max(d, m)), residual },
        C: untouched(n * sizes.cols),
        constants: { TRANSPOSED },
      });
      return C;
    };
    const z1 = await run({ epilogue: EPILOGUE.firstIsta }, X, NONE, 1);
    const down = { cols: d, depth4: m / 4, ld_b4: m / 4, ld_c: d, ld_residual: d };
    const resid = await run({ ...down, epilogue: EPILOGUE.difference }, z1, X, 0);
    const z2 = await run({ ld_residual: m, epilogue: EPILOGUE.ista }, resid, z1, 1);
    // Three products one after the other, of d, m and d terms.
    expect(worstDifference(z2, codes)).toBeLessThanOrEqual(sumBound(2 * d + m + 6, before));
    const zeros = z2.filter((value) => value === 0).length;
    expect(zeros).toBeGreaterThan(n * m * 0.2);
    expect(zeros).toBeLessThan(n * m * 0.8);
  });

  test('a batch reads and writes at its strides, from its offsets', async () => {
    const [batch, rows, cols, depth, ldC] = [3, 9, 5, 12, 6];
    const [aAt, bAt, cAt] = [8, 4, 3];
    const [aStride, bStride, cStride] = [rows * depth + 4, cols * depth + 8, rows * ldC + 2];
    const A = randomFloats(aAt + batch * aStride, 5);
    const B = randomFloats(bAt + batch * bStride, 6);
    const expected = untouched(cAt + batch * cStride);
    for (let z = 0; z < batch; z++) {
      const a = A.subarray(aAt + z * aStride, aAt + z * aStride + rows * depth);
      const b = B.subarray(bAt + z * bStride, bAt + z * bStride + cols * depth);
      place(expected, productABt(a, b, rows, cols, depth), { rows, columns: cols, ld: ldC, first: cAt + z * cStride });
    }
    const C = await multiply({
      params: {
        rows,
        cols,
        depth4: depth / 4,
        ld_b4: depth / 4,
        ld_c: ldC,
        a_offset4: aAt / 4,
        b_offset4: bAt / 4,
        c_offset: cAt,
        a_stride4: aStride / 4,
        b_stride4: bStride / 4,
        c_stride: cStride,
      },
      reads: { A, B },
      C: untouched(cAt + batch * cStride),
      batch,
    });
    // Entries are sums of 12 products of standard normals, below 16; untouched ones are equal to the bit.
    expect(worstDifference(C, expected)).toBeLessThanOrEqual(depth * 2 ** -23 * 16);
  });

  /** Rows of `width` values with padding of zeros. */
  function padded(values: Float32Array, rows: number, width: number, ld: number): Float32Array {
    const out = new Float32Array(rows * ld);
    place(out, values, { rows, columns: width, ld });
    return out;
  }

  describe.each([1, 15, 16, 17, 65])('a layer norm on the way, %i rows', (rows) => {
    test.each([
      { cols: 5, width: 4 },
      { cols: 33, width: 50 },
      { cols: 64, width: 192 },
    ])('$cols columns, width $width: the product of LN(A), and the ISTA step', async ({ cols, width }) => {
      const ld = 4 * Math.ceil(width / 4);
      // A mean of 3 must leave the sums as good as they are.
      const A = randomFloats(rows * width, rows).map((value) => value + 3);
      const [weight, bias] = [randomFloats(width, 3), randomFloats(width, 4)];
      const B = randomFloats(cols * width, cols);
      const X = layerNormReference(A, weight, bias, rows, width);
      const expected = productABt(X, B, rows, cols, width);
      const sums = (factor: Float32Array, columns: number): Float32Array =>
        Float32Array.from([bias, weight].flatMap((one) => [...productABt(one, factor, 1, columns, width)]));
      // The norm, 4 · 2^-23 · |a| / σ a channel and 2·width + 8 of its sums, then the product's sum.
      const terms = 4 * width + 16;
      const given = {
        rows,
        cols,
        depth4: ld / 4,
        ld_b4: ld / 4,
        ld_c: cols,
        width,
        sums_offset: cols,
        eps: LAYER_NORM_EPS,
        norm_offset4: 1,
      };
      const reads = {
        A: padded(A, rows, width, ld),
        B: padded(B, cols, width, ld),
        bias: sums(B, cols),
        norm_weight: Float32Array.from([9, 9, 9, 9, ...padded(weight, 1, width, ld)]),
        norm_bias: Float32Array.from([9, 9, 9, 9, ...padded(bias, 1, width, ld)]),
      };
      const C = await multiply({
        params: { ...given, epilogue: EPILOGUE.bias },
        reads,
        C: untouched(rows * cols + 4),
        constants: { NORM: 1 },
      });
      expect(worstDifference(C.subarray(0, rows * cols), expected)).toBeLessThanOrEqual(sumBound(terms, expected));
      expect(C.subarray(rows * cols)).toEqual(untouched(4));

      // Where B is square, the step itself: residual and factor are one buffer.
      const [eta, threshold] = [0.1, 0.05];
      const G = randomFloats(width * width, 8);
      const before = productABt(X, G, rows, width, width).map((value, i) => (X[i] as number) + eta * value - threshold);
      const Z_next = await multiply({
        params: {
          ...given,
          cols: width,
          ld_c: width,
          ld_residual: ld,
          sums_offset: width,
          epilogue: EPILOGUE.ista,
          eta,
          threshold,
        },
        reads: {
          ...reads,
          B: padded(G, width, width, ld),
          bias: sums(G, width),
          residual: reads.A,
        },
        C: untouched(rows * width),
        constants: { NORM: 1 },
      });
      const codes = before.map((value) => Math.max(0, value));
      expect(worstDifference(Z_next, codes)).toBeLessThanOrEqual(sumBound(terms, before));
    });
  });

  test.each([
    { what: 'one huge channel, the first', at: (k: number) => (k === 0 ? 1000 : 0) },
    { what: 'first channels far from the rest', at: (k: number) => (k < 32 ? 100 : 0) },
    { what: 'a mean a thousand times the spread', at: () => 1000 },
  ])('a layer norm on the way of rows with $what', async ({ at }) => {
    const [rows, cols, width] = [5, 33, 192];
    const A = randomFloats(rows * width, 1).map((value, i) => value + at(i % width));
    const [weight, bias] = [randomFloats(width, 3), new Float32Array(width)];
    const B = randomFloats(cols * width, 2);
    const expected = productABt(layerNormReference(A, weight, bias, rows, width), B, rows, cols, width);
    const C = await multiply({
      params: normed(rows, cols, width),
      reads: {
        A,
        B,
        bias: Float32Array.from([...new Float32Array(cols), ...productABt(weight, B, 1, cols, width)]),
        norm_weight: weight,
        norm_bias: bias,
      },
      C: untouched(rows * cols),
      constants: { NORM: 1 },
    });
    // Sums of `width` terms as large as the largest |a|/σ, weights and factors below 4; σ² is known to a unit times 1 + width/32.
    const largest = Math.max(...A.map(Math.abs));
    const spread = Math.min(
      ...Array.from({ length: rows }, (_, r) => deviation(A.subarray(r * width, (r + 1) * width))),
    );
    const bound = EPSILON * Math.sqrt(width) * 16 * (1 + width / 32) * (largest / spread);
    expect(worstDifference(C, expected)).toBeLessThanOrEqual(bound);
  });

  test.each(Object.entries(EPILOGUE))(
    'width 0 where a norm could be: the bits of a product without, epilogue %s',
    async (_, epilogue) => {
      const [rows, cols, depth] = [17, 9, 52];
      const [A, B] = [randomFloats(rows * depth, 1), randomFloats(cols * depth, 2)];
      const run = (NORM: number) =>
        multiply({
          params: {
            rows,
            cols,
            depth4: depth / 4,
            ld_b4: depth / 4,
            ld_c: cols,
            ld_residual: cols,
            epilogue,
            eta: 0.1,
            threshold: 0.05,
          },
          reads: {
            A,
            B,
            bias: randomFloats(cols, 3),
            residual: randomFloats(rows * cols, 4),
            norm_weight: randomFloats(depth, 5),
            norm_bias: randomFloats(depth, 6),
          },
          C: untouched(rows * cols),
          constants: { NORM },
        });
      expect(await run(1)).toEqual(await run(0));
    },
  );

  test('a row of equal values becomes the norm’s bias, whatever their size', async () => {
    const [rows, cols, width] = [3, 8, 64];
    const [weight, bias] = [randomFloats(width, 3), randomFloats(width, 4)];
    const B = randomFloats(cols * width, 5);
    const expected = productABt(bias, B, 1, cols, width);
    const C = await multiply({
      params: normed(rows, cols, width),
      reads: {
        A: new Float32Array(rows * width).fill(0.75),
        B,
        bias: Float32Array.from([...expected, ...productABt(weight, B, 1, cols, width)]),
        norm_weight: weight,
        norm_bias: bias,
      },
      C: untouched(rows * cols),
      constants: { NORM: 1 },
    });
    // The mean's error, at most `width` units of 0.75, times 1/√ε = 316, times `width` weights and factors below 4.
    for (let i = 0; i < rows; i++) {
      expect(worstDifference(C.subarray(i * cols, (i + 1) * cols), expected)).toBeLessThanOrEqual(
        width * EPSILON * 0.75 * 316 * 16 * width,
      );
    }
  });
});
