// Windows bitmaps for the command line, since sharp reads none; browsers have their own decoder. Uncompressed ones of 1, 4, 8, 16, 24 and
// 32 bits; run-length compressed ones are refused by name.

import { i32le, u16le, u32le } from './bytes.ts';
import { decodeFailed, unsupportedHere } from './errors.ts';

export interface BmpPixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, top row first. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A channel of a 16- or 32-bit px: its value scaled to 0 … 255. */
function channelOf(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / largest);
}

/** Red, green, blue and alpha masks: stated with compression 3 and 6 (and by large headers), else fixed. */
function masksOf(
  bytes: Uint8Array,
  bits: number,
  compression: number,
  headerBytes: number,
): readonly [number, number, number, number] {
  if (compression === 0) return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  const hasAlpha = compression === 6 || headerBytes >= 56;
  return [u32le(bytes, 54), u32le(bytes, 58), u32le(bytes, 62), hasAlpha ? u32le(bytes, 66) : 0];
}

/** `bytes`: a file that checkPicture let through. @throws InputError 'unsupported-format', 'decode-failed' */
export function decodeBmp(bytes: Uint8Array, name: string): BmpPixels {
  const headerBytes = u32le(bytes, 14);
  const isOld = headerBytes === 12; // OS/2: 16-bit sizes, palette of three bytes a colour
  const width = isOld ? u16le(bytes, 18) : i32le(bytes, 18);
  const storedHeight = isOld ? u16le(bytes, 20) : i32le(bytes, 22);
  const height = Math.abs(storedHeight);
  const bits = u16le(bytes, isOld ? 24 : 28);
  const compression = isOld ? 0 : u32le(bytes, 30);
  if (![0, 3, 6].includes(compression)) throw unsupportedHere(name, 'a compressed BMP picture', 'the command line');
  if (width < 1 || ![1, 4, 8, 16, 24, 32].includes(bits)) throw decodeFailed(name, 'BMP');

  const rowsAt = u32le(bytes, 10);
  const rowBytes = Math.floor((width * bits + 31) / 32) * 4;
  const masks = masksOf(bytes, bits, compression, headerBytes);
  const [red, green, blue, alpha] = masks.map(channelOf);
  if (!red || !green || !blue || !alpha) throw new Error('missing channel');
  const colourBytes = isOld ? 3 : 4;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = rowsAt + (storedHeight > 0 ? height - 1 - y : y) * rowBytes;
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 4;
      if (bits === 16 || bits === 32) {
        const pixel = bits === 16 ? u16le(bytes, row + x * 2) : u32le(bytes, row + x * 4);
        data[to] = red(pixel);
        data[to + 1] = green(pixel);
        data[to + 2] = blue(pixel);
        data[to + 3] = masks[3] === 0 ? 255 : alpha(pixel);
        continue;
      }
      // Palette numbers are packed, the leftmost px in the highest bits.
      const packed = bytes[row + Math.floor((x * bits) / 8)] ?? 0;
      const index = (packed >> (8 - bits - ((x * bits) % 8))) & ((1 << bits) - 1);
      const from = bits === 24 ? row + x * 3 : 14 + headerBytes + index * colourBytes;
      data[to] = bytes[from + 2] ?? 0;
      data[to + 1] = bytes[from + 1] ?? 0;
      data[to + 2] = bytes[from] ?? 0;
      data[to + 3] = 255;
    }
  }
  return { width, height, data };
}
