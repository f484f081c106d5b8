// A picture in which hidden patches are blank: paper with one hairline from corner to corner, as drawings leave out what is not there. Maps
// engrave nothing there.

import { type PictureRaster, rasterOfCanvas } from './pictureRaster.ts';
import type { Rgb } from './ramps.ts';

export interface MaskColours {
  readonly paper: Rgb;
  readonly line: string;
  /** A frame around each blank, for patches that are drawn one by one. */
  readonly hasFrames?: boolean;
}

/** Paints the blanks over a square canvas of grid × grid patches. */
export function paintBlanks(
  context: CanvasRenderingContext2D,
  side: number,
  grid: number,
  hidden: Uint8Array,
  { paper, line, hasFrames = false }: MaskColours,
): void {
  const cell = side / grid;
  context.save();
  context.fillStyle = `rgb(${paper.join(' ')})`;
  context.strokeStyle = line;
  context.lineWidth = Math.max(1, Math.round(cell / 16));
  context.beginPath();
  for (let i = 0; i < grid * grid; i++) {
    if (!hidden[i]) continue;
    const x = (i % grid) * cell;
    const y = Math.floor(i / grid) * cell;
    context.fillRect(x, y, cell, cell);
    if (cell < 5) continue;
    context.moveTo(x, y + cell);
    context.lineTo(x + cell, y);
  }
  context.stroke();
  if (hasFrames && cell >= 5) {
    const inset = context.lineWidth / 2;
    for (let i = 0; i < grid * grid; i++) {
      const x = (i % grid) * cell;
      const y = Math.floor(i / grid) * cell;
      if (hidden[i]) context.strokeRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    }
  }
  context.restore();
}

/** `raster` with its hidden patches blank. */
export function maskedRaster(
  raster: PictureRaster,
  grid: number,
  hidden: Uint8Array,
  colours: MaskColours,
): PictureRaster {
  const { width } = raster.canvas;
  // Blanks end where patches do, so the canvas is brought to a multiple of the grid.
  const side = Math.max(grid, Math.round(width / grid) * grid);
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('missing canvas context: 2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(raster.canvas, 0, 0, side, side);
  paintBlanks(context, side, grid, hidden, colours);
  return rasterOfCanvas(canvas, function* (at) {
    const relief = Float32Array.from(yield* raster.relief(at));
    const cell = at / grid;
    for (let y = 0; y < at; y++)
      for (let x = 0; x < at; x++)
        if (hidden[Math.floor(y / cell) * grid + Math.floor(x / cell)]) relief[y * at + x] = 0;
    return relief;
  });
}
