// Pillow's antialiased resampling of 8-bit RGB, reproduced to the bit: weights in 22-bit fixed point, a horizontal and then a
// vertical pass, each rounded to 8 bits. A browser's canvas scales differently, by up to tens of levels.

export type Filter = 'bilinear' | 'bicubic' | 'lanczos';

interface Kernel {
  /** Half-width in px of the coarser of the two grids. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
const A = -0.5; // Keys' cubic as Pillow has it; others take −0.75

const KERNELS: Readonly<Record<Filter, Kernel>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const PRECISION = 22; // bits after the point: 32 less 8 of the pixel and 2 for overshoot
const HALF = 1 << (PRECISION - 1);

/** For each output px the first input px that counts, how many do, and their fixed-point weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** output px × `width`. */
  readonly weights: Int32Array;
  readonly width: number;
}

/** Taps of output px `from` … `from + length − 1` out of `outSize`. */
function tapsOf(inSize: number, outSize: number, from: number, length: number, { support, weight }: Kernel): Taps {
  const scale = inSize / outSize;
  const filterScale = Math.max(1, scale); // antialias: the kernel widens when the picture shrinks
  const reach = support * filterScale;
  const width = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Int32Array(length * width);
  for (let i = 0; i < length; i++) {
    const centre = (from + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(inSize, Math.trunc(centre + reach + 0.5));
    const exact = Array.from({ length: end - start }, (_, j) => weight((start + j - centre + 0.5) * (1 / filterScale)));
    const sum = exact.reduce((total, w) => total + w, 0);
    first[i] = start;
    count[i] = exact.length;
    exact.forEach((w, j) => {
      const scaled = (sum === 0 ? w : w / sum) * 2 ** PRECISION;
      weights[i * width + j] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    });
  }
  return { first, count, weights, width };
}

const clip8 = (fixed: number): number => Math.max(0, Math.min(255, fixed >> PRECISION));

/** One line of px along `step`, written to `target` (RGB, `targetStep` apart). Flat loops in int32, which Σ|weights| · 255 fits: this is all the work. */
function resampleLine(
  source: Uint8Array | Uint8ClampedArray,
  at: number,
  step: number,
  taps: Taps,
  target: Uint8Array,
  targetAt: number,
  targetStep: number,
): void {
  const { first, count, weights, width } = taps;
  for (let i = 0; i < first.length; i++) {
    let r = HALF;
    let g = HALF;
    let b = HALF;
    let from = at + (first[i] ?? 0) * step;
    const last = i * width + (count[i] ?? 0);
    for (let k = i * width; k < last; k++, from += step) {
      const w = weights[k] ?? 0;
      r = (r + Math.imul(w, source[from] ?? 0)) | 0;
      g = (g + Math.imul(w, source[from + 1] ?? 0)) | 0;
      b = (b + Math.imul(w, source[from + 2] ?? 0)) | 0;
    }
    const to = targetAt + i * targetStep;
    target[to] = clip8(r);
    target[to + 1] = clip8(g);
    target[to + 2] = clip8(b);
  }
}

export interface Raster {
  /** height × width × `channels` bytes, row-major; the first three channels are R, G, B and a fourth is left out. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** Part of the resized picture, in its px. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * `source` resized to `width` × `height`, of which `window` is computed: window.height × window.width × 3 bytes, row-major.
 * The whole picture where no window is given. A pass that keeps its size is left out, as Pillow does.
 */
export function resize(
  source: Raster,
  width: number,
  height: number,
  filter: Filter = 'bilinear',
  window: Window = { x: 0, y: 0, width, height },
): Uint8Array {
  const kernel = KERNELS[filter];
  const across = width === source.width ? null : tapsOf(source.width, width, window.x, window.width, kernel);
  const down = height === source.height ? null : tapsOf(source.height, height, window.y, window.height, kernel);

  // Only the rows that the vertical pass will read are resampled horizontally.
  const lastRow = window.height - 1;
  const top = down ? (down.first[0] ?? 0) : window.y;
  const bottom = down ? (down.first[lastRow] ?? 0) + (down.count[lastRow] ?? 0) : window.y + window.height;
  const rowBytes = window.width * 3;
  const rows = new Uint8Array((bottom - top) * rowBytes);
  const { data, channels } = source;
  for (let y = top; y < bottom; y++) {
    const to = (y - top) * rowBytes;
    if (across) {
      resampleLine(data, y * source.width * channels, channels, across, rows, to, 3);
    } else {
      for (let x = 0; x < window.width; x++) {
        const from = (y * source.width + window.x + x) * channels;
        for (let c = 0; c < 3; c++) rows[to + x * 3 + c] = data[from + c] ?? 0;
      }
    }
  }
  if (!down) return rows;
  const shifted: Taps = { ...down, first: down.first.map((row) => row - top) };
  const result = new Uint8Array(window.height * rowBytes);
  for (let x = 0; x < window.width; x++) resampleLine(rows, x * 3, rowBytes, shifted, result, x * 3, rowBytes);
  return result;
}
