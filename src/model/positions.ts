// The table of positions for pictures of another size than the trained one, as the released extractor interpolates it (DINO's way).

import type { Numbers } from '../math/matrix.ts';
import type { CrateConfig } from './config.ts';

/** Keys' cubic convolution kernel with torch's a. */
const A = -0.75;

/** DINO adds it to the wanted side before it divides, so that rounding never loses a row; the kernel's scale keeps it. */
const SCALE_OFFSET = 0.1;

/** Weights of the four neighbours at −1, 0, 1, 2 for a point t in [0, 1) beyond the one at 0. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const near = (x: number): number => ((A + 2) * x - (A + 3)) * x * x + 1; // |x| ≤ 1
  const far = (x: number): number => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A; // 1 < |x| < 2
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** Row i of the result is Σ_j weight·row j of a side: `toSide` × `fromSide`, four entries a row, those beyond an edge added to the edge's. */
function cubicMap(fromSide: number, toSide: number): Float64Array {
  const scale = (toSide + SCALE_OFFSET) / fromSide;
  const map = new Float64Array(toSide * fromSide);
  for (let i = 0; i < toSide; i++) {
    const source = (i + 0.5) / scale - 0.5;
    const floor = Math.floor(source);
    cubicWeights(source - floor).forEach((weight, offset) => {
      const j = Math.min(fromSide - 1, Math.max(0, floor - 1 + offset));
      map[i * fromSide + j] = (map[i * fromSide + j] as number) + weight;
    });
  }
  return map;
}

/**
 * The table n × d (class token's row first) for another grid: rows and columns each by torch's
 * `interpolate(mode='bicubic', align_corners=False, scale_factor=(toSide + 0.1) / fromSide)`. The class token's row stays, and so does the
 * whole table when the side does. f64 inside.
 */
export function interpolatePositions(positions: Numbers, d: number, fromSide: number, toSide: number): Float32Array {
  if (positions.length !== (fromSide ** 2 + 1) * d) {
    throw new RangeError(
      `interpolatePositions: positions hold ${positions.length} numbers, a ${fromSide}×${fromSide} grid and the class token of width ${d} need ${(fromSide ** 2 + 1) * d}`,
    );
  }
  if (!(Number.isInteger(toSide) && toSide > 0)) throw new RangeError(`invalid side: ${toSide}`);
  if (toSide === fromSide) return Float32Array.from(positions);
  const map = cubicMap(fromSide, toSide);
  const out = new Float32Array((toSide ** 2 + 1) * d);
  out.set(positions.subarray(0, d));
  const across = new Float64Array(fromSide * toSide * d); // fromSide rows, toSide columns
  for (let row = 0; row < fromSide; row++) {
    const from = positions.subarray((1 + row * fromSide) * d, (1 + (row + 1) * fromSide) * d);
    mixRows(map, from, across.subarray(row * toSide * d, (row + 1) * toSide * d), fromSide, toSide, d);
  }
  const grid = new Float64Array(toSide * toSide * d);
  mixRows(map, across, grid, fromSide, toSide, toSide * d);
  out.set(grid, d);
  return out;
}

/** out = map · from, for map toSide × fromSide (mostly zeros) and from fromSide × width. */
function mixRows(
  map: Float64Array,
  from: Numbers,
  out: Float64Array,
  fromSide: number,
  toSide: number,
  width: number,
): void {
  for (let i = 0; i < toSide; i++) {
    for (let j = 0; j < fromSide; j++) {
      const weight = map[i * fromSide + j] as number;
      if (weight === 0) continue;
      for (let t = 0; t < width; t++) {
        out[i * width + t] = (out[i * width + t] as number) + weight * (from[j * width + t] as number);
      }
    }
  }
}

/** The same model for square pictures of another side in px, a multiple of the patch side; its positions are `interpolatePositions`'. */
export function resizedConfig(config: CrateConfig, imageSize: number): CrateConfig {
  const { patchSize } = config;
  if (!(Number.isInteger(imageSize) && imageSize > 0 && imageSize % patchSize === 0)) {
    throw new RangeError(`invalid image size: ${imageSize} px is no multiple of the patch side, ${patchSize} px`);
  }
  return { ...config, imageSize };
}
