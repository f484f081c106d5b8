// From pixels to the tensor a model reads, as torchvision does it on Pillow pictures: Resize, CenterCrop, ToTensor, Normalize.

import { type Filter, type Raster, resize, type Window } from './resize.ts';

export interface Pixels {
  /** RGBA (4 bytes a px, not premultiplied) or RGB (3 bytes a px), row-major; which of the two follows from the length. */
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface HowToPreprocess {
  /** 'squash': Resize((side, side)), the aspect ratio is not kept. 'crop': Resize(resize) of the shorter side, CenterCrop(side). */
  readonly fit: 'squash' | 'crop';
  /** Input size of the model, px. */
  readonly side: number;
  /** Shorter side before the crop, px; at least `side`. Absent: `side`, so that the model sees the whole centre square. */
  readonly resize?: number;
  /** Per channel, on values in [0, 1]. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** 'bilinear' where a recipe names none. */
  readonly filter?: Filter;
}

export interface Preprocessed {
  /** 3 × side × side, planar RGB, (value/255 − mean)/std. */
  readonly tensor: Float32Array<ArrayBuffer>;
  /** side × side × 3 bytes: what the model sees before mean and std. */
  readonly seen: Uint8ClampedArray<ArrayBuffer>;
  /** The part of the source that the model sees, in source px (fractions are possible). */
  readonly crop: Window;
}

/** Python's round(): halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Opaque pixels as they are, transparent ones over white. */
export function overWhite({ data, width, height }: Pixels): Raster {
  const count = width * height;
  if (count > 0 && data.length === count * 3) return { data, width, height, channels: 3 };
  if (count === 0 || data.length !== count * 4) {
    throw new RangeError(`invalid pixels: ${data.length} bytes for ${width} × ${height}`);
  }
  let opaque = true;
  for (let i = 3; opaque && i < data.length; i += 4) opaque = data[i] === 255;
  if (opaque) return { data, width, height, channels: 4 };
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const alpha = data[i * 4 + 3] ?? 0;
    for (let c = 0; c < 3; c++) {
      rgb[i * 3 + c] = Math.round(((data[i * 4 + c] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { data: rgb, width, height, channels: 3 };
}

/** The size after Resize, and the part of it that is kept. */
function placement(
  width: number,
  height: number,
  how: HowToPreprocess,
): { width: number; height: number; window: Window } {
  const { side } = how;
  if (how.fit === 'squash') return { width: side, height: side, window: { x: 0, y: 0, width: side, height: side } };
  const shorter = how.resize ?? side;
  if (shorter < side) throw new RangeError(`invalid resize: ${shorter} is smaller than the crop of ${side}`);
  // Resize(int): the longer side is truncated, as int() does.
  const longer = Math.trunc((shorter * Math.max(width, height)) / Math.min(width, height));
  const size = width <= height ? { width: shorter, height: longer } : { width: longer, height: shorter };
  const x = roundHalfEven((size.width - side) / 2);
  const y = roundHalfEven((size.height - side) / 2);
  return { ...size, window: { x, y, width: side, height: side } };
}

/** seen → tensor in float32 arithmetic, operation by operation as torch does it. */
function normalise(
  seen: Uint8ClampedArray,
  mean: readonly number[],
  std: readonly number[],
): Float32Array<ArrayBuffer> {
  const count = seen.length / 3;
  const tensor = new Float32Array(seen.length);
  for (let c = 0; c < 3; c++) {
    const m = Math.fround(mean[c] ?? 0);
    const s = Math.fround(std[c] ?? 1);
    const table = Float32Array.from({ length: 256 }, (_, v) => Math.fround(Math.fround(v / 255) - m) / s);
    for (let i = 0; i < count; i++) tensor[c * count + i] = table[seen[i * 3 + c] ?? 0] ?? 0;
  }
  return tensor;
}

export function preprocess(pixels: Pixels, how: HowToPreprocess): Preprocessed {
  const source = overWhite(pixels);
  const { width, height, window } = placement(source.width, source.height, how);
  const seen = new Uint8ClampedArray(resize(source, width, height, how.filter, window));
  const perX = source.width / width;
  const perY = source.height / height;
  return {
    tensor: normalise(seen, how.mean, how.std),
    seen,
    crop: { x: window.x * perX, y: window.y * perY, width: window.width * perX, height: window.height * perY },
  };
}
