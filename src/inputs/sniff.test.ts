import { imageSize } from 'image-size';
import { describe, expect, test } from 'vitest';
import { looksLikeWeights, sniff, weightsFormat } from './sniff.ts';
import { readStructure } from './structure.ts';
import {
  animation,
  bmpFile,
  box,
  drawing,
  fileOf,
  forgedPng,
  HEIGHT,
  heicFile,
  joined,
  picture,
  text,
  WIDTH,
} from './testPictures.ts';

const FILES = {
  png: () => fileOf(picture().png()),
  'png, palette, interlaced': () => fileOf(picture().png({ palette: true, progressive: true })),
  jpeg: () => fileOf(picture().jpeg()),
  'jpeg, progressive': () => fileOf(picture().jpeg({ progressive: true })),
  'jpeg, with EXIF and ICC': () => fileOf(picture().jpeg().withMetadata({ orientation: 3 }).withIccProfile('p3')),
  'webp, lossy': () => fileOf(picture().webp()),
  'webp, lossless': () => fileOf(picture().webp({ lossless: true })),
  'webp, lossy with alpha': () => fileOf(picture(4).webp()),
  gif: () => fileOf(picture().gif()),
  avif: () => fileOf(picture().avif()),
  bmp: async () => bmpFile(drawing(WIDTH, HEIGHT, 3), WIDTH, HEIGHT),
} as const;

describe('structure', () => {
  test.each(Object.entries(FILES))('%s: format, size, whole; image-size agrees', async (label, make) => {
    const bytes = await make();
    const format = label.split(',')[0];
    const found = sniff(bytes);
    expect(found).toEqual({ kind: 'picture', format });
    if (found.kind !== 'picture' || found.format === 'svg') throw new Error('unreachable');
    const size = { width: WIDTH, height: HEIGHT };
    expect(readStructure(bytes, found.format)).toEqual({ size, isAnimated: false, missing: null });
    expect(imageSize(bytes)).toMatchObject(size);
  });

  // The trailing bytes that a BMP and an AVIF can lose are told by lengths, the others' by markers: every cut must be noticed.
  test.each(Object.entries(FILES))('%s: a cut is noticed wherever it is', async (label, make) => {
    const bytes = await make();
    const found = sniff(bytes);
    if (found.kind !== 'picture' || found.format === 'svg') throw new Error(`not sniffed: ${label}`);
    for (let length = 12; length < bytes.length; length += Math.max(1, Math.floor(bytes.length / 150))) {
      expect(
        readStructure(bytes.subarray(0, length), found.format).missing,
        `${length} of ${bytes.length}`,
      ).not.toBeNull();
    }
    expect(readStructure(bytes.subarray(0, -1), found.format).missing).not.toBeNull();
  });

  test('animations have more than one frame', async () => {
    expect(readStructure(await fileOf(animation().gif({ delay: [90, 90, 90] })), 'gif').isAnimated).toBe(true);
    expect(readStructure(await fileOf(animation().webp()), 'webp').isAnimated).toBe(true);
    expect(readStructure(forgedPng(16, 16, 3), 'png').isAnimated).toBe(true);
    expect(readStructure(forgedPng(16, 16), 'png').isAnimated).toBe(false);
  });

  test('a JPEG is whole although bytes follow its end marker, and not by the end marker of its thumbnail', async () => {
    const bytes = await fileOf(picture().jpeg());
    expect(readStructure(joined([bytes, new Uint8Array(100)]), 'jpeg').missing).toBeNull();
    const thumbnail = joined([Uint8Array.of(0xff, 0xe1, 0x00, 0x06), Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)]);
    const withThumbnail = joined([bytes.subarray(0, 2), thumbnail, bytes.subarray(2)]);
    expect(readStructure(withThumbnail, 'jpeg').missing).toBeNull();
    expect(readStructure(withThumbnail.subarray(0, -2), 'jpeg').missing).not.toBeNull();
  });

  test('a tail of zeros, as a broken download leaves it, is a cut', async () => {
    const bytes = await fileOf(picture().jpeg());
    bytes.fill(0, Math.floor(bytes.length / 2));
    expect(readStructure(bytes, 'jpeg').missing).not.toBeNull();
  });

  test('of the sizes in a HEIC file the largest counts', () => {
    expect(readStructure(heicFile(4032, 3024), 'heic').size).toEqual({ width: 4032, height: 3024 });
  });

  test('random bytes behind a signature end the walk', () => {
    let state = 99;
    const random = Uint8Array.from({ length: 5000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    for (const format of ['png', 'jpeg', 'gif', 'webp', 'bmp', 'avif'] as const) {
      for (let from = 0; from < 200; from++)
        expect(readStructure(random.subarray(from), format)).toHaveProperty('size');
      expect(readStructure(new Uint8Array(5000), format)).toHaveProperty('size');
    }
  });
});

describe('sniff', () => {
  const ftyp = (brand: string) => box('ftyp', text(`${brand}\0\0\0\0isom`));
  test.each([
    ['plain text', text('Dear diary,\n'), 'starts with plain text'],
    ['text that begins like a bitmap', text('BMX is a sport that began in California.'), 'starts with plain text'],
    ['text in UTF-16', Uint8Array.of(0xff, 0xfe, 0x48, 0, 0x69, 0), 'starts with plain text'],
    ['a web page', text('<!DOCTYPE html><html><body><svg></svg></body></html>'), 'is a web page (HTML)'],
    ['XML', text('<?xml version="1.0"?><note/>'), 'is XML without a drawing (SVG) in it'],
    ['PDF', text('%PDF-1.7\n'), 'is a PDF document'],
    ['ZIP', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), 'is a ZIP archive'],
    ['MP4', ftyp('mp42'), 'is a video or sound file'],
    ['WAV', text('RIFF\0\0\0\0WAVEfmt '), 'is a video or sound file (RIFF)'],
    [
      'noise',
      Uint8Array.of(0x00, 0x9c, 0x03, 0xfe, 0x11),
      'starts with the bytes 00 9c 03 fe, which begin no picture format',
    ],
  ])('%s', (_, bytes, because) => {
    expect(sniff(bytes)).toEqual({ kind: 'other', because });
  });

  test.each([
    ['TIFF', Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0), 'a TIFF or camera raw picture'],
    ['JPEG XL', Uint8Array.of(0xff, 0x0a, 0, 0), 'a JPEG XL picture'],
    ['CR3', ftyp('crx '), 'a camera raw picture (CR3)'],
  ])('%s is a picture that browsers do not share', (_, bytes, what) => {
    expect(sniff(bytes)).toEqual({ kind: 'other-picture', what });
  });

  test('AVIF under a HEIF brand', () => {
    expect(sniff(box('ftyp', text('mif1\0\0\0\0mif1avif')))).toEqual({ kind: 'picture', format: 'avif' });
    expect(sniff(heicFile(100, 100))).toEqual({ kind: 'picture', format: 'heic' });
  });
});

