// The kernels behind the coding rates, each alone against math/ and model/, then the chain of them against codingRateGiven.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cholesky, logdet } from '../../math/cholesky.ts';
import { gram as gramReference, type Numbers, transpose, unitRows } from '../../math/matrix.ts';
import { codingRateGiven } from '../../model/codingRate.ts';
import { worstDifference } from '../../model/fixtures/golden.ts';
import { headColumns } from '../../model/mssa.ts';
import { openNodeGpu } from '../nodeGpu.ts';
import { choleskyGroups, GRAM_SHAPE, gramGroups, rowNormsGroups } from './grids.ts';
import { choleskyLogdet, gram, gramTokens, rowNorms } from './index.ts';
import { EPSILON, place, randomFloats, runKernel, sumBound, UNTOUCHED, untouched } from './testKernel.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = (await openNodeGpu()).device;
});
afterAll(() => device?.destroy());

/** Entries before the first layer in Z, so that an offset is always used. */
const Z_AT = 8;

/** layers × n × ld from Z_AT on, random heads in the first K·p columns; token 1 of head 0 of every layer is zero. */
function randomHeads(layers: number, n: number, K: number, p: number, ld: number) {
  const perLayer = Array.from({ length: layers }, (_, l) => {
    const ZU = randomFloats(n * K * p, 17 * n + p + l);
    if (n > 1) ZU.fill(0, K * p, K * p + p);
    return ZU;
  });
  const Z = untouched(Z_AT + layers * n * ld);
  perLayer.forEach((ZU, l) => {
    place(Z, ZU, { rows: n, columns: K * p, ld, first: Z_AT + l * n * ld });
  });
  return { perLayer, Z };
}

/** 1/‖w‖² of every head's tokens, 0 for a zero token: K × n. */
const inverseSquares = (ZU: Numbers, n: number, K: number, p: number): Float64Array =>
  Float64Array.from({ length: K * n }, (_, at) => {
    const w = headColumns(ZU, Math.floor(at / n), n, K, p).subarray((at % n) * p, (at % n) * p + p);
    const squares = w.reduce((sum, value) => sum + value * value, 0);
    return squares > 0 ? 1 / squares : 0;
  });

describe('row_norms', () => {
  test.each(
    [1, 2, 63, 64, 65].flatMap((n) => [
      { n, p: 5, ALIGNED: 0 },
      { n, p: 12, ALIGNED: 1 },
    ]),
  )('$n tokens, 3 heads of $p, 2 layers, a zero token', async ({ n, p, ALIGNED }) => {
    const [layers, K] = [2, 3];
    const ld = K * p + (ALIGNED ? 4 : 1);
    const { perLayer, Z } = randomHeads(layers, n, K, p, ld);
    const expected = perLayer.flatMap((ZU) => [...inverseSquares(ZU, n, K, p)]);
    const { inverse } = await runKernel(device, rowNorms, {
      params: { n, p, ld, z_offset: Z_AT, z_stride: n * ld },
      reads: { Z },
      writes: { inverse: untouched(layers * K * n) },
      groups: rowNormsGroups(n, K, layers),
      constants: { ALIGNED },
    });
    // Relative: p squares, one division.
    expected.forEach((value, i) => {
      expect(Math.abs((inverse[i] as number) - value)).toBeLessThanOrEqual((p + 3) * EPSILON * value);
    });
    if (n > 1) expect(inverse[1]).toBe(0);
  });
});

const ceil8 = (value: number): number => 8 * Math.ceil(value / 8);

