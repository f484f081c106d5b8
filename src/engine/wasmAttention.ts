// Attention by the WebAssembly kernels: of a head so many queries at a time as fit the cache. No n × n is stored.

import type { Kernels } from './wasm/kernels.ts';
import { own } from './wasm/tasks.ts';
import type { Crew } from './wasmCrew.ts';
import type { WasmMemory } from './wasmMemory.ts';
import type { AttentionScratch } from './wasmPicture.ts';
import { multiply } from './wasmProduct.ts';
import type { HeadSizes } from './wasmSizes.ts';

/** The projections of n tokens, and where to work. */
export interface Projected {
  /** n × ldInner. */
  readonly ZU: number;
  readonly n: number;
  readonly heads: HeadSizes;
  readonly scratch: AttentionScratch;
}

/** Rows of one head's scores. */
interface ScoreRows {
  readonly head: number;
  readonly first: number;
  readonly rows: number;
}

/** Where a head's columns, keys and values are. */
function headOf({ ZU, n, heads: { headStride }, scratch }: Projected, head: number) {
  return {
    columns: ZU + 4 * head * headStride,
    keys: scratch.keys + 4 * head * headStride * scratch.ldScores,
    values: scratch.values + 4 * head * headStride * n,
  };
}

function packKeys(kernels: Kernels, projected: Projected, head: number): void {
  const { p, ldInner } = projected.heads;
  const { columns, keys } = headOf(projected, head);
  kernels.pack({ B: columns, rowStride: ldInner, columnStride: 1, n: projected.n, k: p, out: keys });
}

/** S_k = ZU_k ZU_kᵀ / √p of some queries, at `scores`, or A_k. */
function scoreRows(
  kernels: Kernels,
  projected: Projected,
  { head, first, rows }: ScoreRows,
  scores: number,
  softmax: boolean,
): void {
  const { n, heads, scratch } = projected;
  const { p, ldInner } = heads;
  const { zeros, ldScores } = scratch;
  const { columns, keys } = headOf(projected, head);
  const from = { at: columns + 4 * first * ldInner, ld: ldInner, rows };
  multiply(kernels, from, { at: keys, bias: zeros, panels: ldScores / 8, k: p }, scores, { scale: 1 / Math.sqrt(p) });
  if (softmax) kernels.softmaxRows({ S: scores, ld: ldScores, m: rows, n });
}

/** Packing an entry of the projections takes as long as so many multiplications. */
const PACK_PRODUCTS = 40;
/** So many blocks of a head are one task at most. */
const MOST_BLOCKS = 16;

/** heads = A_k ZU_k of all heads side by side, n × ldInner; `cls`: the class token's row of every A_k, K × n. */
export function attend(crew: Crew, projected: Projected, heads: number, cls?: number): void {
  const { n, scratch } = projected;
  const { K, headStride, ldInner } = projected.heads;
  const { zeros, queries, ldScores } = scratch;
  const scores = own(scratch.scores);
  const blocks = Math.ceil(n / queries);
  const products = 2 * n * n * ldInner;

  const pack = (kernels: Kernels, head: number): void => {
    const { columns, values } = headOf(projected, head);
    packKeys(kernels, projected, head);
    kernels.pack({ B: columns, rowStride: 1, columnStride: ldInner, n: headStride, k: n, out: values });
  };
  const attendBlock = (kernels: Kernels, head: number, block: number): void => {
    const first = block * queries;
    const rows = Math.min(queries, n - first);
    scoreRows(kernels, projected, { head, first, rows }, scores, true);
    if (first === 0 && cls !== undefined) kernels.copy({ from: scores, n, out: cls + 4 * head * n });
    const B = { at: headOf(projected, head).values, bias: zeros, panels: headStride / 8, k: n };
    const out = heads + 4 * (first * ldInner + head * headStride);
    multiply(kernels, { at: scores, ld: ldScores, rows }, B, out, { ldc: ldInner });
  };

  // A head is a task, unless there are too few to be shared out evenly.
  const threads = crew.threadsFor(products);
  const isEven = K % threads === 0 || K >= 3 * threads;
  if (threads === 1 || (isEven && blocks <= MOST_BLOCKS)) {
    crew.run(products, K, (kernels, head) => {
      pack(kernels, head);
      for (let block = 0; block < blocks; block++) attendBlock(kernels, head, block);
    });
    return;
  }
  crew.run(PACK_PRODUCTS * n * ldInner, K, pack);
  crew.run(products, K * blocks, (kernels, task) => attendBlock(kernels, Math.floor(task / blocks), task % blocks));
}

/** S, or A after its softmax, of all heads: K × n × n. */
export function scoresOf(kernels: Kernels, memory: WasmMemory, projected: Projected, softmax: boolean): Float32Array {
  const { n, heads, scratch } = projected;
  const { scores, queries, ldScores } = scratch;
  const out = new Float32Array(heads.K * n * n);
  for (let head = 0; head < heads.K; head++) {
    packKeys(kernels, projected, head);
    for (let first = 0; first < n; first += queries) {
      const rows = Math.min(queries, n - first);
      scoreRows(kernels, projected, { head, first, rows }, scores, softmax);
      const from = memory.f32(scores, rows * ldScores);
      for (let i = 0; i < rows; i++) {
        out.set(from.subarray(i * ldScores, i * ldScores + n), (head * n + first + i) * n);
      }
    }
  }
  return out;
}
