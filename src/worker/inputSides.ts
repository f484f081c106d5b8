// Input sizes that a model could be run at beside its own: positions are interpolated, so any multiple of the patch side will do.

import { type CrateConfig, gridSide } from '../model/config.ts';

/** Usual sizes of pictures, px. */
const USUAL = [48, 64, 96, 128, 160, 192, 224, 256, 288, 320, 384, 448, 512];
/** Largest input, px, and most tokens: attention grows with their square. */
const LARGEST = 512;
const MOST_TOKENS = 4097;

/** The trained side first, then larger ones that are whole patches. */
export function inputSides(trained: CrateConfig): readonly number[] {
  const { imageSize, patchSize } = trained;
  const larger = USUAL.map((side) => Math.floor(side / patchSize) * patchSize).filter(
    (side) => side > imageSize && side <= LARGEST && gridSide({ ...trained, imageSize: side }) ** 2 + 1 <= MOST_TOKENS,
  );
  return [imageSize, ...new Set(larger)];
}
