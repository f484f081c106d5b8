// The runs of a forward pass in order, prepared once for a model at a size and replayed for every picture.

import { DECODER_NORM_EPS, HEAD_NORM_EPS, layerNormEps } from '../model/config.ts';
import { LAYER_NORM_EPS } from '../model/layerNorm.ts';
import { type Slice, sliceOf } from './gpuBuffers.ts';
import { type Measures, planMeasures } from './gpuMeasures.ts';
import type { PictureName } from './gpuPicture.ts';
import { type Parts, type Product, product } from './gpuProduct.ts';
import { resultLayout } from './gpuResults.ts';
import { type Sizes, sizesOf } from './gpuSizes.ts';
import type { WeightName } from './gpuWeights.ts';
import type { Dispatch } from './kernel.ts';
import * as groups from './kernels/grids.ts';
import type { Epilogue } from './kernels/index.ts';

export interface Plan extends Measures {
  /** Picture -> logits, or CRATE-MAE's reconstruction. */
  readonly forward: readonly Dispatch[];
  destroy(): void;
}

export function planModel(parts: Parts): Plan {
  const forward = [...embed(parts), ...encode(parts), ...classify(parts), ...decode(parts)];
  const measures = planMeasures(parts);
  return {
    ...measures,
    forward,
    destroy() {
      for (const dispatch of [...forward, ...measures.once, ...measures.rates]) dispatch.destroy();
    },
  };
}

/** The runs that several parts of the plan have. */
function builders(parts: Parts) {
  const { config, pipelines, weights, picture } = parts;
  const sizes = sizesOf(config);
  const x = (name: PictureName, layer = 0): Slice => sliceOf(picture.stack(name), layer);
  const w = (name: WeightName, layer = 0): Slice => sliceOf(weights.stack(name), layer);
  /** LayerNorm of rows; X and Y have the same row stride, weight and bias are at the same place in theirs. */
  const norm = (
    [rows, width, ld]: readonly [number, number, number],
    { X, Y, weight, bias }: { X: Slice; Y: Slice; weight: Slice; bias: Slice },
    eps: number,
  ): Dispatch =>
    pipelines.layerNorm.dispatch(
      { width, ld, x_offset: X.at, y_offset: Y.at, norm_offset: weight.at, eps },
      { X: X.buffer, Y: Y.buffer, weight: weight.buffer, bias: bias.buffer },
      [rows, 1, 1],
    );
  /** SSA of K heads of width p: ZU and heads are n × ld at the same offset. */
  const ssa = ({ K, p, ldInner }: Pick<Sizes, 'K' | 'p' | 'ldInner'>, ZU: Slice, heads: Slice): Dispatch => {
    const { kernel, rows } = pipelines.ssa(p);
    return kernel.dispatch(
      { n: sizes.n, p, ld: ldInner, zu_offset: ZU.at },
      { ZU: ZU.buffer, heads: heads.buffer },
      groups.ssaGroups(sizes.n, rows, K),
    );
  };
  return { sizes, x, w, norm, ssa, multiply: (epilogue: Epilogue, of: Product) => product(parts, epilogue, of) };
}

/** Picture -> Z⁰. */
function embed(parts: Parts): Dispatch[] {
  const { config, pipelines, weights } = parts;
  const { sizes, x, w, norm, multiply } = builders(parts);
  const { n, d, grid, patch, ldD, ldPatch, hasPatchNorms } = sizes;
  const linear = multiply('bias', {
    rows: n - 1,
    cols: d,
    depth: ldPatch,
    A: x(hasPatchNorms ? 'patchesNorm' : 'patches'),
    B: 'embedWeight',
    bias: w('embedBias'),
    C: x('patchLinear'),
    ldC: ldD,
  });
  const patchNorm = () =>
    norm(
      [n - 1, patch, ldPatch],
      { X: x('patches'), Y: x('patchesNorm'), weight: w('patchNormWeight'), bias: w('patchNormBias') },
      LAYER_NORM_EPS,
    );
  const embedNorm = () =>
    norm(
      [n - 1, d, ldD],
      { X: x('patchLinear'), Y: x('embedded'), weight: w('embedNormWeight'), bias: w('embedNormBias') },
      LAYER_NORM_EPS,
    );
  return [
    pipelines.patchify.dispatch(
      { side: config.imageSize, P: config.patchSize, grid, ld: ldPatch },
      { image: x('image').buffer, patches: x('patches').buffer },
      groups.patchifyGroups(n - 1, patch),
    ),
    ...(hasPatchNorms ? [patchNorm(), linear, embedNorm()] : [linear]),
    pipelines.assembleTokens.dispatch(
      { n, d, ld: ldD },
      {
        embedded: x(hasPatchNorms ? 'embedded' : 'patchLinear').buffer,
        cls: w('cls').buffer,
        positions: x('positions').buffer,
        // Without a mask token nothing is ever hidden.
        mask_token: weights.has('maskToken') ? w('maskToken').buffer : x('zeros').buffer,
        hidden: x('hidden').buffer,
        Z: x('tokens').buffer,
      },
      groups.assembleTokensGroups(n, d),
    ),
  ];
}

