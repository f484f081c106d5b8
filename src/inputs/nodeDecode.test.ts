// Every wrong file by its sentence, and every right one by its pixels. The browser's decoder shares the gate (check.ts).

import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readPictureFile } from './check.ts';
import { InputError } from './errors.ts';
import { decodePicture } from './nodeDecode.ts';
import { overWhite } from './preprocess.ts';
import {
  animation,
  bmpFile,
  drawing,
  fileOf,
  forgedPng,
  HEIGHT,
  heicFile,
  picture,
  text,
  WIDTH,
} from './testPictures.ts';

async function refusal(file: Blob | Uint8Array<ArrayBuffer>, name: string): Promise<InputError> {
  const error: unknown = await decodePicture(file, name).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InputError)) throw new Error(`not refused with an InputError: ${name}: ${error}`);
  return error;
}

describe('refused', () => {
  test('text', async () => {
    const error = await refusal(text('shopping: eggs'), 'notes.txt');
    expect(error.code).toBe('not-a-picture');
    expect(error.sentence).toBe(
      'notes.txt is not a picture: it starts with plain text. Open a PNG, JPEG, WebP, GIF, AVIF, BMP or SVG.',
    );
    expect(error.message).toBe(error.sentence);
  });

  test('an empty file', async () => {
    for (const file of [new Blob([]), new Uint8Array(0)]) {
      const error = await refusal(file, 'a.png');
      expect(error.code).toBe('empty');
      expect(error.sentence).toContain('a.png is empty (0 bytes)');
    }
  });

  test.each([0.02, 0.1, 0.5, 0.9, 0.999])('a JPEG cut at %f of its length', async (share) => {
    const bytes = await fileOf(picture().jpeg());
    const error = await refusal(bytes.slice(0, Math.max(4, Math.floor(bytes.length * share))), 'half.jpg');
    expect(error.code).toBe('truncated');
    expect(error.sentence).toContain('half.jpg is cut off: the JPEG ends before its end marker (EOI)');
  });

  test.each(['png', 'gif', 'webp', 'avif'] as const)('a %s cut in half', async (format) => {
    const bytes = await fileOf(picture().toFormat(format));
    expect((await refusal(bytes.slice(0, bytes.length / 2), 'half')).code).toBe('truncated');
  });

  test('a BMP and an SVG cut in half', async () => {
    const bmp = bmpFile(drawing(WIDTH, HEIGHT, 3), WIDTH, HEIGHT);
    expect((await refusal(bmp.slice(0, bmp.length / 2), 'half.bmp')).code).toBe('truncated');
    expect((await refusal(text('<svg width="40" height="40"><g>'), 'half.svg')).code).toBe('truncated');
  });

  test.each([
    [12_000, 12_000, '12,000 × 12,000 px (144 megapixels)'],
    [12_001, 100, '12,001 × 100 px (1.2 megapixels)'],
    [8_001, 8_000, '8,001 × 8,000 px (64 megapixels)'],
  ])('%i × %i px, before anything is decoded', async (width, height, words) => {
    const error = await refusal(forgedPng(width, height), 'map.png');
    expect(error.code).toBe('too-large');
    expect(error.sentence).toBe(
      `map.png is too large: ${words}, and the limit is 64 megapixels and 12,000 px a side. Open a smaller copy.`,
    );
  });

  test.each([
    [1, 1],
    [7, 100],
    [100, 7],
  ])('%i × %i px', async (width, height) => {
    const error = await refusal(await fileOf(picture(3, width, height).png()), 'dot.png');
    expect(error.code).toBe('too-small');
    expect(error.sentence).toContain(`${width} × ${height} px`);
  });

  test('HEIC by its name, which sharp is built without', async () => {
    const error = await refusal(heicFile(4032, 3024), 'IMG_1.HEIC');
    expect(error.code).toBe('unsupported-format');
    expect(error.sentence).toContain('IMG_1.HEIC is a HEIC picture, which the command line cannot open.');
    expect(error.cause).toBeDefined();
  });

  test('TIFF', async () => {
    const error = await refusal(await fileOf(picture().tiff()), 'scan.tif');
    expect(error.code).toBe('unsupported-format');
    expect(error.sentence).toContain('scan.tif is a TIFF or camera raw picture');
  });

  test('a PNG whose data is damaged', async () => {
    const bytes = await fileOf(picture().png());
    bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 40);
    expect((await refusal(bytes, 'bad.png')).code).toBe('decode-failed');
    expect((await refusal(text('<svg width="40" height="40"><g></svg>'), 'bad.svg')).code).toBe('decode-failed');
  });

  test('a file that vanished between choosing and reading', async () => {
    class Vanished extends Blob {
      override slice(): Blob {
        return this;
      }
      override arrayBuffer(): Promise<ArrayBuffer> {
        return Promise.reject(new DOMException('gone', 'NotReadableError'));
      }
    }
    const error = await refusal(new Vanished(['x']), 'cat.png');
    expect(error.code).toBe('unreadable');
    expect(error.sentence).toContain('cat.png could not be read');
  });

  test('a file of gigabytes is refused by its first bytes', async () => {
    const png = forgedPng(100, 100);
    class Huge extends Blob {
      override get size(): number {
        return 3 * 2 ** 30;
      }
      override arrayBuffer(): Promise<ArrayBuffer> {
        throw new Error('read as a whole');
      }
    }
    await expect(readPictureFile(new Huge([png]), 'x.png')).rejects.toMatchObject({ code: 'file-too-large' });
    await expect(readPictureFile(new Huge([text('a')]), 'x.txt')).rejects.toMatchObject({ code: 'not-a-picture' });
    await expect(readPictureFile(new Huge([forgedPng(20_000, 20_000)]), 'x.png')).rejects.toMatchObject({
      code: 'too-large',
    });
  });
});

