// Every kernel against its f64 twin, at sizes on, under and over the edges of its tiles, with and without relaxed SIMD.

import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { cholesky, logdetIPlus } from '../../math/cholesky.ts';
import { gram, productABt, transpose, unitRows } from '../../math/matrix.ts';
import { softmaxRows } from '../../math/softmax.ts';
import { worstDifference } from '../../model/fixtures/golden.ts';
import { layerNorm } from '../../model/layerNorm.ts';
import { l1Norm, nonzeroCount } from '../../model/sparsity.ts';
import { EPSILON, place, randomFloats, sumBound, UNTOUCHED } from '../kernels/testKernel.ts';
import { wasmFunction, wasmModule } from './assembler.ts';
import { compileKernels, type Kernels, relaxedSimdSupported, wasmSimdSupported } from './kernels.ts';

// Node 20 knows relaxed SIMD behind a flag; its V8 is Chrome 113's.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const ceil = (value: number, step: number): number => Math.ceil(value / step) * step;

/** A memory of 8 MB full of UNTOUCHED, and arrays in it one after the other. */
async function workbench(relaxed: boolean) {
  const memory = new WebAssembly.Memory({ initial: 128 });
  const f32 = new Float32Array(memory.buffer).fill(UNTOUCHED);
  const kernels = await (await compileKernels(relaxed)).on(memory);
  let next = 64;
  /** Room for so many f32, and what lies there in the end. */
  const room = (length: number) => {
    const address = next;
    next = ceil(next + 4 * length + 64, 8);
    return { address, values: f32.subarray(address / 4, address / 4 + length) };
  };
  return {
    kernels,
    room,
    put: (values: ArrayLike<number>): number => {
      const { address, values: to } = room(values.length);
      to.set(values);
      return address;
    },
    room64: (length: number) => {
      const { address } = room(2 * length);
      return { address, values: new Float64Array(memory.buffer, address, length) };
    },
  };
}

/** rows × columns with rows ld apart, zeros between. */
function padded(values: ArrayLike<number>, rows: number, columns: number, ld: number): Float32Array {
  const out = new Float32Array(rows * ld);
  place(out, values, { rows, columns, ld });
  return out;
}

function unpadded(values: ArrayLike<number>, rows: number, columns: number, ld: number): Float64Array {
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => values[Math.floor(i / columns) * ld + (i % columns)] as number,
  );
}

test('this machine has SIMD, and its relaxed form behind a flag', () => {
  expect(wasmSimdSupported()).toBe(true);
  expect(relaxedSimdSupported()).toBe(true);
});

test('a module of the assembler is valid and small', async () => {
  const add = wasmFunction('add_pages', { a: 'i32', b: 'i32' }, (f, { a, b }) => {
    f.advance(a, b);
    f.result(a);
  });
  const { instance } = await WebAssembly.instantiate(wasmModule([add]), {
    env: { memory: new WebAssembly.Memory({ initial: 1 }) },
  });
  expect((instance.exports['add_pages'] as (a: number, b: number) => number)(1_000_000, -1)).toBe(999_999);
});

