// The measures of the last picture by the WebAssembly kernels. Gram matrices and their factors are f64: of f32 tokens they are as good as
// the definitions' own.

import type { LayerTrace, RawUnit } from '../model/trace.ts';
import type { Kernels } from './wasm/kernels.ts';
import { own } from './wasm/tasks.ts';
import { type Block, blocksOf } from './wasmCrew.ts';
import type { Pass } from './wasmForward.ts';
import type { WasmMemory } from './wasmMemory.ts';
import { type LayerArrays, PLACES, type RateScratch, rateSide, SPARSE } from './wasmPicture.ts';
import { multiplyBlock } from './wasmProduct.ts';

/** What the forward pass itself does not need: U_kᵀ Z_half and U_kᵀ Z_next of every layer. */
export function projectPlaces({ crew, sizes: { n, L, ldD, ldInner }, weights, arrays }: Pass): void {
  const products = 2 * L * n * ldD * ldInner;
  const blocks = blocksOf(n, crew.threadsFor(products));
  crew.run(products, L * blocks.length, (kernels, task) => {
    const l = Math.floor(task / blocks.length);
    const block = blocks[task % blocks.length] as Block;
    const U = weights.layers[l]?.U;
    if (!U) throw new RangeError(`projectPlaces: no weights for layer ${l}`);
    const { Z_half, Z_next, ZU_half, ZU_next } = arrays.layers[l] as LayerArrays;
    multiplyBlock(kernels, block, { at: Z_half, ld: ldD }, U, ZU_half);
    multiplyBlock(kernels, block, { at: Z_next, ld: ldD }, U, ZU_next);
  });
}

/** A rate to be computed: of n rows of c, which lie ld apart. */
interface Rate {
  readonly X: number;
  readonly ld: number;
  readonly c: number;
  readonly pivots: number;
}

/** R of a place and R^c of its heads. */
interface PlaceRates {
  readonly all: Rate;
  readonly heads: readonly Rate[];
}

/** All rates of a picture: layers × places. */
function ratesOf({
  sizes: { n, d, K, p, headStride, ldD, ldInner },
  arrays,
}: Pass): readonly (readonly PlaceRates[])[] {
  const PAIR = 16;
  let next = arrays.pivots;
  const rate = (X: number, ld: number, c: number): Rate => {
    const pivots = next;
    next += PAIR * rateSide(n, c);
    return { X, ld, c, pivots };
  };
  return arrays.layers.map(({ LN_Z, Z_half, Z_next, ZU, ZU_half, ZU_next }) =>
    [
      [LN_Z, ZU],
      [Z_half, ZU_half],
      [Z_next, ZU_next],
    ].map(([Z = 0, U = 0]) => ({
      all: rate(Z, ldD, d),
      heads: Array.from({ length: K }, (_, k) => rate(U + 4 * k * headStride, ldInner, p)),
    })),
  );
}

/** All measures at ε², a record a layer; the places must be projected. */
export function measureLayers(pass: Pass, eps2: number): readonly LayerTrace[] {
  if (!(eps2 > 0)) throw new RangeError(`codingRate: ε² must be positive, it is ${eps2}`);
  const { sizes, crew, memory, arrays } = pass;
  const { n, d, K, p, L, atoms, ldD, ldAtoms, hasCodes } = sizes;
  const rates = ratesOf(pass);
  const scratch = ownScratch(arrays.rates);
  const places = rates.flat();
  const rateTasks = [...places.flatMap(({ heads }) => heads), ...places.map(({ all }) => all)];
  const sparse = arrays.layers.flatMap(({ Z_half, Z_next, codes }, l) =>
    [
      { X: Z_half, entries: n * ldD },
      { X: Z_next, entries: n * ldD },
      { X: codes, entries: hasCodes ? n * ldAtoms : 0 },
    ].map((given, i) => ({ ...given, out: arrays.sparsity + 16 * (SPARSE * l + i) })),
  );
  const products = L * PLACES * n * (rateSide(n, d) * d + 2 * rateSide(n, p) * K * p);
  // The short ones first in the list, since the last are begun first.
  crew.run(products, sparse.length + rateTasks.length, (kernels, task) => {
    const tensor = sparse[task];
    if (tensor) {
      // Padding holds zeros, which count as nothing.
      kernels.sparsity(tensor);
      return;
    }
    const { X, ld, c, pivots } = rateTasks[task - sparse.length] as Rate;
    kernels.codingRates({ ...scratch, alpha: c / (n * eps2), X, ld, n, c, pivots });
  });

  return arrays.layers.map(({ cls }, l) => {
    const [input, half, output] = (rates[l] as readonly PlaceRates[]).map(({ all, heads }) => {
      const each = heads.map(({ c, pivots }) => halfLogdet(memory, pivots, rateSide(n, c)));
      return {
        R: halfLogdet(memory, all.pivots, rateSide(n, d)),
        Rc: { raw: each.map(({ raw }) => raw), unit: each.map(({ unit }) => unit) },
      };
    }) as unknown as [PlaceMeasures, PlaceMeasures, PlaceMeasures];
    const [halfCount = 0, , outputCount = 0, l1 = 0, codeCount = 0] = memory.f64(
      arrays.sparsity + 16 * SPARSE * l,
      2 * SPARSE,
    );
    return {
      index: l + 1,
      R: { input: input.R, half: half.R, output: output.R },
      Rc: { input: input.Rc, half: half.Rc, output: output.Rc },
      nonzero: {
        half: halfCount / (n * d),
        output: outputCount / (n * d),
        ...(hasCodes ? { codes: codeCount / (n * atoms) } : {}),
      },
      l1,
      attention: { cls: Array.from({ length: K }, (_, k) => Array.from(memory.f32(cls + 4 * k * n, n))) },
    };
  });
}

interface PlaceMeasures {
  readonly R: RawUnit;
  readonly Rc: RawUnit<readonly number[]>;
}

/** Scratch of whichever thread computes. */
function ownScratch({ panels, G, H, M, inverse, scales }: RateScratch) {
  return { panels: own(panels), G: own(G), H: own(H), M: own(M), inverse: own(inverse), scales: own(scales) };
}

/** Where rates are computed, of how many rows and at which ε². */
export interface RateWork {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  readonly scratch: RateScratch;
  readonly n: number;
  readonly eps2: number;
}

/** R(X) = ½ logdet(I + c/(n ε²) XᵀX) of the n rows of X as they are, and divided by their lengths. */
export function codingRates(
  { kernels, memory, scratch, n, eps2 }: RateWork,
  X: number,
  ld: number,
  c: number,
): RawUnit {
  kernels.codingRates({ ...scratch, alpha: c / (n * eps2), X, ld, n, c });
  return halfLogdet(memory, scratch.pivots, rateSide(n, c));
}

/** ½ Σ log of the pivots, of both matrices that were factored. */
function halfLogdet(memory: WasmMemory, at: number, side: number): RawUnit {
  const pivots = memory.f64(at, 2 * side);
  let raw = 0;
  let unit = 0;
  for (let i = 0; i < side; i++) {
    const [a, b] = [pivots[2 * i] as number, pivots[2 * i + 1] as number];
    if (a <= 0 || b <= 0) throw new RangeError(`cholesky: not positive definite at row ${i} of ${side}`);
    raw += Math.log(a);
    unit += Math.log(b);
  }
  return { raw: raw / 2, unit: unit / 2 };
}