const WIDTHS = [4, 64];
const CHANNELS = [
  { ALIGNED: 0, sizes: [1, 3, 4, 5, 7, 8, 9, 33].map((p) => ({ n: 39, p })) },
  { ALIGNED: 1, sizes: [4, 8, 12, 48].map((p) => ({ n: 41, p })) },
].flatMap((one) => WIDTHS.map((WIDTH) => ({ ...one, WIDTH, BLOCK: GRAM_SHAPE.BLOCK, ofTokens: false })));
const TOKENS = [
  { ALIGNED: 0, sizes: [1, 2, 4, 5, 7, 8, 9, 16, 17, 65].map((n) => ({ n, p: 66 })) },
  { ALIGNED: 1, sizes: [1, 8, 9, 31, 97].map((n) => ({ n, p: 64 })) },
].flatMap((one) => WIDTHS.map((WIDTH) => ({ ...one, WIDTH, BLOCK: WIDTH === 4 ? 16 : 8, ofTokens: true })));

describe.each([...CHANNELS, ...TOKENS])(
  'gram, ofTokens = $ofTokens, aligned = $ALIGNED, $WIDTH blocks of $BLOCK a workgroup',
  (form) => {
    const { ofTokens, ALIGNED, WIDTH, BLOCK, sizes } = form;
    test.each(sizes)('n = $n, p = $p: lower triangles only', async ({ n, p }) => {
      const [layers, K, first] = [2, 2, 3];
      const ld = K * p + (ALIGNED ? 4 : 2);
      const side = ofTokens ? n : p;
      const m = ceil8(side);
      const { perLayer, Z } = randomHeads(layers, n, K, p, ld);
      const inverse = perLayer.flatMap((ZU) => [...inverseSquares(ZU, n, K, p)]);
      const length = first + layers * 2 * K * m * m;
      const expected = untouched(length);
      perLayer.forEach((ZU, l) => {
        for (let k = 0; k < K; k++) {
          const w = headColumns(ZU, k, n, K, p);
          // Of tokens the unit-normalised follows from the raw.
          (ofTokens ? [w] : [w, unitRows(w, n, p)]).forEach((rows, unit) => {
            const G = ofTokens ? gramReference(rows, n, p) : gramReference(transpose(rows, n, p), p, n);
            const at = first + ((l * 2 + unit) * K + k) * m * m;
            // The rows and columns that make m a multiple of 8 are zeros.
            for (let a = 0; a < m; a++) {
              for (let b = 0; b <= a; b++) expected[at + a * m + b] = a < side ? (G[a * side + b] as number) : 0;
            }
          });
        }
      });
      const run = {
        params: { n, p, K, ld, w_offset: Z_AT, w_stride: n * ld, m, m_offset: first, heads: layers * K },
        writes: { M: untouched(length) },
        groups: gramGroups(m, layers * K, { WIDTH, BLOCK }),
      };
      const { M } = ofTokens
        ? await runKernel(device, gramTokens, { ...run, reads: { W: Z }, constants: { WIDTH, BLOCK, ALIGNED } })
        : await runKernel(device, gram, {
            ...run,
            reads: { W: Z, inverse: Float32Array.from(inverse) },
            constants: { WIDTH, ALIGNED },
          });
      const written = expected.filter((value) => value !== UNTOUCHED);
      // Sums over the other side, then the norms.
      expect(worstDifference(M, expected)).toBeLessThanOrEqual(sumBound((ofTokens ? p : n) + 8, written));
    });
  },
);

/** W Wᵀ/4m for W m × 4m: eigenvalues of at most about 2.3, so that a pivot's error stays near that of its m-term sum. */
const wellConditioned = (m: number, seed: number): Float64Array =>
  gramReference(randomFloats(m * 4 * m, seed), m, 4 * m).map((value) => value / (4 * m));

/** I + αG. */
function shifted(G: Numbers, m: number, alpha: number): Float64Array {
  const A = Float64Array.from(G, (value) => alpha * value);
  for (let i = 0; i < m; i++) A[i * m + i] = (A[i * m + i] as number) + 1;
  return A;
}

