// Picture files for the tests, made on the spot: a seeded drawing in every format, and headers that lie.

import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

export const WIDTH = 48;
export const HEIGHT = 36;

/** A smooth seeded drawing: height × width × channels bytes. */
export function drawing(width: number, height: number, channels: 3 | 4): Uint8Array {
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const c = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    return Math.round(128 + 90 * Math.sin(x / 7 + c) * Math.cos(y / 5 - c));
  });
}

export const picture = (channels: 3 | 4 = 3, width = WIDTH, height = HEIGHT): Sharp =>
  sharp(drawing(width, height, channels), { raw: { width, height, channels } });

export async function fileOf(sharpPicture: Sharp): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await sharpPicture.toBuffer());
}

/** Three frames of 24 × 20 px, red, green, blue. */
export function animation(): Sharp {
  const data = new Uint8Array(24 * 60 * 3);
  for (let i = 0; i < 24 * 60; i++) data[i * 3 + Math.floor(i / (24 * 20))] = 255;
  return sharp(data, { raw: { width: 24, height: 60, channels: 3, pageHeight: 20 } });
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** A valid but for its size nearly empty PNG: the header says width × height, at most 64 KiB of black follow. */
export function forgedPng(width: number, height: number, frames = 1): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits
  header[9] = 2; // RGB
  const control = new Uint8Array(8);
  new DataView(control.buffer).setUint32(0, frames);
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    ...(frames > 1 ? [chunk('acTL', control)] : []),
    chunk('IDAT', deflateSync(new Uint8Array(Math.min(height * (1 + width * 3), 1 << 16)))),
    chunk('IEND', new Uint8Array(0)),
  ];
  return joined(parts);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Uncompressed, `bits` 24 or 32, bottom row first. */
export function bmpFile(rgb: Uint8Array, width: number, height: number, bits: 24 | 32 = 24): Uint8Array<ArrayBuffer> {
  const rowBytes = Math.floor((width * bits + 31) / 32) * 4;
  const bytes = new Uint8Array(54 + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        bytes[54 + (height - 1 - y) * rowBytes + (x * bits) / 8 + 2 - c] = rgb[(y * width + x) * 3 + c] ?? 0;
      }
    }
  }
  return bytes;
}

/** A box of an ISO media file. */
export function box(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts);
  const bytes = new Uint8Array(body.length + 8);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(body, 8);
  return bytes;
}

/** A HEIC file as far as its header goes: brands and one size. No HEVC data, which nothing here could decode. */
export function heicFile(width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = new Uint8Array(12);
  new DataView(size.buffer).setUint32(4, width);
  new DataView(size.buffer).setUint32(8, height);
  const brands = new TextEncoder().encode('heic\0\0\0\0mif1heic');
  const meta = box('meta', new Uint8Array(4), box('iprp', box('ipco', box('ispe', size))));
  return joined([box('ftyp', brands), meta, box('mdat', new Uint8Array(64))]);
}

export const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
