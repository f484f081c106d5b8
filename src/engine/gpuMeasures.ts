// The runs of the measures, for all layers together: as many layers a dispatch as lie side by side in the buffers and, for Gram matrices,
// as the scratch holds.

import { layerNormEps } from '../model/config.ts';
import { type Buffers, type Run, runsOf, type Slice, type Stack, sliceOf } from './gpuBuffers.ts';
import { gramRounds, type MeasureName, type PictureName } from './gpuPicture.ts';
import type { MeasurePipelines } from './gpuPipelines.ts';
import { type Parts, product } from './gpuProduct.ts';
import { resultLayout } from './gpuResults.ts';
import { sizesOf } from './gpuSizes.ts';
import type { WeightName } from './gpuWeights.ts';
import type { Dispatch } from './kernel.ts';
import * as groups from './kernels/grids.ts';

export interface Measures {
  /** What does not depend on ε²: norms and projections, non-zeros, the class token's attention, Gram matrices where all are kept. */
  readonly once: readonly Dispatch[];
  /** Log-determinants, and Gram matrices where not all are kept: done again for another ε². */
  readonly rates: readonly Dispatch[];
  /** Sets ε² for the rates to come. */
  setEps2(eps2: number): void;
  destroy(): void;
}

/** The parts of a plan, with the kernels and arrays of the measures. */
export interface MeasureParts extends Omit<Parts, 'pipelines'> {
  readonly pipelines: MeasurePipelines;
  readonly scratch: Buffers<MeasureName>;
}

export function planMeasures(parts: MeasureParts): Measures {
  const { kept, rates, setEps2 } = planRates(parts);
  const once = [...planOnce(parts), ...kept];
  return {
    once,
    rates,
    setEps2,
    destroy() {
      for (const dispatch of [...once, ...rates]) dispatch.destroy();
    },
  };
}

/** Runs of layers of a stack. */
interface Layers {
  readonly stack: Stack;
  readonly first: number;
  readonly count: number;
}

const slice = ({ stack, first }: Layers): Slice => sliceOf(stack, first);

/** LayerNorm of the tokens of some layers, with the layers' own weights, from `norm` on. */
export function normLayers(
  { config, weights }: Pick<Parts, 'config' | 'weights'>,
  { layerNorm }: Pick<MeasurePipelines, 'layerNorm'>,
  [weight, bias]: readonly [WeightName, WeightName],
  norm: number,
  from: Layers,
  to: Layers,
): Dispatch {
  const { n, d, ldD } = sizesOf(config);
  const [X, Y] = [slice(from), slice(to)];
  const [w, b] = [sliceOf(weights.stack(weight), norm), sliceOf(weights.stack(bias), norm)];
  return layerNorm.dispatch(
    {
      rows: n,
      width: d,
      ld4: ldD / 4,
      x_offset4: X.at / 4,
      y_offset4: Y.at / 4,
      norm_offset4: w.at / 4,
      x_stride4: from.stack.stride / 4,
      y_stride4: to.stack.stride / 4,
      norm_stride4: weights.stack(weight).stride / 4,
      eps: layerNormEps(config),
    },
    { X: X.buffer, Y: Y.buffer, weight: w.buffer, bias: b.buffer },
    groups.layerNormGroups(n, from.count),
  );
}

