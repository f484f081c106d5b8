// The skeleton of a picture file: its size, whether it moves, and whether it is whole. Nothing is decoded here. Some decoders
// paint what there is of a file that was cut off and leave the rest grey, others refuse it without a reason: so the end markers are
// looked for before one is asked.

import { ascii, i32le, u16be, u16le, u24le, u32be, u32le } from './bytes.ts';
import type { PictureFormat } from './sniff.ts';

export interface Structure {
  /** As stored: before EXIF rotation, px. Null where the file ends before its header does. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** More than one frame. */
  readonly isAnimated: boolean;
  /** What a file that was cut off does not reach, as in "ends before …"; null when it is whole. */
  readonly missing: string | null;
}

type Size = Structure['size'];

const sizeOf = (width: number, height: number): Size => ({ width, height });

/** PNG: chunks of length, name, data and checksum, from IHDR to IEND; acTL announces an animation. */
function png(bytes: Uint8Array): Structure {
  let size: Size = null;
  let isAnimated = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const name = ascii(bytes, at + 4, 4);
    const next = at + 12 + u32be(bytes, at);
    if (name === 'IHDR') size = sizeOf(u32be(bytes, at + 8), u32be(bytes, at + 12));
    if (next > bytes.length) break;
    if (name === 'acTL') isAnimated = u32be(bytes, at + 8) > 1;
    if (name === 'IEND') return { size, isAnimated, missing: null };
    at = next;
  }
  return { size, isAnimated, missing: 'its end marker (IEND)' };
}

/** JPEG: segments up to the end-of-image marker; a thumbnail's own marker lies inside a segment and is passed over with it. */
function jpeg(bytes: Uint8Array): Structure {
  let size: Size = null;
  let at = 2;
  for (;;) {
    // The next marker: FF and neither 00 (a stuffed data byte), FF (fill) nor D0–D7 (restart). Entropy-coded data is passed over so.
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) return { size, isAnimated: false, missing: null };
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame && at + 9 <= bytes.length) size = sizeOf(u16be(bytes, at + 7), u16be(bytes, at + 5));
    at += 2 + u16be(bytes, at + 2);
  }
  return { size, isAnimated: false, missing: 'its end marker (EOI)' };
}

/** GIF: blocks up to the trailer; each image descriptor is a frame. */
function gif(bytes: Uint8Array): Structure {
  const size = bytes.length >= 10 ? sizeOf(u16le(bytes, 6), u16le(bytes, 8)) : null;
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let frames = 0;
  let at = 13 + tableBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === 0x3b) return { size, isAnimated: frames > 1, missing: null };
    if (block === 0x2c) {
      frames += 1;
      at += 11 + tableBytes(bytes[at + 9] ?? 0); // descriptor, colours, code size
    } else if (block === 0x21) {
      at += 2;
    } else {
      // Neither frame, extension nor end: the data went wrong before, which the decoder will tell.
      return { size, isAnimated: frames > 1, missing: null };
    }
    while ((bytes[at] ?? 0) > 0) at += 1 + (bytes[at] ?? 0);
    at += 1;
  }
  return { size, isAnimated: frames > 1, missing: 'its end marker (trailer)' };
}

/** WebP: a RIFF file states its length; the first chunk the size. */
function webp(bytes: Uint8Array): Structure {
  const chunk = ascii(bytes, 12, 4);
  let size: Size = null;
  if (chunk === 'VP8X' && bytes.length >= 30) size = sizeOf(1 + u24le(bytes, 24), 1 + u24le(bytes, 27));
  if (chunk === 'VP8 ' && bytes.length >= 30) size = sizeOf(u16le(bytes, 26) & 0x3fff, u16le(bytes, 28) & 0x3fff);
  if (chunk === 'VP8L' && bytes.length >= 25) {
    const bits = u32le(bytes, 21); // 14 bits of width − 1, then of height − 1
    size = sizeOf(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff));
  }
  const isAnimated = chunk === 'VP8X' && ((bytes[20] ?? 0) & 0x02) !== 0;
  return { size, isAnimated, missing: u32le(bytes, 4) + 8 > bytes.length ? 'the length that its header states' : null };
}

/** BMP: uncompressed rows have a known length; else the header states the file's. */
function bmp(bytes: Uint8Array): Structure {
  if (bytes.length < 26) return { size: null, isAnimated: false, missing: 'its header does' };
  const headerBytes = u32le(bytes, 14);
  const isOld = headerBytes === 12; // OS/2: sizes of 16 bits
  const width = isOld ? u16le(bytes, 18) : Math.abs(i32le(bytes, 18));
  const height = isOld ? u16le(bytes, 20) : Math.abs(i32le(bytes, 22)); // negative: stored top row first
  const bits = u16le(bytes, isOld ? 24 : 28);
  const compression = isOld ? 0 : u32le(bytes, 30);
  const rowBytes = Math.floor((width * bits + 31) / 32) * 4;
  const isPlain = compression === 0 || compression === 3 || compression === 6;
  const length = isPlain ? u32le(bytes, 10) + rowBytes * height : u32le(bytes, 2);
  return { size: sizeOf(width, height), isAnimated: false, missing: length > bytes.length ? 'its last row' : null };
}

/** Boxes that hold boxes on the way to the sizes; `meta` has four bytes of version and flags first. */
const NESTED: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0 };

/** AVIF and HEIC: the largest `ispe` box is the picture (others are its tiles, its thumbnail, its alpha). */
function heif(bytes: Uint8Array): Structure {
  let size: Size = null;
  let hasData = false;
  /** @returns whether all boxes from `at` to `end` are whole. */
  const walk = (start: number, end: number): boolean => {
    let at = start;
    while (at + 8 <= end) {
      const name = ascii(bytes, at + 4, 4);
      const stated = u32be(bytes, at);
      // 0: to the end of the file. 1: the length follows as 64 bits.
      const length =
        stated === 0 ? end - at : stated === 1 ? u32be(bytes, at + 8) * 2 ** 32 + u32be(bytes, at + 12) : stated;
      if (length < 8) return false;
      if (name === 'ispe' && at + 20 <= end) {
        const width = u32be(bytes, at + 12);
        const height = u32be(bytes, at + 16);
        if (!size || width * height > size.width * size.height) size = { width, height };
      }
      if (name === 'mdat' || name === 'idat') hasData = true;
      const skipped = NESTED[name];
      if (skipped !== undefined) walk(at + 8 + skipped, Math.min(end, at + length));
      if (at + length > end) return false;
      at += length;
    }
    return at === end;
  };
  const isWhole = walk(0, bytes.length) && hasData; // a cut between two boxes leaves whole ones
  const isAnimated = ascii(bytes, 8, 4) === 'avis' || ascii(bytes, 8, 4) === 'msf1';
  return { size, isAnimated, missing: isWhole ? null : 'its last box does' };
}

const READERS: Readonly<Record<Exclude<PictureFormat, 'svg'>, (bytes: Uint8Array) => Structure>> = {
  png,
  jpeg,
  gif,
  webp,
  bmp,
  avif: heif,
  heic: heif,
};

/** For every format but SVG, which svg.ts reads. `bytes`: the whole file; of a part of it only `size` is of use. */
export const readStructure = (bytes: Uint8Array, format: Exclude<PictureFormat, 'svg'>): Structure =>
  READERS[format](bytes);
