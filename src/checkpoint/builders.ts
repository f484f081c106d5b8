// From tensors under the released names to weights under the field's: one builder a form of CRATE. A builder only says which tensors of
// which shapes it takes, so the same run checks a file's names and shapes before a number of it is read.

import type { CrateKind } from '../model/config.ts';
import { convToLinear } from '../model/patchEmbed.ts';
import type { CrateWeights, DecoderLayerWeights, DecoderWeights, LayerWeights } from '../model/weights.ts';
import type { Sizes } from './sizes.ts';
import type { Take } from './stateDict.ts';

export const buildWeights = (kind: CrateKind, sizes: Sizes, take: Take): CrateWeights =>
  kind === 'crate-mae' ? maeWeights(sizes, take) : classifierWeights(kind, sizes, take);

const layersOf = <T>(count: number, of: (layer: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => of(i));

function classifierWeights(kind: 'crate' | 'crate-alpha', sizes: Sizes, take: Take): CrateWeights {
  const { imageSize, patchSize, classes, d, L, inner, atoms, headWidth, hasOutputMap } = sizes;
  const n = (imageSize / patchSize) ** 2 + 1;
  const isAlpha = kind === 'crate-alpha';
  const layer = (i: number): LayerWeights => {
    const at = `transformer.layers.${i}`;
    return {
      norm1Weight: take(`${at}.0.norm.weight`, [d]),
      norm1Bias: take(`${at}.0.norm.bias`, [d]),
      U: take(`${at}.0.fn.qkv.weight`, [inner, d]),
      W: hasOutputMap ? take(`${at}.0.fn.to_out.0.weight`, [d, inner]) : null,
      b: hasOutputMap && !isAlpha ? take(`${at}.0.fn.to_out.0.bias`, [d]) : null,
      norm2Weight: take(`${at}.1.norm.weight`, [d]),
      norm2Bias: take(`${at}.1.norm.bias`, [d]),
      ...(isAlpha
        ? { D: take(`${at}.1.fn.D`, [d, atoms]), D1: take(`${at}.1.fn.D1`, [d, atoms]) }
        : { D: take(`${at}.1.fn.weight`, [d, d]) }),
    };
  };
  return {
    ...(isAlpha ? convolution('conv1', d, patchSize, take) : normedPatches(d, patchSize, take)),
    cls: take('cls_token', [1, 1, d]),
    positions: take('pos_embedding', [1, n, d]),
    layers: layersOf(L, layer),
    headNormWeight: take('mlp_head.0.weight', [d]),
    headNormBias: take('mlp_head.0.bias', [d]),
    ...(headWidth === null
      ? { headWeight: take('mlp_head.1.weight', [classes, d]), headBias: take('mlp_head.1.bias', [classes]) }
      : {
          headMap: { weight: take('mlp_head.1.weight', [headWidth, d]), bias: take('mlp_head.1.bias', [headWidth]) },
          headWeight: take('head.weight', [classes, headWidth]),
          headBias: take('head.bias', [classes]),
        }),
  };
}

function normedPatches(d: number, P: number, take: Take) {
  const length = 3 * P * P;
  return {
    patchNormWeight: take('to_patch_embedding.1.weight', [length]),
    patchNormBias: take('to_patch_embedding.1.bias', [length]),
    embedWeight: take('to_patch_embedding.2.weight', [d, length]),
    embedBias: take('to_patch_embedding.2.bias', [d]),
    embedNormWeight: take('to_patch_embedding.3.weight', [d]),
    embedNormBias: take('to_patch_embedding.3.bias', [d]),
  };
}

/** A convolution of stride P is a linear map of patches; its kernels are planar, ours have the channel fastest. */
function convolution(name: string, d: number, P: number, take: Take) {
  return {
    patchNormWeight: null,
    patchNormBias: null,
    embedWeight: take(`${name}.weight`, [d, 3, P, P], (data) => convToLinear(data, d, P)),
    embedBias: take(`${name}.bias`, [d]),
    embedNormWeight: null,
    embedNormBias: null,
  };
}

function maeWeights(sizes: Sizes, take: Take): CrateWeights {
  const { imageSize, patchSize, d, L, inner, hasOutputMap } = sizes;
  const n = (imageSize / patchSize) ** 2 + 1;
  const layer = (i: number): LayerWeights => {
    const at = `blocks.${i}.layers.0`;
    return {
      norm1Weight: take(`${at}.0.norm.weight`, [d]),
      norm1Bias: take(`${at}.0.norm.bias`, [d]),
      U: take(`${at}.0.fn.qkv.weight`, [inner, d]),
      W: hasOutputMap ? take(`${at}.0.fn.to_out.0.weight`, [d, inner]) : null,
      b: hasOutputMap ? take(`${at}.0.fn.to_out.0.bias`, [d]) : null,
      norm2Weight: take(`${at}.1.norm.weight`, [d]),
      norm2Bias: take(`${at}.1.norm.bias`, [d]),
      D: take(`${at}.1.fn.weight`, [d, d]),
    };
  };
  return {
    ...convolution('patch_embed.proj', d, patchSize, take),
    cls: take('cls_token', [1, 1, d]),
    positions: take('decoder_pos_embed', [1, n, d]),
    layers: layersOf(L, layer),
    headNormWeight: null,
    headNormBias: null,
    headWeight: null,
    headBias: null,
    decoder: decoderWeights(sizes, take),
  };
}

function decoderWeights({ patchSize, d, decoder, hasOutputMap }: Sizes, take: Take): DecoderWeights {
  const length = 3 * patchSize * patchSize;
  const inner = decoder?.inner ?? 0;
  const layer = (i: number): DecoderLayerWeights => {
    const at = `decoder_blocks.${i}.layers.0`;
    return {
      normWeight: take(`${at}.0.norm.weight`, [d]),
      normBias: take(`${at}.0.norm.bias`, [d]),
      linear: take(`${at}.0.fn.weight`, [d, d]),
      attentionNormWeight: take(`${at}.1.norm.weight`, [d]),
      attentionNormBias: take(`${at}.1.norm.bias`, [d]),
      U: take(`${at}.1.fn.qkv.weight`, [inner, d]),
      W: hasOutputMap ? take(`${at}.1.fn.to_out.0.weight`, [d, inner]) : null,
      b: hasOutputMap ? take(`${at}.1.fn.to_out.0.bias`, [d]) : null,
    };
  };
  return {
    maskToken: take('mask_token', [1, 1, d]),
    normWeight: take('norm.weight', [d]),
    normBias: take('norm.bias', [d]),
    layers: layersOf(decoder?.L ?? 0, layer),
    endNormWeight: take('decoder_norm.weight', [d]),
    endNormBias: take('decoder_norm.bias', [d]),
    pixelWeight: take('decoder_pred.weight', [length, d]),
    pixelBias: take('decoder_pred.bias', [length]),
  };
}
