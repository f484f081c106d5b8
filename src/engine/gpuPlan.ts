// The runs of a forward pass in order, prepared once for a model at a size and replayed for every picture. A layer is four: U with the
// norm on the way, ssa, W with bias and residual, G with the norm and the ISTA step.

import { DECODER_NORM_EPS, HEAD_NORM_EPS, layerNormEps } from '../model/config.ts';
import { LAYER_NORM_EPS } from '../model/layerNorm.ts';
import type { Part } from '../model/speed.ts';
import { type Slice, sliceOf } from './gpuBuffers.ts';
import type { PictureName } from './gpuPicture.ts';
import { type Norm, type Parts, type Product, product } from './gpuProduct.ts';
import { resultLayout } from './gpuResults.ts';
import { type Sizes, sizesOf } from './gpuSizes.ts';
import type { WeightName } from './gpuWeights.ts';
import type { Dispatch, Work } from './kernel.ts';
import * as groups from './kernels/grids.ts';
import type { Epilogue } from './kernels/index.ts';

export type { Part };

/** One run, and where it stands. */
export interface Step extends Dispatch, Work {
  readonly part: Part;
  /** From 0; null outside the encoder's layers. */
  readonly layer: number | null;
}

type Costed = Dispatch & Work;

const stepsOf = (part: Part, runs: readonly Costed[], layer: number | null = null): Step[] =>
  runs.map((run) => ({ ...run, part, layer }));

/** Picture -> logits, or CRATE-MAE's reconstruction. */
export const planForward = (parts: Parts): readonly Step[] => [
  ...stepsOf('embed', embed(parts)),
  ...encode(parts),
  ...stepsOf('head', classify(parts)),
  ...stepsOf('decoder', decode(parts)),
];

/** A run that moves so many floats and computes next to nothing. */
const moving = (dispatch: Dispatch, floats: number): Costed => ({ ...dispatch, flops: floats, bytes: 4 * floats });

/** The runs that several parts of the plan have. */
function builders(parts: Parts) {
  const { config, pipelines, weights, picture } = parts;
  const sizes = sizesOf(config);
  const x = (name: PictureName, layer = 0): Slice => sliceOf(picture.stack(name), layer);
  const w = (name: WeightName, layer = 0): Slice => sliceOf(weights.stack(name), layer);
  /** A layer norm that a product takes on the way. */
  const onTheWay = (weight: WeightName, bias: WeightName, layer: number, eps: number, width = sizes.d): Norm => ({
    weight: w(weight, layer),
    bias: w(bias, layer),
    eps,
    width,
  });
  /** LayerNorm of rows of d for its own sake. */
  const norm = (rows: number, X: Slice, Y: Slice, { weight, bias, eps, width }: Norm): Costed => {
    const dispatch = pipelines.layerNorm.dispatch(
      {
        rows,
        width,
        ld4: sizes.ldD / 4,
        x_offset4: X.at / 4,
        y_offset4: Y.at / 4,
        norm_offset4: weight.at / 4,
        x_stride4: 0,
        y_stride4: 0,
        norm_stride4: 0,
        eps,
      },
      { X: X.buffer, Y: Y.buffer, weight: weight.buffer, bias: bias.buffer },
      groups.layerNormGroups(rows),
    );
    return { ...dispatch, flops: 8 * rows * width, bytes: 8 * rows * width };
  };
  /** SSA of K heads of width p: ZU and heads are n × ld at the same offset. */
  const ssa = ({ K, p, ldInner }: Pick<Sizes, 'K' | 'p' | 'ldInner'>, ZU: Slice, heads: Slice): Costed => {
    const { kernel, rows } = pipelines.ssa(p);
    const { n } = sizes;
    const dispatch = kernel.dispatch(
      { n, p, ld: ldInner, zu_offset: ZU.at },
      { ZU: ZU.buffer, heads: heads.buffer },
      groups.ssaGroups(n, rows, K),
    );
    // Scores and values are n² sums of p products each, a softmax about eight operations an entry.
    return { ...dispatch, flops: K * n * n * (4 * p + 8), bytes: 8 * n * K * p };
  };
  return {
    sizes,
    x,
    w,
    onTheWay,
    norm,
    ssa,
    multiply: (epilogue: Epilogue, of: Product) => product(parts, epilogue, of),
  };
}