function planOnce(parts: MeasureParts): Dispatch[] {
  const { config, pipelines, weights, picture, scratch } = parts;
  const sizes = sizesOf(config);
  const { n, K, p, L, inner, ldD, ldInner, ldAtoms, hasCodes } = sizes;
  const layout = resultLayout(sizes);
  const results = sliceOf(picture.stack('results')).buffer;

  /** LN(Z) of every layer: the first layer's tokens lie in a buffer of their own. */
  const norms = (): Dispatch[] => {
    const LN_Z = scratch.stack('LN_Z');
    const run = (from: Layers, first: number): Dispatch =>
      normLayers(parts, pipelines, ['norm1Weight', 'norm1Bias'], first, from, { ...from, stack: LN_Z, first });
    const Z_next = picture.stack('Z_next');
    // Layer l's Z is Z_next of layer l − 1, so that the borders of both count.
    const shifted = Array.from({ length: L - 1 }, (_, l) => l);
    const runs: Run[] = [];
    for (const l of shifted) {
      const last = runs.at(-1);
      const isBorder = [Z_next, weights.stack('norm1Weight'), LN_Z].some(
        ({ perChunk }, i) => (l + (i > 0 ? 1 : 0)) % perChunk === 0,
      );
      if (last && !isBorder) runs[runs.length - 1] = { ...last, count: last.count + 1 };
      else runs.push({ first: l, count: 1 });
    }
    return [
      run({ stack: picture.stack('tokens'), first: 0, count: 1 }, 0),
      ...runs.map(({ first, count }) => run({ stack: Z_next, first, count }, first + 1)),
    ];
  };
  /** U_kᵀ Z at another place, in the same layer's U. */
  const project = (from: PictureName, to: MeasureName): Dispatch[] => {
    const [Z, ZU] = [picture.stack(from), scratch.stack(to)];
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
        { size4: (n * ld) / 4, z_offset4: Z.at / 4, out_offset: out + 2 * first },
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
    ...norms(),
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
  readonly places: readonly Stack[];
  readonly heads: number;
  readonly width: number;
  readonly ld: number;
  /** Whether each vector begins at a multiple of 4 and has room to the next. */
  readonly isAligned: boolean;
  /** Where the Gram matrices lie. */
  readonly grams: MeasureName;
  /** Their side. */
  readonly m: number;
  /** (place, layer) pairs a round. */
  readonly round: number;
  /** Where the rates begin in the results. */
  readonly out: number;
}

interface Rates extends Pick<Measures, 'rates' | 'setEps2'> {
  /** Gram matrices that stay: all of them fit. */
  readonly kept: readonly Dispatch[];
}

/** Coding rates: head terms of U_kᵀZ, then R of all tokens. Pair q is layer q mod L at place ⌊q / L⌋. */
function planRates(parts: MeasureParts): Rates {
  const { config, pipelines, picture, scratch, limit } = parts;
  const sizes = sizesOf(config);
  const { n, d, K, p, L, ldD, ldInner, mHead, mAll } = sizes;
  const layout = resultLayout(sizes);
  const rounds = gramRounds(sizes, limit);
  const inverse = sliceOf(scratch.stack('inverse')).buffer;
  const results = sliceOf(picture.stack('results')).buffer;
  const kept: Dispatch[] = [];
  const rates: Dispatch[] = [];
  const logdets: { readonly dispatch: Dispatch; readonly width: number }[] = [];

  const gram = (stack: Stack, run: Run, mOffset: number, measured: Measured): Dispatch[] => {
    const { heads, width, ld, isAligned, m } = measured;
    const { buffer: W, at } = sliceOf(stack, run.first);
    const M = sliceOf(scratch.stack(measured.grams)).buffer;
    const made = pipelines.gram(width, isAligned);
    const all = heads * run.count;
    const params = {
      n,
      p: width,
      K: heads,
      ld,
      w_offset: at,
      w_stride: stack.stride,
      m,
      m_offset: mOffset,
      heads: all,
    };
    const grid = groups.gramGroups(m, all, made.shape);
    if (made.ofTokens) return [made.kernel.dispatch(params, { W, M }, grid)];
    const norms = pipelines
      .rowNorms(isAligned)
      .dispatch(
        { n, p: width, ld, z_offset: at, z_stride: stack.stride },
        { Z: W, inverse },
        groups.rowNormsGroups(n, heads, run.count),
      );
    return [norms, made.kernel.dispatch(params, { W, inverse, M }, grid)];
  };
  const logdet = (first: number, count: number, { heads, width, isAligned, grams, m, out }: Measured): Dispatch => {
    const { kernel, shape } = pipelines.cholesky(m);
    const batch = count * 2 * heads;
    const dispatch = kernel.dispatch(
      {
        m,
        heads,
        of_tokens: pipelines.gram(width, isAligned).ofTokens ? 1 : 0,
        batch,
        m_offset4: 0,
        rate_offset: out + first * 2 * heads,
        alpha: 0,
      },
      { M: sliceOf(scratch.stack(grams)).buffer, rates: results },
      groups.choleskyGroups(batch, shape),
    );
    logdets.push({ dispatch, width });
    return dispatch;
  };
  const plan = (measured: Measured): void => {
    const { places, heads, m, round } = measured;
    const pairs = places.length * L;
    for (let first = 0; first < pairs; first += round) {
      const end = Math.min(pairs, first + round);
      const made = places.flatMap((stack, place) => {
        const from = Math.max(first, place * L);
        const count = Math.min(end, (place + 1) * L) - from;
        return count <= 0
          ? []
          : runsOf(from - place * L, count, stack).flatMap((run) =>
              gram(stack, run, (place * L + run.first - first) * 2 * heads * m * m, measured),
            );
      });
      // Those of the next round take the place of these.
      (round < pairs ? rates : kept).push(...made);
      rates.push(logdet(first, end - first, measured));
    }
  };
  plan({
    places: [picture.stack('ZU'), scratch.stack('ZU_half'), scratch.stack('ZU_next')],
    heads: K,
    width: p,
    ld: ldInner,
    isAligned: p % 4 === 0,
    grams: 'headGrams',
    m: mHead,
    round: rounds.heads,
    out: layout.headRates,
  });
  plan({
    places: [scratch.stack('LN_Z'), picture.stack('Z_half'), picture.stack('Z_next')],
    heads: 1,
    width: d,
    ld: ldD,
    isAligned: true,
    grams: 'tokenGrams',
    m: mAll,
    round: rounds.all,
    out: layout.allRates,
  });
  let set: number | null = null;
  return {
    kept,
    rates,
    setEps2(eps2) {
      if (eps2 === set) return;
      for (const { dispatch, width } of logdets) dispatch.setParam('alpha', width / (n * eps2));
      set = eps2;
    },
  };
}
