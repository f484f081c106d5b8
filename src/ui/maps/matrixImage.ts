// A matrix as pixels: whole cells where there is room, the mean colour of the cells that share a pixel where there is not. In slices, so
// that a matrix of millions of entries never holds the page up. It needs no canvas.

import { painterOf, type Ramps, type Scale } from './ramps.ts';

export interface MatrixImage {
  readonly values: Float32Array;
  /** Entries a row of `values`. */
  readonly stride: number;
  /** Rows and columns to draw, in this order, as indices into `values`. */
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly scale: Scale;
  readonly ramps: Ramps;
  /** Device px. */
  readonly width: number;
  readonly height: number;
}

/** How the `count` cells along one side fall on `pixels`: each cell's first pixel, and how much of the cell lies in it (the rest is in the next). */
function sharesOf(count: number, pixels: number) {
  const first = new Int32Array(count);
  const share = new Float32Array(count).fill(1);
  for (let i = 0; i < count; i++) {
    const from = (i * pixels) / count;
    const to = ((i + 1) * pixels) / count;
    const at = Math.min(pixels - 1, Math.floor(from + 1e-9));
    first[i] = at;
    if (to > at + 1 + 1e-9 && at + 1 < pixels) share[i] = (at + 1 - from) / (to - from);
  }
  return { first, share };
}

/** Which cell each of `pixels` shows, where there are no more cells than pixels. */
const cellsOf = (count: number, pixels: number): Int32Array =>
  Int32Array.from({ length: pixels }, (_, i) => Math.min(count - 1, Math.floor(((i + 0.5) * count) / pixels)));

/**
 * Writes width × height RGBA bytes. Yields after every row of the matrix, so that the caller can pause; `out` is complete when it is done.
 */
export function* paintMatrix(image: MatrixImage, out: Uint8ClampedArray): Generator<void, void> {
  const { values, stride, rows, columns, scale, ramps, width, height } = image;
  if (rows.length === 0 || columns.length === 0) return;
  const paint = painterOf(scale, ramps);
  const line = new Uint8ClampedArray(4 * columns.length);
  const isNarrow = columns.length > width;
  const isLow = rows.length > height;
  const across = isNarrow ? sharesOf(columns.length, width) : null;
  const shown = isNarrow ? null : cellsOf(columns.length, width);
  const mean = new Float32Array(3 * width);

  /** The row's colours as `width` pixels. */
  const spread = (row: number): void => {
    const at = row * stride;
    for (let c = 0; c < columns.length; c++) paint(values[at + (columns[c] as number)] as number, line, 4 * c);
    if (shown) {
      for (let x = 0; x < width; x++) {
        const from = 4 * (shown[x] as number);
        mean[3 * x] = line[from] as number;
        mean[3 * x + 1] = line[from + 1] as number;
        mean[3 * x + 2] = line[from + 2] as number;
      }
      return;
    }
    if (!across) return;
    // Cells have equal widths, so a cell counts in a pixel by the share of the pixel that it covers.
    const density = width / columns.length;
    mean.fill(0);
    for (let c = 0; c < columns.length; c++) {
      const x = 3 * (across.first[c] as number);
      const here = density * (across.share[c] as number);
      const [red, green, blue] = [line[4 * c] as number, line[4 * c + 1] as number, line[4 * c + 2] as number];
      mean[x] = (mean[x] as number) + here * red;
      mean[x + 1] = (mean[x + 1] as number) + here * green;
      mean[x + 2] = (mean[x + 2] as number) + here * blue;
      const next = density - here;
      if (next > 1e-7) {
        mean[x + 3] = (mean[x + 3] as number) + next * red;
        mean[x + 4] = (mean[x + 4] as number) + next * green;
        mean[x + 5] = (mean[x + 5] as number) + next * blue;
      }
    }
  };
  const write = (y: number, pixels: Float32Array): void => {
    for (let x = 0; x < width; x++) {
      const to = 4 * (y * width + x);
      out[to] = pixels[3 * x] as number;
      out[to + 1] = pixels[3 * x + 1] as number;
      out[to + 2] = pixels[3 * x + 2] as number;
      out[to + 3] = 255;
    }
  };

  if (!isLow) {
    const cells = cellsOf(rows.length, height);
    let drawn = -1;
    for (let y = 0; y < height; y++) {
      const r = cells[y] as number;
      if (r !== drawn) {
        spread(rows[r] as number);
        drawn = r;
        yield;
      }
      write(y, mean);
    }
    return;
  }
  const down = sharesOf(rows.length, height);
  const density = height / rows.length;
  let here = new Float32Array(3 * width);
  let below = new Float32Array(3 * width);
  let y = 0;
  for (let r = 0; r < rows.length; r++) {
    const at = down.first[r] as number;
    if (at > y) {
      write(y, here);
      [here, below] = [below, here];
      below.fill(0);
      y = at;
    }
    spread(rows[r] as number);
    const share = density * (down.share[r] as number);
    const rest = density - share;
    for (let i = 0; i < 3 * width; i++) here[i] = (here[i] as number) + share * (mean[i] as number);
    if (rest > 1e-7) for (let i = 0; i < 3 * width; i++) below[i] = (below[i] as number) + rest * (mean[i] as number);
    yield;
  }
  write(y, here);
}