/** Z⁰ -> Z^L. */
function encode(parts: Parts): Dispatch[] {
  const { config } = parts;
  const { sizes, x, w, norm, ssa, multiply } = builders(parts);
  const { n, d, L, inner, ldD, ldInner, hasCodes } = sizes;
  const eps = layerNormEps(config);
  const layerOf = (l: number): Dispatch[] => {
    const Z = l === 0 ? x('tokens') : x('Z_next', l - 1);
    return [
      norm([n, d, ldD], { X: Z, Y: x('LN_Z', l), weight: w('norm1Weight', l), bias: w('norm1Bias', l) }, eps),
      multiply('none', {
        rows: n,
        cols: inner,
        depth: ldD,
        A: x('LN_Z', l),
        B: 'U',
        layer: l,
        C: x('ZU', l),
        ldC: ldInner,
      }),
      ssa(sizes, x('ZU', l), x('heads', l)),
      multiply('biasResidual', {
        rows: n,
        cols: d,
        depth: ldInner,
        A: x('heads', l),
        B: 'W',
        layer: l,
        bias: w('b', l),
        residual: Z,
        ldResidual: ldD,
        C: x('Z_half', l),
        ldC: ldD,
      }),
      norm([n, d, ldD], { X: x('Z_half', l), Y: x('X', l), weight: w('norm2Weight', l), bias: w('norm2Bias', l) }, eps),
      ...(hasCodes ? overcompleteStep(parts, l) : [istaStep(parts, l)]),
    ];
  };
  return Array.from({ length: L }, (_, l) => layerOf(l)).flat();
}

/** Z_next = ReLU(X + η X Gᵀ − ηλ). */
function istaStep(parts: Parts, l: number): Dispatch {
  const { sizes, x, multiply } = builders(parts);
  const { n, d, ldD } = sizes;
  return multiply('ista', {
    rows: n,
    cols: d,
    depth: ldD,
    A: x('X', l),
    B: 'G',
    layer: l,
    residual: x('X', l),
    ldResidual: ldD,
    C: x('Z_next', l),
    ldC: ldD,
  });
}

/** CRATE-α: z1 = ReLU(η X D − ηλ), z2 = ReLU(z1 + η (X − z1 Dᵀ) D − ηλ), Z_next = Z_half + z2 D1ᵀ. */
function overcompleteStep(parts: Parts, l: number): Dispatch[] {
  const { sizes, x, multiply } = builders(parts);
  const { n, d, atoms, ldD, ldAtoms } = sizes;
  // n × m from n × d, along the columns of D.
  const up = { rows: n, cols: atoms, depth: ldD, B: 'D', layer: l, ldTransposed: ldAtoms, ldC: ldAtoms } as const;
  const down = { rows: n, cols: d, depth: ldAtoms, layer: l, ldResidual: ldD, ldC: ldD } as const;
  return [
    multiply('firstIsta', { ...up, A: x('X', l), C: x('z1') }),
    multiply('difference', { ...down, A: x('z1'), B: 'D', residual: x('X', l), C: x('resid') }),
    multiply('ista', { ...up, A: x('resid'), residual: x('z1'), ldResidual: ldAtoms, C: x('codes', l) }),
    multiply('biasResidual', {
      ...down,
      A: x('codes', l),
      B: 'D1',
      residual: x('Z_half', l),
      C: x('Z_next', l),
    }),
  ];
}

