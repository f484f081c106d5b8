import { expect, test } from 'vitest';
import { decodeBmp } from './bmp.ts';
import { bmpFile } from './testPictures.ts';

/** A header of 40 bytes, then `rest` (masks or palette), then `rows`. */
function handmade(
  bits: number,
  width: number,
  height: number,
  rest: readonly number[],
  rows: readonly number[],
  compression = 0,
) {
  const bytes = new Uint8Array(54 + rest.length + rows.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54 + rest.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  bytes.set(rest, 54);
  bytes.set(rows, 54 + rest.length);
  return bytes;
}
const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];
const PALETTE = [0, 0, 255, 0, 255, 0, 0, 0]; // red, blue as blue-green-red-0

test('palettes of 1, 4 and 8 bits, the leftmost px in the highest bits', () => {
  expect([...decodeBmp(handmade(1, 3, 1, PALETTE, [0b01000000, 0, 0, 0]), 'a').data]).toEqual([
    ...RED,
    ...BLUE,
    ...RED,
  ]);
  expect([...decodeBmp(handmade(4, 3, 1, PALETTE, [0x01, 0x10, 0, 0]), 'a').data]).toEqual([...RED, ...BLUE, ...BLUE]);
  expect([...decodeBmp(handmade(8, 2, 1, PALETTE, [1, 0, 0, 0]), 'a').data]).toEqual([...BLUE, ...RED]);
});

test('16 bits: five a channel, or by masks', () => {
  expect([...decodeBmp(handmade(16, 2, 1, [], [0x00, 0x7c, 0x1f, 0x00]), 'a').data]).toEqual([...RED, ...BLUE]);
  const masks = [0x00, 0xf8, 0, 0, 0xe0, 0x07, 0, 0, 0x1f, 0x00, 0, 0];
  const green = [0, 255, 0, 255];
  expect([...decodeBmp(handmade(16, 2, 1, masks, [0x00, 0xf8, 0xe0, 0x07], 3), 'a').data]).toEqual([...RED, ...green]);
});

test('32 bits with the mask of a channel in the highest bits', () => {
  const masks = [0, 0, 0, 0xff, 0, 0, 0xff, 0, 0, 0xff, 0, 0]; // red in bits 24–31
  expect([...decodeBmp(handmade(32, 1, 1, masks, [0, 3, 2, 1], 3), 'a').data]).toEqual([1, 2, 3, 255]);
});

test('rows run upwards, or downwards with a negative height', () => {
  const rows = [0, 0, 255, 0, 255, 0, 0, 0]; // a red row, then a blue one, padded to 4 bytes
  expect([...decodeBmp(handmade(24, 1, 2, [], rows), 'a').data]).toEqual([...BLUE, ...RED]);
  expect([...decodeBmp(handmade(24, 1, -2, [], rows), 'a').data]).toEqual([...RED, ...BLUE]);
});

test('run-length compression is refused by name', () => {
  expect(() => decodeBmp(handmade(8, 8, 8, PALETTE, [0, 1], 1), 'old.bmp')).toThrow(
    'old.bmp is a compressed BMP picture',
  );
  const bytes = bmpFile(new Uint8Array(3 * 64), 8, 8);
  bytes[28] = 7;
  expect(() => decodeBmp(bytes, 'odd.bmp')).toThrow('odd.bmp starts like a BMP picture, but its data is damaged');
});