/** Matrices one after the other as f32 from `first` on; above the diagonal lies what must not be read. */
function lowerTriangles(matrices: readonly Float64Array[], m: number, first: number): Float32Array {
  const M = untouched(first + matrices.length * m * m);
  matrices.forEach((A, b) => {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j <= i; j++) M[first + (b * m + i) * m + j] = A[i * m + j] as number;
    }
  });
  return M;
}

const BATCH = 3;
const [M_AT, RATE_AT] = [4, 4];
const ALPHA = 0.9;

const expectedRates = (matrices: readonly Float64Array[], m: number): Float32Array => {
  const rates = untouched(RATE_AT + matrices.length + 1);
  matrices.forEach((A, b) => {
    rates[RATE_AT + b] = 0.5 * logdet(A, m);
  });
  return rates;
};

/** A sum of m logarithms, of pivots that are sums of m products each. */
const rateBound = (m: number, rates: Float32Array): number => sumBound(2 * m + 4, rates.subarray(RATE_AT, -1));

const SHAPES = [
  { WIDTH: 4, LANES: 1 },
  { WIDTH: 32, LANES: 4 },
  { WIDTH: 32, LANES: 8 },
  { WIDTH: 32, LANES: 32 },
];

describe.each(SHAPES)('cholesky_logdet, $LANES of $WIDTH invocations a matrix', (shape) => {
  test.each([8, 16, 24, 32, 40, 64, 72, 88, 200, 280])('side %i: rates, G as it was, and L above it', async (m) => {
    const grams = Array.from({ length: BATCH }, (_, b) => wellConditioned(m, 100 * m + b));
    const matrices = grams.map((G) => shifted(G, m, ALPHA));
    const expected = expectedRates(matrices, m);
    const before = lowerTriangles(grams, m, M_AT);
    const { M, rates } = await runKernel(device, choleskyLogdet, {
      params: { m, heads: 1, of_tokens: 0, batch: BATCH, m_offset4: M_AT / 4, rate_offset: RATE_AT, alpha: ALPHA },
      reads: {},
      writes: { M: before, rates: untouched(RATE_AT + BATCH + 1) },
      groups: choleskyGroups(BATCH, shape),
      constants: shape,
    });
    expect(worstDifference(rates, expected)).toBeLessThanOrEqual(rateBound(m, expected));
    matrices.forEach((A, b) => {
      const L = cholesky(A, m);
      const at = (row: number, column: number): number => M_AT + (b * m + row) * m + column;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j <= i; j++) {
          if (M[at(i, j)] !== before[at(i, j)]) throw new Error(`G is overwritten at row ${i}, column ${j}`);
          const [I, J] = [Math.floor(i / 8), Math.floor(j / 8)];
          if (I === J) continue;
          const stored = M[at(8 * J + (i % 8), 8 * I + (j % 8))] as number;
          expect(Math.abs(stored - (L[i * m + j] as number))).toBeLessThanOrEqual(sumBound(2 * m + 4, L));
        }
      }
    });
  });

  test('of tokens: the second heads of a layer are the first ones unit-normalised, a zero token stays zero', async () => {
    const [layers, heads, m] = [2, 2, 24];
    const raw = Array.from({ length: layers * heads }, (_, b) => {
      const G = wellConditioned(m, b);
      // One token is zero, and the last rows are no tokens.
      for (let i = 0; i < m; i++) for (const zero of [3, m - 2, m - 1]) G[zero * m + i] = G[i * m + zero] = 0;
      return G;
    });
    const unit = raw.map((G) =>
      G.map((value, at) => {
        const squares = (G[Math.floor(at / m) * (m + 1)] as number) * (G[(at % m) * (m + 1)] as number);
        return squares > 0 ? value / Math.sqrt(squares) : 0;
      }),
    );
    const [first, second] = [raw, unit].map((grams) => grams.map((G) => shifted(G, m, ALPHA))) as [
      Float64Array[],
      Float64Array[],
    ];
    const inOrder = <T>(a: readonly T[], b: readonly T[]): T[] =>
      Array.from({ length: layers }, (_, l) => [a, b].flatMap((of) => of.slice(l * heads, (l + 1) * heads))).flat();
    const expected = expectedRates(inOrder(first, second), m);
    const nothing = raw.map((G) => G.map(() => UNTOUCHED));
    const batch = layers * 2 * heads;
    const { rates } = await runKernel(device, choleskyLogdet, {
      params: { m, heads, of_tokens: 1, batch, m_offset4: M_AT / 4, rate_offset: RATE_AT, alpha: ALPHA },
      reads: {},
      writes: {
        M: lowerTriangles(inOrder(raw, nothing), m, M_AT),
        rates: untouched(RATE_AT + batch + 1),
      },
      groups: choleskyGroups(batch, shape),
      constants: shape,
    });
    expect(worstDifference(rates, expected)).toBeLessThanOrEqual(rateBound(m, expected));
  });
});