/** Picture -> Z⁰. */
function embed(parts: Parts): Costed[] {
  const { config, pipelines, weights } = parts;
  const { sizes, x, w, onTheWay, norm, multiply } = builders(parts);
  const { n, d, grid, patch, ldD, ldPatch, hasPatchNorms } = sizes;
  return [
    moving(
      pipelines.patchify.dispatch(
        { side: config.imageSize, P: config.patchSize, grid, ld: ldPatch },
        { image: x('image').buffer, patches: x('patches').buffer },
        groups.patchifyGroups(n - 1, patch),
      ),
      2 * (n - 1) * patch,
    ),
    multiply('bias', {
      rows: n - 1,
      cols: d,
      depth: ldPatch,
      A: x('patches'),
      ...(hasPatchNorms ? { norm: onTheWay('patchNormWeight', 'patchNormBias', 0, LAYER_NORM_EPS, patch) } : {}),
      B: 'embedWeight',
      bias: w('embedBias'),
      C: x('patchLinear'),
      ldC: ldD,
    }),
    ...(hasPatchNorms
      ? [norm(n - 1, x('patchLinear'), x('embedded'), onTheWay('embedNormWeight', 'embedNormBias', 0, LAYER_NORM_EPS))]
      : []),
    moving(
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
      3 * n * d,
    ),
  ];
}