/** Z^L -> logits; nothing without a class head. */
function classify(parts: Parts): Dispatch[] {
  const { config, pipelines, weights } = parts;
  if (config.classes === 0) return [];
  const { sizes, x, w, norm, multiply } = builders(parts);
  const { n, d, L, classes, features, ldD, ldFeatures } = sizes;
  const Z = x('Z_next', L - 1);
  const hasMap = weights.has('headMapWeight');
  const map = () =>
    multiply('bias', {
      rows: 1,
      cols: features,
      depth: ldD,
      A: x('pooledNorm'),
      B: 'headMapWeight',
      bias: w('headMapBias'),
      C: x('features'),
      ldC: ldFeatures,
    });
  return [
    pipelines.poolTokens.dispatch(
      { n, d, ld: ldD, z_offset: Z.at },
      { Z: Z.buffer, pooled: x('pooled').buffer },
      groups.poolTokensGroups(d),
    ),
    norm(
      [1, d, ldD],
      { X: x('pooled'), Y: x('pooledNorm'), weight: w('headNormWeight'), bias: w('headNormBias') },
      HEAD_NORM_EPS,
    ),
    ...(hasMap ? [map()] : []),
    multiply('bias', {
      rows: 1,
      cols: classes,
      depth: ldFeatures,
      A: x(hasMap ? 'features' : 'pooledNorm'),
      B: 'headWeight',
      bias: w('headBias'),
      C: { buffer: x('results').buffer, at: resultLayout(sizes).logits },
      ldC: classes,
    }),
  ];
}

/** Z^L -> every patch's pixels; nothing without a decoder. A block: H = LN(Y) Wᵀ, then Y = H − MSSA(LN H). */
function decode(parts: Parts): Dispatch[] {
  const { config } = parts;
  const { sizes, x, w, norm, ssa, multiply } = builders(parts);
  const { n, d, L, patch, ldD, decoder } = sizes;
  if (!decoder) return [];
  const { inner, ldInner } = decoder;
  const eps = layerNormEps(config);
  const rows = [n, d, ldD] as const;
  const block = (l: number): Dispatch[] => [
    norm(rows, { X: x('Y'), Y: x('LN_Y'), weight: w('decoderNormWeight', l), bias: w('decoderNormBias', l) }, eps),
    multiply('none', {
      rows: n,
      cols: d,
      depth: ldD,
      A: x('LN_Y'),
      B: 'decoderLinear',
      layer: l,
      C: x('H'),
      ldC: ldD,
    }),
    norm(
      rows,
      {
        X: x('H'),
        Y: x('LN_Y'),
        weight: w('decoderAttentionNormWeight', l),
        bias: w('decoderAttentionNormBias', l),
      },
      eps,
    ),
    multiply('none', {
      rows: n,
      cols: inner,
      depth: ldD,
      A: x('LN_Y'),
      B: 'decoderU',
      layer: l,
      C: x('HU'),
      ldC: ldInner,
    }),
    ssa(decoder, x('HU'), x('decoderHeads')),
    multiply('difference', {
      rows: n,
      cols: d,
      depth: ldInner,
      A: x('decoderHeads'),
      B: 'decoderW',
      layer: l,
      bias: w('decoderB', l),
      residual: x('H'),
      ldResidual: ldD,
      C: x('Y'),
      ldC: ldD,
    }),
  ];
  return [
    norm(
      rows,
      { X: x('Z_next', L - 1), Y: x('Y'), weight: w('latentNormWeight'), bias: w('latentNormBias') },
      DECODER_NORM_EPS,
    ),
    ...Array.from({ length: decoder.L }, (_, l) => block(l)).flat(),
    norm(rows, { X: x('Y'), Y: x('LN_Y'), weight: w('endNormWeight'), bias: w('endNormBias') }, DECODER_NORM_EPS),
    // The class token, row 0, is left out.
    multiply('bias', {
      rows: n - 1,
      cols: patch,
      depth: ldD,
      A: { buffer: x('LN_Y').buffer, at: ldD },
      B: 'pixelWeight',
      bias: w('pixelBias'),
      C: { buffer: x('results').buffer, at: resultLayout(sizes).reconstruction },
      ldC: patch,
    }),
  ];
}
