// Engraving: a map's cells keep their colour in the mean, and the picture shows through in lightness alone. The picture is high-passed,
// made zero-mean in every cell, capped, and kept in gamut, so that reading a value off a cell stays honest. Never an alpha blend.

import { type Lab, labOf, linearOf, rgbOf } from './oklab.ts';
import type { Rgb } from './ramps.ts';

/** Largest change of OKLab lightness. */
export const ENGRAVE_CAP = 0.12;
/** Strength: change of lightness per unit of high-passed luma. */
const AMPLITUDE = 0.6;
/** Width of the Gaussian that is taken off, as a share of the map's side. */
const BLUR_SHARE = 0.06;
/** Levels either way of a cell's own lightness. */
const LEVELS = 48;
/** Linear light may leave [0, 1] by this much; clipping it moves OKLab lightness by less than a byte does. */
const GAMUT_SLACK = 0.004;

/** One pass of a running mean of width 2·radius + 1 along rows, edges repeated; writes the transpose, so two passes do both axes. */
function boxTransposed(source: Float32Array, side: number, radius: number): Float32Array {
  const out = new Float32Array(side * side);
  const width = 2 * radius + 1;
  for (let y = 0; y < side; y++) {
    const row = y * side;
    const at = (x: number): number => source[row + Math.min(side - 1, Math.max(0, x))] ?? 0;
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += at(x);
    for (let x = 0; x < side; x++) {
      out[x * side + y] = sum / width;
      sum += at(x + radius + 1) - at(x - radius);
    }
  }
  return out;
}

/** luma − blurred luma, side × side; three box passes an axis stand for the Gaussian. Pauses after each pass. */
export function* highPass(luma: Float32Array, side: number): Generator<void, Float32Array> {
  const sigma = BLUR_SHARE * side;
  // Three boxes of width w have variance (w² − 1)/4.
  const radius = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2));
  let blurred = luma;
  for (let pass = 0; pass < 6; pass++) {
    blurred = boxTransposed(blurred, side, radius);
    yield;
  }
  return luma.map((value, i) => value - (blurred[i] ?? 0));
}

interface Levels {
  readonly table: Uint8ClampedArray;
  readonly up: number;
  readonly down: number;
}

/** Cells of sixteen maps share a few hundred colours, and each costs a hundred of OKLab; kept by colour for the cap at hand. */
const known = new Map<number, Levels>();
let knownCap = Number.NaN;
const MOST_KNOWN = 4096;

function levelsOf(colour: Rgb, cap: number): Levels {
  if (cap !== knownCap || known.size > MOST_KNOWN) {
    known.clear();
    knownCap = cap;
  }
  const key = (colour[0] << 16) | (colour[1] << 8) | colour[2];
  const found = known.get(key);
  if (found) return found;
  const made = makeLevels(colour, cap);
  known.set(key, made);
  return made;
}

/** A cell's colours by change of lightness, −LEVELS … LEVELS, and how far each way stays in gamut, in lightness. */
function makeLevels(colour: Rgb, cap: number): Levels {
  const [L, a, b] = labOf(colour);
  const at = (level: number): Lab => [L + (level / LEVELS) * cap, a, b];
  const inGamut = (level: number) => {
    const [lightness] = at(level);
    return (
      lightness >= 0 && lightness <= 1 && linearOf(at(level)).every((x) => x > -GAMUT_SLACK && x < 1 + GAMUT_SLACK)
    );
  };
  let up = 0;
  while (up < LEVELS && inGamut(up + 1)) up++;
  let down = 0;
  while (down < LEVELS && inGamut(-down - 1)) down++;
  const table = new Uint8ClampedArray(3 * (2 * LEVELS + 1));
  for (let level = -down; level <= up; level++) table.set(rgbOf(at(level)), 3 * (level + LEVELS));
  table.set(colour, 3 * LEVELS);
  return { table, up: (up / LEVELS) * cap, down: (down / LEVELS) * cap };
}

/**
 * Paints side × side RGBA bytes: `grid` × `grid` cells of `colours` (row-major), with `relief` (from highPass, side × side) in their lightness.
 * `side` is a multiple of `grid`. Pauses after each row of cells.
 */
export function* engrave(
  colours: readonly Rgb[],
  grid: number,
  relief: Float32Array,
  side: number,
  out: Uint8ClampedArray,
  cap = ENGRAVE_CAP,
): Generator<void, void> {
  const cell = side / grid;
  if (!Number.isInteger(cell)) throw new RangeError(`invalid side: ${side} is no multiple of ${grid}`);
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++) {
      const colour = colours[row * grid + column];
      if (!colour) throw new RangeError(`missing colour: cell ${row}, ${column}`);
      engraveCell(colour, cap, relief, side, cell, row * cell * side + column * cell, out);
    }
    yield;
  }
}

function engraveCell(
  colour: Rgb,
  cap: number,
  relief: Float32Array,
  side: number,
  cell: number,
  first: number,
  out: Uint8ClampedArray,
): void {
  const { table, up, down } = levelsOf(colour, cap);
  let mean = 0;
  for (let y = 0; y < cell; y++) for (let x = 0; x < cell; x++) mean += relief[first + y * side + x] ?? 0;
  mean /= cell * cell;
  const rise = (i: number): number => AMPLITUDE * ((relief[i] ?? 0) - mean);
  // Clipping breaks the balance of light and dark; the heavier side is scaled down until the cell's mean is zero again.
  let lighter = 0;
  let darker = 0;
  for (let y = 0; y < cell; y++)
    for (let x = 0; x < cell; x++) {
      const h = rise(first + y * side + x);
      if (h > 0) lighter += Math.min(h, up);
      else darker += Math.min(-h, down);
    }
  const keepLight = lighter > darker ? darker / lighter : 1;
  const keepDark = darker > lighter ? lighter / darker : 1;
  for (let y = 0; y < cell; y++)
    for (let x = 0; x < cell; x++) {
      const i = first + y * side + x;
      const h = rise(i);
      const change = h > 0 ? Math.min(h, up) * keepLight : -Math.min(-h, down) * keepDark;
      const level = 3 * (LEVELS + Math.round((change / cap) * LEVELS));
      out[4 * i] = table[level] ?? 0;
      out[4 * i + 1] = table[level + 1] ?? 0;
      out[4 * i + 2] = table[level + 2] ?? 0;
      out[4 * i + 3] = 255;
    }
}