/** Z⁰ -> Z^L. */
function encode(parts: Parts): Step[] {
  const { config } = parts;
  const { sizes, x, w, onTheWay, ssa, multiply } = builders(parts);
  const { n, d, L, inner, ldD, ldInner, hasCodes } = sizes;
  const eps = layerNormEps(config);
  const layerOf = (l: number): Step[] => {
    const Z = l === 0 ? x('tokens') : x('Z_next', l - 1);
    const mssa = [
      multiply('bias', {
        rows: n,
        cols: inner,
        depth: ldD,
        A: Z,
        norm: onTheWay('norm1Weight', 'norm1Bias', l, eps),
        B: 'U',
        layer: l,
        bias: w('uBias', l),
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
    ];
    const ista = hasCodes ? overcompleteStep(parts, l) : [istaStep(parts, l)];
    return [...stepsOf('mssa', mssa, l), ...stepsOf('ista', ista, l)];
  };
  return Array.from({ length: L }, (_, l) => layerOf(l)).flat();
}

/** Z_next = ReLU(X + η X Gᵀ − ηλ), X = LN(Z_half). */
function istaStep(parts: Parts, l: number): Costed {
  const { config } = parts;
  const { sizes, x, w, onTheWay, multiply } = builders(parts);
  const { n, d, ldD } = sizes;
  return multiply('ista', {
    rows: n,
    cols: d,
    depth: ldD,
    A: x('Z_half', l),
    norm: onTheWay('norm2Weight', 'norm2Bias', l, layerNormEps(config)),
    B: 'G',
    layer: l,
    bias: w('gBias', l),
    residual: x('Z_half', l),
    ldResidual: ldD,
    C: x('Z_next', l),
    ldC: ldD,
  });
}

/** CRATE-α: X = LN(Z_half), z1 = ReLU(η X D − ηλ), z2 = ReLU(z1 + η (X − z1 Dᵀ) D − ηλ), Z_next = Z_half + z2 D1ᵀ. */
function overcompleteStep(parts: Parts, l: number): Costed[] {
  const { config } = parts;
  const { sizes, x, onTheWay, norm, multiply } = builders(parts);
  const { n, d, atoms, ldD, ldAtoms } = sizes;
  // n × m from n × d, along the columns of D.
  const up = { rows: n, cols: atoms, depth: ldD, B: 'D', layer: l, ldTransposed: ldAtoms, ldC: ldAtoms } as const;
  const down = { rows: n, cols: d, depth: ldAtoms, layer: l, ldResidual: ldD, ldC: ldD } as const;
  return [
    // X is read three times, so it is made once.
    norm(n, x('Z_half', l), x('X'), onTheWay('norm2Weight', 'norm2Bias', l, layerNormEps(config))),
    multiply('firstIsta', { ...up, A: x('X'), C: x('z1') }),
    multiply('difference', { ...down, A: x('z1'), B: 'D', residual: x('X'), C: x('resid') }),
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
function classify(parts: Parts): Costed[] {
  const { config, pipelines, weights } = parts;
  if (config.classes === 0) return [];
  const { sizes, x, w, onTheWay, multiply } = builders(parts);
  const { n, d, L, classes, features, ldD, ldFeatures } = sizes;
  const Z = x('Z_next', L - 1);
  const norm = onTheWay('headNormWeight', 'headNormBias', 0, HEAD_NORM_EPS);
  const hasMap = weights.has('headMapWeight');
  const map = () =>
    multiply('bias', {
      rows: 1,
      cols: features,
      depth: ldD,
      A: x('pooled'),
      norm,
      B: 'headMapWeight',
      bias: w('headMapBias'),
      C: x('features'),
      ldC: ldFeatures,
    });
  return [
    moving(
      pipelines.poolTokens.dispatch(
        { n, d, ld: ldD, z_offset: Z.at },
        { Z: Z.buffer, pooled: x('pooled').buffer },
        groups.poolTokensGroups(d),
      ),
      (config.pool === 'mean' ? n + 1 : 2) * d,
    ),
    ...(hasMap ? [map()] : []),
    multiply('bias', {
      rows: 1,
      cols: classes,
      depth: ldFeatures,
      A: x(hasMap ? 'features' : 'pooled'),
      ...(hasMap ? {} : { norm }),
      B: 'headWeight',
      bias: w('headBias'),
      C: { buffer: x('results').buffer, at: resultLayout(sizes).logits },
      ldC: classes,
    }),
  ];
}

/** Z^L -> every patch's pixels; nothing without a decoder. A block: H = LN(Y) Wᵀ, then Y = H − MSSA(LN H). */
function decode(parts: Parts): Costed[] {
  const { config } = parts;
  const { sizes, x, w, onTheWay, norm, ssa, multiply } = builders(parts);
  const { n, d, L, patch, ldD, decoder } = sizes;
  if (!decoder) return [];
  const { inner, ldInner } = decoder;
  const eps = layerNormEps(config);
  const block = (l: number): Costed[] => [
    multiply('bias', {
      rows: n,
      cols: d,
      depth: ldD,
      A: x('Y'),
      norm: onTheWay('decoderNormWeight', 'decoderNormBias', l, eps),
      B: 'decoderLinear',
      layer: l,
      bias: w('decoderLinearBias', l),
      C: x('H'),
      ldC: ldD,
    }),
    multiply('bias', {
      rows: n,
      cols: inner,
      depth: ldD,
      A: x('H'),
      norm: onTheWay('decoderAttentionNormWeight', 'decoderAttentionNormBias', l, eps),
      B: 'decoderU',
      layer: l,
      bias: w('decoderUBias', l),
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
    norm(n, x('Z_next', L - 1), x('Y'), onTheWay('latentNormWeight', 'latentNormBias', 0, DECODER_NORM_EPS)),
    ...Array.from({ length: decoder.L }, (_, l) => block(l)).flat(),
    // The class token, row 0, is left out.
    multiply('bias', {
      rows: n - 1,
      cols: patch,
      depth: ldD,
      A: { buffer: x('Y').buffer, at: ldD },
      norm: onTheWay('endNormWeight', 'endNormBias', 0, DECODER_NORM_EPS),
      B: 'pixelWeight',
      bias: w('pixelBias'),
      C: { buffer: x('results').buffer, at: resultLayout(sizes).reconstruction },
      ldC: patch,
    }),
  ];
}
