// Attention by the WebAssembly kernels: head by head, and of a head so many queries at a time as fit the cache. No n × n is stored.

import type { Kernels } from './wasm/kernels.ts';
import type { WasmMemory } from './wasmMemory.ts';
import type { AttentionScratch } from './wasmPicture.ts';
import { multiply } from './wasmProduct.ts';
import type { HeadSizes } from './wasmSizes.ts';

/** The projections of n tokens, and where to work. */
export interface Projected {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  /** n × ldInner. */
  readonly ZU: number;
  readonly n: number;
  readonly heads: HeadSizes;
  readonly scratch: AttentionScratch;
}

/** Rows of one head's scores: they lie in the scratch, ldScores apart. */
interface ScoreRows {
  readonly head: number;
  readonly first: number;
  readonly rows: number;
}

/** Computes S_k = ZU_k ZU_kᵀ / √p some rows at a time, all heads one after the other. */
function eachScores({ kernels, ZU, n, heads, scratch }: Projected, take: (rows: ScoreRows) => void): void {
  const { K, p, headStride, ldInner } = heads;
  const { keys, scores, zeros, queries, ldScores } = scratch;
  for (let head = 0; head < K; head++) {
    const columns = ZU + 4 * head * headStride;
    kernels.pack({ B: columns, rowStride: ldInner, columnStride: 1, n, k: p, out: keys });
    for (let first = 0; first < n; first += queries) {
      const rows = Math.min(queries, n - first);
      const from = { at: columns + 4 * first * ldInner, ld: ldInner, rows };
      multiply(kernels, from, { at: keys, bias: zeros, panels: ldScores / 8, k: p }, scores, {
        scale: 1 / Math.sqrt(p),
      });
      take({ head, first, rows });
    }
  }
}

/** heads = A_k ZU_k of all heads side by side, n × ldInner; `cls`: the class token's row of every A_k, K × n. */
export function attend(projected: Projected, heads: number, cls?: number): void {
  const { kernels, memory, ZU, n, scratch } = projected;
  const { headStride, ldInner } = projected.heads;
  const { values, scores, zeros, ldScores } = scratch;
  eachScores(projected, ({ head, first, rows }) => {
    kernels.softmaxRows({ S: scores, ld: ldScores, m: rows, n });
    if (first === 0) {
      const columns = ZU + 4 * head * headStride;
      kernels.pack({ B: columns, rowStride: 1, columnStride: ldInner, n: headStride, k: n, out: values });
      if (cls !== undefined) memory.f32(cls + 4 * head * n, n).set(memory.f32(scores, n));
    }
    const out = heads + 4 * (first * ldInner + head * headStride);
    const B = { at: values, bias: zeros, panels: headStride / 8, k: n };
    multiply(kernels, { at: scores, ld: ldScores, rows }, B, out, { ldc: ldInner });
  });
}

/** S, or A after its softmax, of all heads: K × n × n. */
export function scoresOf(projected: Projected, softmax: boolean): Float32Array {
  const { kernels, memory, n, heads, scratch } = projected;
  const { scores, ldScores } = scratch;
  const out = new Float32Array(heads.K * n * n);
  eachScores(projected, ({ head, first, rows }) => {
    if (softmax) kernels.softmaxRows({ S: scores, ld: ldScores, m: rows, n });
    const from = memory.f32(scores, rows * ldScores);
    for (let i = 0; i < rows; i++) {
      out.set(from.subarray(i * ldScores, i * ldScores + n), (head * n + first + i) * n);
    }
  });
  return out;
}