describe('weights', () => {
  const header = text('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  const safetensors = joined([Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0), header, new Uint8Array(4)]);
  const nothingKnown = Uint8Array.of(0x00, 0x9c, 0x03, 0xfe);

  test.each([
    ['safetensors by content', safetensors, 'download', 'safetensors'],
    ['PyTorch zip', Uint8Array.of(0x50, 0x4b, 3, 4), 'crate.pth', 'zip'],
    ['PyTorch legacy', Uint8Array.of(0x80, 2, 0x8a, 0x0a), 'crate.pth.tar', 'pickle'],
    ['npz', Uint8Array.of(0x50, 0x4b, 3, 4), 'U.npz', 'zip'],
    ['GGUF', text('GGUF\x03\0\0\0'), 'x', 'gguf'],
    ['ONNX by name', Uint8Array.of(8, 7, 18), 'vit.onnx', 'onnx'],
    ['an error page named as weights', text('<!DOCTYPE html><title>404'), 'crate.pth', 'zip'],
    ['a file cut to nothing', new Uint8Array(0), 'crate.safetensors', 'safetensors'],
  ])('%s', (_, bytes, name, format) => {
    expect(weightsFormat(bytes, name)).toBe(format);
    expect(looksLikeWeights(bytes, name)).toBe(true);
  });

  test('a picture stays one whatever its name', async () => {
    expect(looksLikeWeights(await fileOf(picture().png()), 'crate.pth')).toBe(false);
    expect(looksLikeWeights(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), 'model.pth.gz')).toBe(true);
    expect(looksLikeWeights(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), 'holiday.gz')).toBe(false);
    expect(looksLikeWeights(text('notes'), 'notes.txt')).toBe(false);
    expect(looksLikeWeights(nothingKnown, 'cat.jpg')).toBe(false);
  });
});
