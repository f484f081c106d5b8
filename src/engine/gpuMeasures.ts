// The runs of the measures, for all layers together: as many layers a dispatch as lie side by side in the buffers and, for Gram matrices,
// as the scratch holds.

import { type Run, runsOf, sliceOf } from './gpuBuffers.ts';
import { gramRounds, type PictureName } from './gpuPicture.ts';
import { type Parts, product } from './gpuProduct.ts';
import { resultLayout } from './gpuResults.ts';
import { sizesOf } from './gpuSizes.ts';
import type { Dispatch } from './kernel.ts';
import * as groups from './kernels/grids.ts';

export interface Measures {
  /** What does not depend on ε²: projections, non-zeros, the class token's attention. */
  readonly once: readonly Dispatch[];
  /** Gram matrices and their log-determinants: done again for another ε². */
  readonly rates: readonly Dispatch[];
  /** Sets ε² for the rates to come. */
  setEps2(eps2: number): void;
}

export function planMeasures(parts: Parts): Measures {
  const { rates, setEps2 } = planRates(parts);
  return { once: planOnce(parts), rates, setEps2 };
}

function planOnce(parts: Parts): Dispatch[] {
  const { config, pipelines, weights, picture } = parts;
  const sizes = sizesOf(config);
  const { n, K, p, L, inner, ldD, ldInner, ldAtoms, hasCodes } = sizes;
  const layout = resultLayout(sizes);
  const results = sliceOf(picture.stack('results')).buffer;

  /** U_kᵀ Z at another place, in the same layer's U. */
  const project = (from: PictureName, to: PictureName): Dispatch[] => {
    const [Z, ZU] = [picture.stack(from), picture.stack(to)];
    return runsOf(0, L, Z, ZU, weights.stack('U')).map(({ first, count }) =>
      product(parts, 'none', {
        rows: n,
        cols: inner,
        depth: ldD,
        A: sliceOf(Z, first),
        B: 'U',
        layer: first,
        C: sliceOf(ZU, first),
        ldC: ldInner,
        batch: { count, a: Z.stride, c: ZU.stride },
      }),
    );
  };
  const sparsity = (name: PictureName, ld: number, out: number): Dispatch[] => {
    const stack = picture.stack(name);
    return runsOf(0, L, stack).map(({ first, count }) => {
      const Z = sliceOf(stack, first);
      return pipelines.reduceSparsity.dispatch(
        { size: n * ld, z_offset: Z.at, out_offset: out + 2 * first },
        { Z: Z.buffer, sparsity: results },
        [count, 1, 1],
      );
    });
  };
  const clsRows = (): Dispatch[] => {
    const stack = picture.stack('ZU');
    return runsOf(0, L, stack).map(({ first, count }) => {
      const ZU = sliceOf(stack, first);
      const a_offset = layout.clsRows + first * K * n;
      return pipelines.attention.dispatch(
        { n, p, ld: ldInner, first_row: 0, rows: 1, zu_offset: ZU.at, zu_stride: stack.stride, a_offset },
        { ZU: ZU.buffer, A: results },
        [1, K, count],
      );
    });
  };
  return [
    ...project('Z_half', 'ZU_half'),
    ...project('Z_next', 'ZU_next'),
    ...sparsity('Z_half', ldD, layout.sparsityHalf),
    ...sparsity('Z_next', ldD, layout.sparsityNext),
    ...(hasCodes ? sparsity('codes', ldAtoms, layout.sparsityCodes) : []),
    ...clsRows(),
  ];
}

/** What is measured: tokens or their projections at the three places, in the order of the results. */
interface Measured {
  readonly places: readonly PictureName[];
  readonly heads: number;
  readonly width: number;
  readonly ld: number;
  /** Side of the Gram matrix. */
  readonly m: number;
  /** (place, layer) pairs a round. */
  readonly round: number;
  /** Where the rates begin in the results. */
  readonly out: number;
}

/** Coding rates: head terms of U_kᵀZ, then R of all tokens. Pair q is layer q mod L at place ⌊q / L⌋. */
function planRates(parts: Parts): Pick<Measures, 'rates' | 'setEps2'> {
  const { config, pipelines, picture, limit } = parts;
  const sizes = sizesOf(config);
  const { n, d, K, p, L, ldD, ldInner, mHead, mAll } = sizes;
  const layout = resultLayout(sizes);
  const rounds = gramRounds(sizes, limit);
  const buffer = (name: PictureName): GPUBuffer => sliceOf(picture.stack(name)).buffer;
  const [inverse, M, results] = [buffer('inverse'), buffer('grams'), buffer('results')];
  const grams: { readonly dispatch: Dispatch; readonly width: number }[] = [];

  const gram = (name: PictureName, run: Run, mOffset: number, { heads, width, ld, m }: Measured): Dispatch[] => {
    const stack = picture.stack(name);
    const Z = sliceOf(stack, run.first);
    const norms = pipelines.rowNorms.dispatch(
      { n, p: width, ld, z_offset: Z.at, z_stride: stack.stride },
      { Z: Z.buffer, inverse },
      groups.rowNormsGroups(n, heads, run.count),
    );
    const dispatch = pipelines.gram[width <= n ? 'channels' : 'tokens'].dispatch(
      { n, p: width, K: heads, ld, w_offset: Z.at, w_stride: stack.stride, m, m_offset: mOffset, alpha: 0 },
      { W: Z.buffer, inverse, M },
      groups.gramGroups(m, heads, run.count),
    );
    grams.push({ dispatch, width });
    return [norms, dispatch];
  };
  const round = (measured: Measured, first: number): Dispatch[] => {
    const { places, heads, m, out } = measured;
    const end = Math.min(places.length * L, first + measured.round);
    const made = places.flatMap((name, place) => {
      const from = Math.max(first, place * L);
      const count = Math.min(end, (place + 1) * L) - from;
      return count <= 0
        ? []
        : runsOf(from - place * L, count, picture.stack(name)).flatMap((run) =>
            gram(name, run, (place * L + run.first - first) * 2 * heads * m * m, measured),
          );
    });
    return [...made, pipelines.logdet(m, M, results, out + first * 2 * heads, (end - first) * 2 * heads)];
  };
  const all = (measured: Measured): Dispatch[] => {
    const dispatches: Dispatch[] = [];
    for (let first = 0; first < measured.places.length * L; first += measured.round) {
      dispatches.push(...round(measured, first));
    }
    return dispatches;
  };
  const rates = [
    ...all({
      places: ['ZU', 'ZU_half', 'ZU_next'],
      heads: K,
      width: p,
      ld: ldInner,
      m: mHead,
      round: rounds.heads,
      out: layout.headRates,
    }),
    ...all({
      places: ['LN_Z', 'Z_half', 'Z_next'],
      heads: 1,
      width: d,
      ld: ldD,
      m: mAll,
      round: rounds.all,
      out: layout.allRates,
    }),
  ];
  return {
    rates,
    setEps2(eps2) {
      for (const { dispatch, width } of grams) dispatch.setParam('alpha', width / (n * eps2));
    },
  };
}
