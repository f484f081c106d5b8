// CRATE-MAE's output as a picture: patches put back in place, normalisation undone.

import type { CrateConfig } from './config.ts';

/**
 * What the decoder's numbers stand for: 'plain': normalised pixels; 'patch': pixels of a patch less its mean, over its deviation
 * (`norm_pix_loss`), so that the true patch's mean and deviation must be put back. No file says which.
 */
export type PatchPixels = 'plain' | 'patch';

export interface ReconstructionParts {
  /** N × 3P², a patch's pixels row, column, then channel fastest. */
  readonly reconstruction: Float32Array;
  /** The picture as the model read it, 3 × side × side, planar RGB, normalised. */
  readonly image: Float32Array;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly patchPixels: PatchPixels;
}

/** side × side × RGB bytes of the reconstruction. */
export function reconstructionPixels(
  { imageSize: side, patchSize: P }: CrateConfig,
  { reconstruction, image, mean, std, patchPixels }: ReconstructionParts,
): Uint8ClampedArray {
  const grid = side / P;
  const length = 3 * P * P;
  if (reconstruction.length !== grid * grid * length || image.length !== 3 * side * side) {
    throw new RangeError(
      `reconstructionPixels: ${reconstruction.length} and ${image.length} numbers for ${side} × ${side} px in patches of ${P}`,
    );
  }
  const out = new Uint8ClampedArray(3 * side * side);
  /** In units of a pixel, where each row of a patch begins. */
  const rowOf = (patch: number, y: number): number => (Math.floor(patch / grid) * P + y) * side + (patch % grid) * P;

  for (let patch = 0; patch < grid * grid; patch++) {
    const { shift, scale } = patchPixels === 'patch' ? momentsOf(patch) : { shift: 0, scale: 1 };
    let from = patch * length;
    for (let y = 0; y < P; y++) {
      let to = 3 * rowOf(patch, y);
      for (let x = 0; x < P; x++) {
        for (let channel = 0; channel < 3; channel++) {
          const value = (reconstruction[from++] as number) * scale + shift;
          out[to++] = 255 * (value * (std[channel] as number) + (mean[channel] as number));
        }
      }
    }
  }
  return out;

  /** Mean and deviation of the true patch: unbiased variance + 1e-6, as the released loss normalises. */
  function momentsOf(patch: number) {
    let sum = 0;
    let squares = 0;
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < P; y++) {
        const row = channel * side * side + rowOf(patch, y);
        for (let x = 0; x < P; x++) {
          const value = image[row + x] as number;
          sum += value;
          squares += value * value;
        }
      }
    }
    const shift = sum / length;
    const variance = Math.max(0, (squares - sum * shift) / (length - 1));
    return { shift, scale: Math.sqrt(variance + 1e-6) };
  }
}
