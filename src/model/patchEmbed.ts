// From a picture to tokens: cut into patches, a linear map (between two LayerNorms in CRATE), class token in front, positions added.

import { type Numbers, toF64 } from '../math/matrix.ts';
import { type CrateConfig, gridSide, tokenCount } from './config.ts';
import { layerNorm } from './layerNorm.ts';
import { linear } from './linear.ts';
import type { CrateWeights } from './weights.ts';

/** All of the embedding's intermediates; N = n − 1 patches. */
export interface PatchEmbedding {
  /** N × 3P², grid row-major; inside a patch row, column, then channel fastest. */
  readonly patches: Float64Array;
  /** N × 3P²; the patches themselves where the embedding has no norms. */
  readonly patchesNorm: Float64Array;
  /** N × d. */
  readonly patchLinear: Float64Array;
  /** N × d, without class token and position; of hidden patches too. patchLinear itself where the embedding has no norms. */
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
  const out = new Float64Array(image.length);
  eachPatchEntry(imageSize, patchSize, (pixel, entry) => {
    out[entry] = image[pixel] as number;
  });
  return out;
}

/** The inverse of `cutPatches`: N × 3P² patches to a planar 3 × side × side picture. */
export function joinPatches(patches: Numbers, { imageSize, patchSize }: CrateConfig): Float64Array {
  if (patches.length !== 3 * imageSize * imageSize) {
    throw new RangeError(
      `joinPatches: patches hold ${patches.length} numbers, 3×${imageSize}×${imageSize} needs ${3 * imageSize ** 2}`,
    );
  }
  const out = new Float64Array(patches.length);
  eachPatchEntry(imageSize, patchSize, (pixel, entry) => {
    out[pixel] = patches[entry] as number;
  });
  return out;
}

/** Every number of a picture: where it lies in the planar picture, and where among the patches. */
function eachPatchEntry(imageSize: number, patchSize: number, visit: (pixel: number, entry: number) => void): void {
  const side = imageSize / patchSize;
  let entry = 0;
  for (let patchRow = 0; patchRow < side; patchRow++) {
    for (let patchColumn = 0; patchColumn < side; patchColumn++) {
      for (let y = 0; y < patchSize; y++) {
        for (let x = 0; x < patchSize; x++) {
          const pixel = (patchRow * patchSize + y) * imageSize + patchColumn * patchSize + x;
          for (let channel = 0; channel < 3; channel++) visit(channel * imageSize * imageSize + pixel, entry++);
        }
      }
    }
  }
}

/**
 * A convolution of stride P over P × P px as the linear map of a patch: weight d × 3 × P × P (channel slowest) to d × 3P², a patch's pixels
 * row, column, then channel fastest.
 */
export function convToLinear(weight: Float32Array, d: number, P: number): Float32Array {
  const area = P * P;
  if (weight.length !== d * 3 * area) {
    throw new RangeError(`convToLinear: weight holds ${weight.length} numbers, ${d}×3×${P}×${P} needs ${d * 3 * area}`);
  }
  const out = new Float32Array(weight.length);
  for (let i = 0; i < d; i++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < area; pixel++) {
        out[(i * area + pixel) * 3 + channel] = weight[(i * 3 + channel) * area + pixel] as number;
      }
    }
  }
  return out;
}

/**
 * Z^0 = [cls; embedded patches] + positions, the released models' embedding: LN(Linear(LN(patches))) in CRATE, Linear(patches) in CRATE-α
 * and CRATE-MAE. `hidden`, an entry a patch, is 1 where the mask token stands in place of the embedded patch (CRATE-MAE); its
 * position is added like any other's.
 */
export function embedPatches(
  config: CrateConfig,
  weights: CrateWeights,
  image: Numbers,
  hidden?: Uint8Array,
): PatchEmbedding {
  const { d, patchSize } = config;
  const { patchNormWeight, patchNormBias, embedNormWeight, embedNormBias, positions } = weights;
  const N = gridSide(config) ** 2;
  const n = tokenCount(config);
  const length = 3 * patchSize ** 2;
  if (positions.length !== n * d) {
    throw new RangeError(`embedPatches: positions hold ${positions.length} numbers, ${n}×${d} needs ${n * d}`);
  }
  const patches = cutPatches(image, config);
  const patchesNorm =
    patchNormWeight && patchNormBias ? layerNorm(patches, patchNormWeight, patchNormBias, N, length) : patches;
  const patchLinear = linear(patchesNorm, weights.embedWeight, weights.embedBias, N, length, d);
  const patchEmbed =
    embedNormWeight && embedNormBias ? layerNorm(patchLinear, embedNormWeight, embedNormBias, N, d) : patchLinear;
  const tokens = new Float64Array(n * d);
  tokens.set(weights.cls);
  tokens.set(patchEmbed, d);
  if (hidden) hidePatches(tokens, hidden, weights.decoder?.maskToken, N, d);
  for (let i = 0; i < tokens.length; i++) tokens[i] = (tokens[i] as number) + (positions[i] as number);
  return { patches, patchesNorm, patchLinear, patchEmbed, tokens };
}

function hidePatches(
  tokens: Float64Array,
  hidden: Uint8Array,
  maskToken: Float32Array | undefined,
  N: number,
  d: number,
): void {
  if (!maskToken)
    throw new RangeError('embedPatches: only CRATE-MAE can hide patches, these weights hold no mask token');
  if (hidden.length !== N) throw new RangeError(`embedPatches: hidden holds ${hidden.length} entries, ${N} patches`);
  const token = toF64(maskToken);
  for (let i = 0; i < N; i++) if (hidden[i]) tokens.set(token, (i + 1) * d);
}
