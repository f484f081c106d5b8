// The measures of the last picture by the WebAssembly kernels. Gram matrices and their factors are f64: of f32 tokens they are as good as
// the definitions' own.

import { l1Norm, nonzeroCount } from '../model/sparsity.ts';
import type { LayerTrace, RawUnit } from '../model/trace.ts';
import type { Kernels } from './wasm/kernels.ts';
import type { Pass } from './wasmForward.ts';
import type { WasmMemory } from './wasmMemory.ts';
import type { LayerArrays, RateScratch } from './wasmPicture.ts';
import { multiply } from './wasmProduct.ts';

/** What the forward pass itself does not need: U_kᵀ Z_half and U_kᵀ Z_next of every layer. */
export function projectPlaces({ kernels, sizes: { n, ldD }, weights, arrays }: Pass): void {
  arrays.layers.forEach(({ Z_half, Z_next, ZU_half, ZU_next }, l) => {
    const U = weights.layers[l]?.U;
    if (!U) throw new RangeError(`projectPlaces: no weights for layer ${l}`);
    multiply(kernels, { at: Z_half, ld: ldD, rows: n }, U, ZU_half);
    multiply(kernels, { at: Z_next, ld: ldD, rows: n }, U, ZU_next);
  });
}

/** All measures at ε², a record a layer; the places must be projected. */
export function measureLayers(pass: Pass, eps2: number): readonly LayerTrace[] {
  if (!(eps2 > 0)) throw new RangeError(`codingRate: ε² must be positive, it is ${eps2}`);
  return pass.arrays.layers.map((arrays, l) => measureLayer(pass, arrays, l + 1, eps2));
}

function measureLayer(pass: Pass, arrays: LayerArrays, index: number, eps2: number): LayerTrace {
  const { sizes, kernels, memory } = pass;
  const { n, d, K, p, atoms, headStride, ldD, ldInner, ldAtoms, hasCodes } = sizes;
  const work = { kernels, memory, scratch: pass.arrays.rates, n, eps2 };
  const all = (Z: number): RawUnit => codingRates(work, Z, ldD, d);
  const heads = (ZU: number): RawUnit<readonly number[]> => {
    const rates = Array.from({ length: K }, (_, k) => codingRates(work, ZU + 4 * k * headStride, ldInner, p));
    return { raw: rates.map(({ raw }) => raw), unit: rates.map(({ unit }) => unit) };
  };
  // Padding holds zeros, which count as nothing.
  const Z_half = memory.f32(arrays.Z_half, n * ldD);
  const Z_next = memory.f32(arrays.Z_next, n * ldD);
  return {
    index,
    R: { input: all(arrays.LN_Z), half: all(arrays.Z_half), output: all(arrays.Z_next) },
    Rc: { input: heads(arrays.ZU), half: heads(arrays.ZU_half), output: heads(arrays.ZU_next) },
    nonzero: {
      half: nonzeroCount(Z_half) / (n * d),
      output: nonzeroCount(Z_next) / (n * d),
      ...(hasCodes ? { codes: nonzeroCount(memory.f32(arrays.codes, n * ldAtoms)) / (n * atoms) } : {}),
    },
    l1: l1Norm(Z_next),
    attention: { cls: Array.from({ length: K }, (_, k) => Array.from(memory.f32(arrays.cls + 4 * k * n, n))) },
  };
}

/** Where rates are computed, of how many rows and at which ε². */
export interface RateWork {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  readonly scratch: RateScratch;
  readonly n: number;
  readonly eps2: number;
}

/**
 * R(X) = ½ logdet(I + c/(n ε²) XᵀX) of the n rows of X as they are, and divided by their lengths. The smaller of XXᵀ and XᵀX is factored;
 * the first gives that of unit rows by scaling, the second is formed twice.
 */
export function codingRates(work: RateWork, X: number, ld: number, c: number): RawUnit {
  const { kernels, scratch, n, eps2 } = work;
  const { panels, gram, scales } = scratch;
  const alpha = c / (n * eps2);
  kernels.inverseNorms({ X, ld, m: n, c: Math.ceil(c / 2) * 2, scales });
  if (n <= c) {
    kernels.packRows({ X, ld, m: n, c, out: panels });
    kernels.gram({ Y: panels, terms: c, panels: Math.ceil(n / 4), G: gram });
    return { raw: halfLogdet(work, n, alpha, 0), unit: halfLogdet(work, n, alpha, scales) };
  }
  const columns = (by: number): number => {
    kernels.packColumns({ X, ld, m: n, c: Math.ceil(c / 4) * 4, scales: by, out: panels });
    kernels.gram({ Y: panels, terms: n, panels: Math.ceil(c / 4), G: gram });
    return halfLogdet(work, c, alpha, 0);
  };
  return { raw: columns(0), unit: columns(scales) };
}

/** ½ logdet(I + α s∘G∘sᵀ) = Σ log L_ii of the Gram matrix in the scratch, side × side. */
function halfLogdet({ kernels, memory, scratch }: RateWork, side: number, alpha: number, scales: number): number {
  const { gram, factor, inverse } = scratch;
  const ld = Math.ceil(side / 4) * 4;
  kernels.identityPlus({ G: gram, M: factor, ld, m: side, alpha, scales });
  const failed = kernels.cholesky({ M: factor, ld, m: side, inverse });
  if (failed > 0) throw new RangeError(`cholesky: not positive definite at row ${failed - 1} of ${side}`);
  const L = memory.f64(factor, side * ld);
  let sum = 0;
  for (let i = 0; i < side; i++) sum += Math.log(L[i * ld + i] as number);
  return sum;
}