// Conditioned as in use: α = p/(n ε²) is in the thousands and the Gram matrix may have rank n < p. Measured: 1.4e-7 at most.
test.each([
  { n: 65, p: 16 },
  { n: 10, p: 32 },
])('row_norms, gram and cholesky_logdet together give R^c, n = $n, p = $p', async ({ n, p }) => {
  const [K, eps2] = [3, 0.01];
  const ld = K * p;
  const { perLayer, Z } = randomHeads(1, n, K, p, ld);
  const m = ceil8(Math.min(n, p));
  const { inverse } = await runKernel(device, rowNorms, {
    params: { n, p, ld, z_offset: Z_AT, z_stride: 0 },
    reads: { Z },
    writes: { inverse: untouched(K * n) },
    groups: rowNormsGroups(n, K, 1),
  });
  const ofTokens = n < p;
  const run = {
    params: { n, p, K, ld, w_offset: Z_AT, w_stride: 0, m, m_offset: 0, heads: K },
    writes: { M: untouched(2 * K * m * m) },
    groups: gramGroups(m, K),
  };
  const { M } = ofTokens
    ? await runKernel(device, gramTokens, { ...run, reads: { W: Z } })
    : await runKernel(device, gram, { ...run, reads: { W: Z, inverse } });
  const { rates } = await runKernel(device, choleskyLogdet, {
    params: {
      m,
      heads: K,
      of_tokens: ofTokens ? 1 : 0,
      batch: 2 * K,
      m_offset4: 0,
      rate_offset: 0,
      alpha: p / (n * eps2),
    },
    reads: {},
    writes: { M, rates: untouched(2 * K) },
    groups: choleskyGroups(2 * K),
  });
  const { raw, unit } = codingRateGiven(perLayer[0] ?? new Float32Array(0), n, K, p, eps2);
  [...raw, ...unit].forEach((rate, i) => {
    expect(Math.abs((rates[i] as number) / rate - 1)).toBeLessThan(2e-6);
  });
});

test.each([16, 200])(
  'a Gram matrix of rank 1 and α far beyond f32: a finite rate, near that of the rank, side %i',
  async (m) => {
    // I + α 1 1ᵀ has the determinant 1 + α m; in f32 the identity is lost beside α.
    const alpha = 1e9;
    const M = new Float32Array(m * m).fill(1);
    const { rates } = await runKernel(device, choleskyLogdet, {
      params: { m, heads: 1, of_tokens: 0, batch: 1, m_offset4: 0, rate_offset: 0, alpha },
      reads: {},
      writes: { M, rates: untouched(1) },
      groups: choleskyGroups(1),
    });
    const rate = rates[0] as number;
    expect(Number.isFinite(rate)).toBe(true);
    // Pivots of rounding error alone, each at most α 2^-20.
    expect(rate).toBeGreaterThan(0.4 * Math.log(alpha));
    expect(rate).toBeLessThan(0.5 * Math.log(1 + alpha * m) + 0.5 * m * Math.log(alpha * 2 ** -20));
  },
);
