// The runs of a forward pass and of its measures, in order, prepared once for a model and replayed for every picture.

import type { CrateConfig } from '../model/config.ts';
import { LAYER_NORM_EPS } from '../model/layerNorm.ts';
import { type ModelBuffers, resultLayout, sizesOf } from './gpuBuffers.ts';
import type { Pipelines } from './gpuPipelines.ts';
import type { Dispatch } from './kernel.ts';
import * as groups from './kernels/grids.ts';

export interface Plan {
  /** Picture -> logits. */
  readonly forward: readonly Dispatch[];
  /** What of the measures does not depend on ε²: projections, non-zeros, the class token's attention. */
  readonly measureOnce: readonly Dispatch[];
  /** Gram matrices and their log-determinants: done again for another ε². */
  readonly measureRates: readonly Dispatch[];
  /** Sets ε² for the rates to come. */
  setEps2(eps2: number): void;
}

interface Product {
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
  readonly ldC: number;
  readonly ldResidual?: number;
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
  readonly bias?: number;
  readonly residual?: number;
  readonly batch?: { readonly count: number; readonly a: number; readonly b: number; readonly c: number };
}

export function planModel(config: CrateConfig, pipelines: Pipelines, buffers: ModelBuffers): Plan {
  const sizes = sizesOf(config);
  const { n, d, K, p, L, inner, grid, patch, classes, ldD, ldInner, ldPatch, mHead, mAll } = sizes;
  const { weights: w, activations: x } = buffers;
  const layout = resultLayout(sizes);
  const { eta, lambda } = config;

  const norm = (
    rows: number,
    width: number,
    ld: number,
    from: { X: GPUBuffer; Y: GPUBuffer; weight: GPUBuffer; bias: GPUBuffer },
    at: { x?: number; y?: number; norm?: number } = {},
  ): Dispatch =>
    pipelines.layerNorm.dispatch(
      { width, ld, x_offset: at.x ?? 0, y_offset: at.y ?? 0, norm_offset: at.norm ?? 0, eps: LAYER_NORM_EPS },
      from,
      [rows, 1, 1],
    );

  const product = (
    epilogue: keyof Pipelines['gemm'],
    { rows, cols, depth, ldC, ldResidual = 0, a = 0, b = 0, c = 0, bias = 0, residual = 0, batch }: Product,
    from: { A: GPUBuffer; B: GPUBuffer; bias?: GPUBuffer; residual?: GPUBuffer; C: GPUBuffer },
  ): Dispatch =>
    pipelines.gemm[epilogue].dispatch(
      {
        rows,
        cols,
        depth4: depth / 4,
        ld_c: ldC,
        ld_residual: ldResidual,
        a_offset4: a / 4,
        b_offset4: b / 4,
        c_offset: c,
        bias_offset: bias,
        residual_offset: residual,
        a_stride4: (batch?.a ?? 0) / 4,
        b_stride4: (batch?.b ?? 0) / 4,
        c_stride: batch?.c ?? 0,
        eta,
        threshold: eta * lambda,
      },
      { bias: x.none, residual: x.none, ...from },
      groups.gemmGroups(rows, cols, batch?.count),
    );

  const forward: Dispatch[] = [
    pipelines.patchify.dispatch(
      { side: config.imageSize, P: config.patchSize, grid, ld: ldPatch },
      { image: x.image, patches: x.patches },
      groups.patchifyGroups((n - 1) * patch),
    ),
    norm(n - 1, patch, ldPatch, { X: x.patches, Y: x.patchesNorm, weight: w.patchNormWeight, bias: w.patchNormBias }),
    product(
      'bias',
      { rows: n - 1, cols: d, depth: ldPatch, ldC: ldD },
      { A: x.patchesNorm, B: w.embedWeight, bias: w.embedBias, C: x.patchLinear },
    ),
    norm(n - 1, d, ldD, { X: x.patchLinear, Y: x.embedded, weight: w.embedNormWeight, bias: w.embedNormBias }),
    pipelines.assembleTokens.dispatch(
      { n, d, ld: ldD },
      { embedded: x.embedded, cls: w.cls, positions: w.positions, Z: x.tokens },
      groups.assembleTokensGroups(n, d),
    ),
  ];

  const zSize = n * ldD;
  const uSize = n * ldInner;
  for (let l = 0; l < L; l++) {
    const Z = l === 0 ? x.tokens : x.Z_next;
    const zAt = l === 0 ? 0 : (l - 1) * zSize;
    const at = l * zSize;
    const uAt = l * uSize;
    forward.push(
      norm(n, d, ldD, { X: Z, Y: x.LN_Z, weight: w.norm1Weight, bias: w.norm1Bias }, { x: zAt, y: at, norm: l * d }),
      product(
        'none',
        { rows: n, cols: inner, depth: ldD, ldC: ldInner, a: at, b: l * inner * ldD, c: uAt },
        { A: x.LN_Z, B: w.U, C: x.ZU },
      ),
      pipelines.ssa.dispatch(
        { n, p, ld: ldInner, zu_offset: uAt },
        { ZU: x.ZU, heads: x.heads },
        groups.ssaGroups(n, pipelines.ssaRows, K),
      ),
      product(
        'biasResidual',
        {
          rows: n,
          cols: d,
          depth: ldInner,
          ldC: ldD,
          ldResidual: ldD,
          a: uAt,
          b: l * d * ldInner,
          c: at,
          bias: l * d,
          residual: zAt,
        },
        { A: x.heads, B: w.W, bias: w.b, residual: Z, C: x.Z_half },
      ),
      norm(n, d, ldD, { X: x.Z_half, Y: x.X, weight: w.norm2Weight, bias: w.norm2Bias }, { x: at, y: at, norm: l * d }),
      product(
        'ista',
        { rows: n, cols: d, depth: ldD, ldC: ldD, ldResidual: ldD, a: at, b: l * d * ldD, c: at, residual: at },
        { A: x.X, B: w.G, residual: x.X, C: x.Z_next },
      ),
    );
  }
  forward.push(
    pipelines.poolTokens.dispatch(
      { n, d, ld: ldD, z_offset: (L - 1) * zSize },
      { Z: x.Z_next, pooled: x.pooled },
      groups.poolTokensGroups(d),
    ),
    norm(1, d, ldD, { X: x.pooled, Y: x.pooledNorm, weight: w.headNormWeight, bias: w.headNormBias }),
    product(
      'bias',
      { rows: 1, cols: classes, depth: ldD, ldC: classes, c: layout.logits },
      { A: x.pooledNorm, B: w.headWeight, bias: w.headBias, C: x.results },
    ),
  );

  const projections: readonly (readonly [GPUBuffer, GPUBuffer])[] = [
    [x.Z_half, x.ZU_half],
    [x.Z_next, x.ZU_next],
  ];
  const measureOnce: Dispatch[] = [
    ...projections.map(([A, C]) =>
      product(
        'none',
        { rows: n, cols: inner, depth: ldD, ldC: ldInner, batch: { count: L, a: zSize, b: inner * ldD, c: uSize } },
        { A, B: w.U, C },
      ),
    ),
    pipelines.reduceSparsity.dispatch(
      { size: zSize, out_offset: layout.sparsityHalf },
      { Z: x.Z_half, sparsity: x.results },
      [L, 1, 1],
    ),
    pipelines.reduceSparsity.dispatch(
      { size: zSize, out_offset: layout.sparsityNext },
      { Z: x.Z_next, sparsity: x.results },
      [L, 1, 1],
    ),
    pipelines.attention.dispatch(
      { n, p, ld: ldInner, first_row: 0, rows: 1, zu_offset: 0, zu_stride: uSize, a_offset: layout.clsRows },
      { ZU: x.ZU, A: x.results },
      [1, K, L],
    ),
  ];

  // Coding rates: head terms of U_kᵀZ, then R of all tokens, at the three places.
  const measureRates: Dispatch[] = [];
  const grams: { dispatch: Dispatch; width: number }[] = [];
  const rates = (
    Z: GPUBuffer,
    place: number,
    { heads, width, ld, m, M }: { heads: number; width: number; ld: number; m: number; M: GPUBuffer },
  ): void => {
    const matrices = L * 2 * heads;
    const norms = pipelines.rowNorms.dispatch(
      { n, p: width, ld, z_stride: n * ld },
      { Z, inverse: x.inverse },
      groups.rowNormsGroups(n, heads, L),
    );
    const dispatch = pipelines.gram[width <= n ? 'channels' : 'tokens'].dispatch(
      { n, p: width, K: heads, ld, w_stride: n * ld, m, m_offset: place * matrices * m * m, alpha: 0 },
      { W: Z, inverse: x.inverse, M },
      groups.gramGroups(m, heads, L),
    );
    measureRates.push(norms, dispatch);
    grams.push({ dispatch, width });
  };
  const ofHeads = { heads: K, width: p, ld: ldInner, m: mHead, M: x.headGrams };
  const ofAll = { heads: 1, width: d, ld: ldD, m: mAll, M: x.allGrams };
  [x.ZU, x.ZU_half, x.ZU_next].forEach((Z, place) => {
    rates(Z, place, ofHeads);
  });
  [x.LN_Z, x.Z_half, x.Z_next].forEach((Z, place) => {
    rates(Z, place, ofAll);
  });
  measureRates.push(
    pipelines.logdet(mHead, x.headGrams, x.results, layout.headRates, 3 * L * 2 * K),
    pipelines.logdet(mAll, x.allGrams, x.results, layout.allRates, 3 * L * 2),
  );

  return {
    forward,
    measureOnce,
    measureRates,
    setEps2(eps2) {
      for (const { dispatch, width } of grams) dispatch.setParam('alpha', width / (n * eps2));
    },
  };
}
