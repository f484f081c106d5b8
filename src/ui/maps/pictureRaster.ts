// The part of a picture that a model sees, as pixels for maps: a square canvas, and its high-passed luma at the size a map asks for.

import { highPass } from './engrave.ts';

export interface PictureRaster {
  /** Square. */
  readonly canvas: HTMLCanvasElement;
  /** High-passed luma at side × side, made with pauses; kept for the sizes asked for. */
  relief(side: number): Generator<void, Float32Array>;
}

const contextOf = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('missing canvas context: 2d');
  return context;
};

function blank(side: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  return canvas;
}

/** Luma (ITU-R 601) of the gamma-coded bytes, in [0, 1]. */
function lumaOf(source: HTMLCanvasElement, side: number): Float32Array {
  const context = contextOf(blank(side));
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  const at = (i: number): number => data[i] ?? 0;
  const luma = new Float32Array(side * side);
  for (let i = 0; i < luma.length; i++)
    luma[i] = (0.299 * at(4 * i) + 0.587 * at(4 * i + 1) + 0.114 * at(4 * i + 2)) / 255;
  return luma;
}

/** `make` gives the relief at a side; each is made once. */
export function rasterOfCanvas(
  canvas: HTMLCanvasElement,
  make: (side: number) => Generator<void, Float32Array>,
): PictureRaster {
  const reliefs = new Map<number, Float32Array>();
  return {
    canvas,
    *relief(side) {
      const known = reliefs.get(side);
      if (known) return known;
      const made = yield* make(side);
      reliefs.set(side, made);
      return made;
    },
  };
}

const rasterOf = (canvas: HTMLCanvasElement): PictureRaster =>
  rasterOfCanvas(canvas, function* (side) {
    const luma = lumaOf(canvas, side);
    yield;
    return yield* highPass(luma, side);
  });

interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Side of a raster made from a full-size picture, px: two device pixels for each of a tile's. */
const RASTER_SIDE = 432;

/** From a decoded picture; `crop` in its own px, squashed to a square when it is none. */
export function rasterFromImage(image: HTMLImageElement, crop: Crop): PictureRaster {
  const canvas = blank(RASTER_SIDE);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, crop.x, crop.y, crop.width, crop.height, 0, 0, RASTER_SIDE, RASTER_SIDE);
  return rasterOf(canvas);
}

/** From side × side RGB bytes, row-major; as coarse as what the model sees. */
export function rasterFromPixels(rgb: Uint8ClampedArray, side: number): PictureRaster {
  const canvas = blank(side);
  const context = contextOf(canvas);
  const pixels = context.createImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = rgb[3 * i + c] ?? 0;
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return rasterOf(canvas);
}
