// gemm alone against the f64 products of math/ and model/: every block edge, every epilogue, batches with strides and offsets.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { productABt } from '../../math/matrix.ts';
import { worstDifference } from '../../model/fixtures/golden.ts';
import { dictionaryStep, istaStep } from '../../model/ista.ts';
import { linear } from '../../model/linear.ts';
import { openNodeGpu } from '../nodeGpu.ts';
import { gemmGroups } from './grids.ts';
import { EPILOGUE, gemm } from './index.ts';
import { place, randomFloats, runKernel, sumBound, untouched } from './testKernel.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = (await openNodeGpu()).device;
});
afterAll(() => device?.destroy());

const NONE = new Float32Array(4);
const PLAIN = {
  ld_residual: 0,
  a_offset4: 0,
  b_offset4: 0,
  c_offset: 0,
  bias_offset: 0,
  residual_offset: 0,
  a_stride4: 0,
  b_stride4: 0,
  c_stride: 0,
  eta: 0,
  threshold: 0,
} as const;

describe.each([1, 7, 8, 9, 31, 32, 33, 65])('%i rows', (rows) => {
  test.each([1, 3, 4, 5, 31, 32, 33, 192])('%i columns, depths 4, 48 and 192', async (cols) => {
    for (const depth of [4, 48, 192]) {
      const A = randomFloats(rows * depth, rows);
      const B = randomFloats(cols * depth, cols + 1000);
      const expected = productABt(A, B, rows, cols, depth);
      const { C } = await runKernel(device, gemm, {
        params: { ...PLAIN, rows, cols, depth4: depth / 4, ld_c: cols },
        reads: { A, B, bias: NONE, residual: NONE },
        // Four entries more than C: none of them may be written.
        writes: { C: untouched(rows * cols + 4) },
        groups: gemmGroups(rows, cols),
      });
      expect(worstDifference(C.subarray(0, rows * cols), expected)).toBeLessThanOrEqual(sumBound(depth, expected));
      expect(C.subarray(rows * cols)).toEqual(untouched(4));
    }
  });
});

describe('epilogues, with offsets and padded rows', () => {
  const [rows, cols, depth] = [33, 37, 48];
  const A = randomFloats(rows * depth, 1);
  const B = randomFloats(cols * depth, 2);
  const bias = randomFloats(cols, 3);
  const residual = randomFloats(rows * cols, 4);
  const [ldC, ldResidual, cAt, biasAt, residualAt] = [40, 39, 5, 3, 7];

  const run = async (epilogue: number) => {
    const biases = untouched(biasAt + cols);
    biases.set(bias, biasAt);
    const residuals = untouched(residualAt + rows * ldResidual);
    place(residuals, residual, { rows, columns: cols, ld: ldResidual, first: residualAt });
    const { C } = await runKernel(device, gemm, {
      params: {
        ...PLAIN,
        rows,
        cols,
        depth4: depth / 4,
        ld_c: ldC,
        ld_residual: ldResidual,
        c_offset: cAt,
        bias_offset: biasAt,
        residual_offset: residualAt,
      },
      reads: { A, B, bias: biases, residual: residuals },
      writes: { C: untouched(cAt + rows * ldC) },
      groups: gemmGroups(rows, cols),
      constants: { EPILOGUE: epilogue },
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
});

test.each([8, 36, 64])('an ISTA step at d = %i is that of the three released products', async (d) => {
  const [n, eta, lambda] = [33, 0.1, 0.3];
  const X = randomFloats(n * d, d);
  const D = randomFloats(d * d, d + 1).map((value) => value / Math.sqrt(d));
  const { before, Z_next } = istaStep(X, D, n, d, eta, lambda);
  const G = Float32Array.from(dictionaryStep(D, d));
  const { C } = await runKernel(device, gemm, {
    params: { ...PLAIN, rows: n, cols: d, depth4: d / 4, ld_c: d, ld_residual: d, eta, threshold: eta * lambda },
    reads: { A: X, B: G, bias: NONE, residual: X },
    writes: { C: untouched(n * d) },
    groups: gemmGroups(n, d),
    constants: { EPILOGUE: EPILOGUE.ista },
  });
  // d terms of the product, each with G rounded to f32, then the residual and the threshold.
  expect(worstDifference(C, Z_next)).toBeLessThanOrEqual(sumBound(2 * d + 2, before));
  const zeros = C.filter((value) => value === 0).length;
  expect(zeros).toBeGreaterThan(n * d * 0.3);
  expect(zeros).toBeLessThan(n * d * 0.7);
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
  const { C } = await runKernel(device, gemm, {
    params: {
      ...PLAIN,
      rows,
      cols,
      depth4: depth / 4,
      ld_c: ldC,
      a_offset4: aAt / 4,
      b_offset4: bAt / 4,
      c_offset: cAt,
      a_stride4: aStride / 4,
      b_stride4: bStride / 4,
      c_stride: cStride,
    },
    reads: { A, B, bias: NONE, residual: NONE },
    writes: { C: untouched(cAt + batch * cStride) },
    groups: gemmGroups(rows, cols, batch),
  });
  // Entries are sums of 12 products of standard normals, below 16; untouched ones are equal to the bit.
  expect(worstDifference(C, expected)).toBeLessThanOrEqual(depth * 2 ** -23 * 16);
});
