// From a picture to tokens: cut into patches, LayerNorm, linear map, LayerNorm, class token in front, positions added.

import type { Numbers } from '../math/matrix.ts';
import { type CrateConfig, gridSide, tokenCount } from './config.ts';
import { layerNorm } from './layerNorm.ts';
import { linear } from './linear.ts';
import type { CrateWeights } from './weights.ts';

/** All of the embedding's intermediates; N = n − 1 patches. */
export interface PatchEmbedding {
  /** N × 3P², grid row-major; inside a patch row, column, then channel fastest. */
  readonly patches: Float64Array;
  /** N × 3P². */
  readonly patchesNorm: Float64Array;
  /** N × d. */
  readonly patchLinear: Float64Array;
  /** N × d, without class token and position. */
  readonly patchEmbed: Float64Array;
  /** Z of layer 0, n × d. */
  readonly tokens: Float64Array;
}

/** Cuts a planar 3 × side × side picture into N × 3P² patches (`b c (h p1) (w p2) -> b (h w) (p1 p2 c)`). */
export function cutPatches(image: Numbers, { imageSize, patchSize }: CrateConfig): Float64Array {
  if (image.length !== 3 * imageSize * imageSize) {
    throw new RangeError(
      `cutPatches: image holds ${image.length} numbers, 3×${imageSize}×${imageSize} needs ${3 * imageSize ** 2}`,
    );
  }
  const side = imageSize / patchSize;
  const out = new Float64Array(image.length);
  let to = 0;
  for (let patchRow = 0; patchRow < side; patchRow++) {
    for (let patchColumn = 0; patchColumn < side; patchColumn++) {
      for (let y = 0; y < patchSize; y++) {
        for (let x = 0; x < patchSize; x++) {
          const pixel = (patchRow * patchSize + y) * imageSize + patchColumn * patchSize + x;
          for (let channel = 0; channel < 3; channel++) {
            out[to++] = image[channel * imageSize * imageSize + pixel] as number;
          }
        }
      }
    }
  }
  return out;
}

/** Z^0 = [cls; LN(Linear(LN(patches)))] + positions, the released model's embedding. */
export function embedPatches(config: CrateConfig, weights: CrateWeights, image: Numbers): PatchEmbedding {
  const { d, patchSize } = config;
  const N = gridSide(config) ** 2;
  const length = 3 * patchSize ** 2;
  const patches = cutPatches(image, config);
  const patchesNorm = layerNorm(patches, weights.patchNormWeight, weights.patchNormBias, N, length);
  const patchLinear = linear(patchesNorm, weights.embedWeight, weights.embedBias, N, length, d);
  const patchEmbed = layerNorm(patchLinear, weights.embedNormWeight, weights.embedNormBias, N, d);
  const tokens = new Float64Array(tokenCount(config) * d);
  tokens.set(weights.cls);
  tokens.set(patchEmbed, d);
  for (let i = 0; i < tokens.length; i++) tokens[i] = (tokens[i] as number) + (weights.positions[i] as number);
  return { patches, patchesNorm, patchLinear, patchEmbed, tokens };
}