describe('decoded', () => {
  const expected = drawing(WIDTH, HEIGHT, 3);
  const rgbOf = (data: Uint8ClampedArray) =>
    Uint8Array.from({ length: (data.length / 4) * 3 }, (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)] ?? 0);

  test.each([
    ['png', () => fileOf(picture().png())],
    ['webp', () => fileOf(picture().webp({ lossless: true }))],
    ['bmp', async () => bmpFile(expected, WIDTH, HEIGHT)],
    ['bmp', async () => bmpFile(expected, WIDTH, HEIGHT, 32)],
  ] as const)('%s without loss', async (format, make) => {
    const decoded = await decodePicture(new Blob([await make()]), 'a');
    expect(decoded).toMatchObject({ name: 'a', width: WIDTH, height: HEIGHT, notice: null, format, isAnimated: false });
    expect(rgbOf(decoded.data)).toEqual(expected);
    expect(decoded.data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  test('EXIF orientation 6 is turned upright', async () => {
    const stored = await fileOf(picture().jpeg({ quality: 95 }).withMetadata({ orientation: 6 }));
    const plain = await decodePicture(await fileOf(picture().jpeg({ quality: 95 })), 'plain');
    const { width, height, data } = await decodePicture(stored, 'phone.jpg');
    expect([width, height]).toEqual([HEIGHT, WIDTH]);
    // 6: the stored picture turned by 90° clockwise, (x, y) ← (y, HEIGHT − 1 − x)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = ((HEIGHT - 1 - x) * WIDTH + y) * 4;
        const to = (y * width + x) * 4;
        expect(data.subarray(to, to + 4)).toEqual(plain.data.subarray(from, from + 4));
      }
    }
  });

  test('a colour profile changes nothing, as in Pillow', async () => {
    const wide = await fileOf(picture().png().withIccProfile('p3'));
    const { data } = await sharp(wide, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
    expect((await sharp(wide).metadata()).icc).toBeDefined();
    expect(rgbOf((await decodePicture(wide, 'p3.png')).data)).toEqual(new Uint8Array(data));
  });

  test('grey pictures have three equal channels', async () => {
    const { data } = await decodePicture(await fileOf(picture().greyscale().png()), 'grey.png');
    expect(data.length).toBe(WIDTH * HEIGHT * 4);
    for (let i = 0; i < data.length; i += 4) expect([data[i + 1], data[i + 2]]).toEqual([data[i], data[i]]);
  });

  test('inks become light without a profile', async () => {
    const cmyk = await fileOf(
      sharp({ create: { width: 16, height: 16, channels: 3, background: '#ffffff' } })
        .toColourspace('cmyk')
        .jpeg(),
    );
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    expect([...(await decodePicture(cmyk, 'print.jpg')).data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  });

  test('alpha is kept, and lies over white for the model', async () => {
    const rgba = Uint8Array.from({ length: 64 * 4 }, (_, i) => [200, 100, 0, i < 128 ? 0 : 128][i % 4] ?? 0);
    const decoded = await decodePicture(
      await fileOf(sharp(rgba, { raw: { width: 8, height: 8, channels: 4 } }).png()),
      'a.png',
    );
    expect([...decoded.data]).toEqual([...rgba]);
    const { data } = overWhite(decoded);
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...data.subarray(189, 192)]).toEqual([227, 177, 127]);
  });

  test.each(['gif', 'webp'] as const)('of an animated %s the first frame, and a notice', async (format) => {
    const bytes = await fileOf(
      format === 'gif' ? animation().gif({ delay: [90, 90, 90] }) : animation().webp({ lossless: true }),
    );
    const { width, height, data, notice, isAnimated } = await decodePicture(bytes, 'dance');
    expect([width, height, isAnimated]).toEqual([24, 20, true]);
    expect(notice).toBe('dance is animated: its first frame is used.');
    expect([...data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
  });

  test('an SVG without size at 640 px on the long side', async () => {
    const svg = '<svg viewBox="0 0 30 20"><rect width="15" height="20" fill="#f00"/></svg>';
    const { width, height, data, notice } = await decodePicture(text(svg), 'flag.svg');
    expect([width, height]).toEqual([640, 427]);
    expect(notice).toBe('flag.svg states proportions but no size: it is drawn at 640 × 427 px.');
    const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
    expect(at(100, 400)).toEqual([255, 0, 0, 255]);
    expect(at(500, 20)).toEqual([0, 0, 0, 0]);
  });

  test('HTML in an SVG is not drawn, and that is said', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><foreignObject width="40" height="40"/></svg>';
    expect((await decodePicture(text(svg), 'chart.svg')).notice).toContain('chart.svg has HTML in it (foreignObject)');
  });
});