describe.each([false, true])('relaxed SIMD %s', (relaxed) => {
  /** B packed, and where. */
  function packed(bench: Awaited<ReturnType<typeof workbench>>, B: Float32Array, n: number, k: number): number {
    const { address } = bench.room(ceil(n, 8) * k);
    bench.kernels.pack({ B: bench.put(B), rowStride: k, columnStride: 1, n, k, out: address });
    return address;
  }

  test.each([
    { m: 1, n: 1, k: 1 },
    { m: 3, n: 8, k: 5 },
    { m: 4, n: 8, k: 4 },
    { m: 5, n: 9, k: 7 },
    { m: 7, n: 7, k: 33 },
    { m: 8, n: 16, k: 48 },
    { m: 65, n: 23, k: 96 },
    { m: 197, n: 40, k: 577 },
  ])('product m=$m n=$n k=$k: every epilogue, nothing outside', async ({ m, n, k }) => {
    const bench = await workbench(relaxed);
    const { product } = bench.kernels;
    const lda = k + 3;
    const ldc = ceil(n, 8) + 8;
    const [A, B] = [randomFloats(m * k, 1), randomFloats(n * k, 2)];
    const [bias, R] = [padded(randomFloats(n, 3), 1, n, ceil(n, 8)), randomFloats(m * n, 4)];
    const at = { A: bench.put(padded(A, m, k, lda)), B: packed(bench, B, n, k), R: bench.put(padded(R, m, n, ldc)) };
    const [biasAt, none] = [bench.put(bias), bench.put(new Float32Array(ceil(n, 8)))];
    const C = bench.room(m * ldc);
    const dots = productABt(A, B, m, n, k);
    const call = (given: { bias: number; R: number; scale: number; r: number; floor: number }) => {
      C.values.fill(UNTOUCHED);
      product({ ...at, lda, C: C.address, ldc, m, panels: ceil(n, 8) / 8, k, ...given });
      // The panels' columns alone are written, those beyond n with what the padding gives.
      for (let i = 0; i < m; i++) {
        expect(C.values.subarray(i * ldc + ceil(n, 8), (i + 1) * ldc).every((value) => value === UNTOUCHED)).toBe(true);
        expect(C.values.subarray(i * ldc + n, i * ldc + ceil(n, 8)).every((value) => value === 0)).toBe(true);
      }
      return unpadded(C.values, m, n, ldc);
    };
    const plain = call({ bias: none, R: 0, scale: 1, r: 0, floor: Number.NEGATIVE_INFINITY });
    expect(worstDifference(plain, dots)).toBeLessThanOrEqual(sumBound(k, dots));
    const full = dots.map((dot, i) => Math.max(0, 0.1 * dot + (bias[i % n] as number) - 2 * (R[i] as number)));
    const withAll = call({ bias: biasAt, R: at.R, scale: 0.1, r: -2, floor: 0 });
    // The sum, and three roundings of its terms.
    expect(worstDifference(withAll, full)).toBeLessThanOrEqual(sumBound(k + 3, full));
  });

  test('pack takes a transpose by its strides', async () => {
    const bench = await workbench(relaxed);
    const [n, k, ld] = [11, 6, 20];
    const V = randomFloats(k * ld, 5);
    const out = bench.room(ceil(n, 8) * k);
    bench.kernels.pack({ B: bench.put(V), rowStride: 1, columnStride: ld, n, k, out: out.address });
    for (let j = 0; j < 16; j++) {
      for (let t = 0; t < k; t++) {
        expect(out.values[(Math.floor(j / 8) * k + t) * 8 + (j % 8)]).toBe(j < n ? V[t * ld + j] : 0);
      }
    }
  });

  test.each([
    { m: 1, n: 1, spread: 1 },
    { m: 3, n: 4, spread: 1 },
    { m: 2, n: 7, spread: 30 },
    { m: 5, n: 197, spread: 8 },
  ])('softmax m=$m n=$n spread=$spread', async ({ m, n, spread }) => {
    const bench = await workbench(relaxed);
    const ld = ceil(n, 8);
    const S = randomFloats(m * n, 6).map((value) => spread * value);
    const at = bench.room(m * ld);
    place(at.values, S, { rows: m, columns: n, ld });
    bench.kernels.softmaxRows({ S: at.address, ld, m, n });
    const expected = softmaxRows(S, m, n);
    // exp within 2e-7 of itself and of its argument's rounding, an argument of up to 8·spread; a sum of n terms.
    expect(worstDifference(unpadded(at.values, m, n, ld), expected)).toBeLessThanOrEqual(
      (8 * spread + n + 4) * EPSILON,
    );
    for (let i = 0; i < m; i++) {
      const sum = at.values.subarray(i * ld, i * ld + n).reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 1)).toBeLessThan(n * EPSILON + 1e-6);
    }
  });

  test('softmax of far apart scores underflows to nothing, of NaN is NaN', async () => {
    const bench = await workbench(relaxed);
    const at = bench.room(16);
    at.values.set([1000, -1e30, 0, 1000, UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED, 1, Number.NaN, 2, 3]);
    bench.kernels.softmaxRows({ S: at.address, ld: 8, m: 2, n: 4 });
    expect(worstDifference(at.values.subarray(0, 4), [0.5, 0, 0, 0.5])).toBeLessThan(1e-6);
    expect([...at.values.subarray(8, 12)]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  test.each([1, 3, 4, 8, 50, 577])('layer norm of width %i', async (d) => {
    const bench = await workbench(relaxed);
    const [m, ld] = [5, ceil(d, 8)];
    // A mean well off zero, as before the last layers.
    const X = randomFloats(m * d, 7).map((value) => value + 3);
    const [weight, bias] = [randomFloats(d, 8), randomFloats(d, 9)];
    const Y = bench.room(m * ld);
    const eps = 1e-5;
    const [W, B] = [bench.put(padded(weight, 1, d, ld)), bench.put(padded(bias, 1, d, ld))];
    bench.kernels.layerNorm({ X: bench.put(padded(X, m, d, ld)), weight: W, bias: B, Y: Y.address, ld, m, d, eps });
    const expected = layerNorm(X, weight, bias, m, d, eps);
    const bound =
      sumBound(d, expected) + 8 * EPSILON * expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    // At d = 1 the difference from the mean is 0, and so is what is left of it.
    expect(worstDifference(unpadded(Y.values, m, d, ld), expected)).toBeLessThanOrEqual(bound);
    for (let i = 0; i < m; i++)
      expect(Y.values.subarray(i * ld + d, (i + 1) * ld).every((value) => value === 0)).toBe(true);
  });

  test.each([
    { n: 1, c: 1 },
    { n: 3, c: 8 },
    { n: 9, c: 4 },
    { n: 5, c: 13 },
    { n: 37, c: 20 },
    { n: 65, c: 96 },
    { n: 96, c: 65 },
  ])('gram of $n rows of $c, both ways, and its log-determinant', async ({ n, c }) => {
    const bench = await workbench(relaxed);
    const k: Kernels = bench.kernels;
    const ld = ceil(c, 8);
    const X = randomFloats(n * c, 10);
    X.fill(0, 0, c); // a row without a direction
    const at = bench.put(padded(X, n, c, ld));
    const scales = bench.room64(n);
    k.inverseNorms({ X: at, ld, m: n, c: ceil(c, 4), scales: scales.address });
    const unit = unitRows(X, n, c);
    const exact = 1e-13 * n * c;

    const side = Math.min(n, c);
    const ldG = ceil(side, 4);
    const [Y, G, H] = [ld * ceil(n, 4), ldG * ldG, ldG * ldG].map(bench.room64);
    if (!Y || !G || !H) throw new Error('no room');
    const columns = (by: number, out: number): void => {
      k.packColumns({ X: at, ld, m: n, c: ceil(c, 4), scales: by, out: Y.address });
      k.gram({ Y: Y.address, terms: n, panels: ldG / 4, G: out });
    };
    const rows = (): void => {
      k.packRows({ X: at, ld, m: n, c, out: Y.address });
      k.gram({ Y: Y.address, terms: c, panels: ldG / 4, G: G.address });
      const again = bench.room64(n);
      k.diagonalNorms({ G: G.address, ld: ldG, m: n, scales: again.address });
      expect(worstDifference(again.values, scales.values)).toBeLessThan(1e-15);
      scales.values.set(again.values);
    };
    const lower = (from: ArrayLike<number>, stride: number): number[] =>
      Array.from({ length: side * side }, (_, e) => [Math.floor(e / side), e % side] as const)
        .filter(([i, j]) => j <= i)
        .map(([i, j]) => from[i * stride + j] as number);
    const reference = (values: Float64Array | Float32Array): Float64Array =>
      n <= c ? gram(values, n, c) : gram(transpose(values, n, c), c, n);
    const expected = [logdetIPlus(reference(X), side, 30), logdetIPlus(reference(unit), side, 30)] as const;

    if (n <= c) rows();
    else {
      columns(scales.address, H.address);
      expect(worstDifference(lower(H.values, ldG), lower(reference(unit), side))).toBeLessThan(exact);
      columns(0, G.address);
    }
    expect(worstDifference(lower(G.values, ldG), lower(reference(X), side))).toBeLessThan(exact);

    const [M, inverse, pivots] = [2 * ldG * ldG, 2 * side, 2 * side].map(bench.room64);
    if (!M || !inverse || !pivots) throw new Error('no room');
    const at64 = { G: G.address, H: H.address, M: M.address };
    const logdets = () =>
      [0, 1].map((lane) =>
        Array.from({ length: side }, (_, i) => Math.log(pivots.values[2 * i + lane] as number)).reduce(
          (a, b) => a + b,
          0,
        ),
      );
    k.identityPlus({ alpha: 30, ...at64, ld: ldG, m: side, scales: n <= c ? scales.address : 0 });
    k.cholesky({ M: M.address, ld: ldG, m: side, inverse: inverse.address, pivots: pivots.address });
    const byParts = logdets();
    byParts.forEach((value, lane) => {
      expect(value).toBeCloseTo(expected[lane] ?? Number.NaN, 9);
    });

    // All of it by one call, to the bit.
    pivots.values.fill(UNTOUCHED);
    k.codingRates({
      ...{ alpha: 30, X: at, ld, n, c, panels: Y.address, ...at64, inverse: inverse.address },
      ...{ scales: scales.address, pivots: pivots.address },
    });
    expect(logdets()).toEqual(byParts);
  });

  test.each([4, 8, 36, 2000])('non-zeros and the sum of absolute values of %i entries', async (entries) => {
    const bench = await workbench(relaxed);
    const X = randomFloats(entries, 14).map((value) => Math.max(-0.5, value));
    X[1] = 0;
    X[2] = -0;
    const out = bench.room64(3);
    out.values[2] = UNTOUCHED;
    bench.kernels.sparsity({ X: bench.put(X), entries, out: out.address });
    expect(out.values[0]).toBe(nonzeroCount(X));
    expect(Math.abs((out.values[1] as number) / l1Norm(X) - 1)).toBeLessThan(1e-13);
    expect(out.values[2]).toBe(UNTOUCHED);
  });

  test('a copy of an odd number of entries', async () => {
    const bench = await workbench(relaxed);
    const from = randomFloats(9, 15);
    const out = bench.room(10);
    bench.kernels.copy({ from: bench.put(from), n: 9, out: out.address });
    expect([...out.values]).toEqual([...from, UNTOUCHED]);
  });

  test.each([1, 2, 4, 5, 7, 8, 13, 48])('cholesky of two matrices of side %i', async (side) => {
    const bench = await workbench(relaxed);
    const ld = ceil(side, 4);
    const both = [11, 12].map((seed) => gram(randomFloats(side * 2 * side, seed), side, 2 * side));
    const [M, inverse, pivots] = [2 * ld * ld, 2 * side, 2 * side].map(bench.room64);
    if (!M || !inverse || !pivots) throw new Error('no room');
    const each = (take: (lane: number, i: number, j: number) => void): void => {
      for (let i = 0; i < side; i++) {
        for (let j = 0; j <= i; j++) for (const lane of [0, 1]) take(lane, i, j);
      }
    };
    const put = (): void =>
      each((lane, i, j) => {
        M.values[2 * (i * ld + j) + lane] = both[lane]?.[i * side + j] ?? Number.NaN;
      });
    const factor = (): void =>
      bench.kernels.cholesky({ M: M.address, ld, m: side, inverse: inverse.address, pivots: pivots.address });
    put();
    factor();
    const factors = both.map((matrix) => cholesky(matrix, side));
    each((lane, i, j) => {
      const entry = factors[lane]?.[i * side + j] ?? Number.NaN;
      expect(Math.abs((M.values[2 * (i * ld + j) + lane] as number) - entry)).toBeLessThan(1e-12 * side);
      if (i === j) expect((pivots.values[2 * i + lane] as number) / entry ** 2).toBeCloseTo(1, 10);
    });
    // One that is not positive definite shows by its pivot, and the other does not suffer.
    put();
    M.values[2 * (ld * (side - 1) + side - 1)] = -1;
    factor();
    expect(pivots.values[2 * side - 2]).toBeLessThan(0);
    expect(pivots.values[2 * side - 1]).toBeGreaterThan(0);
  });
});
