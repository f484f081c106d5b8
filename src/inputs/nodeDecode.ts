// File → RGBA pixels in Node, for the command line; never imported by browser code. Same checks, same sentences and the same choices as
// decode.ts: upright by EXIF, no colour management, first frame.

import sharp from 'sharp';
import { decodeBmp } from './bmp.ts';
import { checkPicture, type DecodedPicture, readPictureFile } from './check.ts';
import { decodeFailed, MAX_PIXELS, unsupportedHere } from './errors.ts';
import { FORMAT_NAMES } from './sniff.ts';

/** @throws InputError with a sentence for people */
export async function decodePicture(file: Blob | Uint8Array<ArrayBuffer>, name: string): Promise<DecodedPicture> {
  const bytes = file instanceof Uint8Array ? file : await readPictureFile(file, name);
  const { format, isAnimated, svg, ...checked } = checkPicture(bytes, name);
  const isPartial = svg !== null && /<(?:[\w-]+:)?foreignObject[\s>]/.test(svg);
  const notice = isPartial
    ? `${name} has HTML in it (foreignObject), which the command line does not draw.`
    : checked.notice;
  if (format === 'bmp') return { name, ...decodeBmp(bytes, name), notice, format, isAnimated };
  try {
    const picture = sharp(svg === null ? bytes : Buffer.from(svg), {
      autoOrient: true,
      ignoreIcc: true,
      failOn: 'error', // warnings, such as a few stray bytes, are passed over by browsers too
      limitInputPixels: MAX_PIXELS,
    });
    const isInk = (await picture.metadata()).space === 'cmyk';
    const pixels = isInk
      ? picture.pipelineColourspace('cmyk').toColourspace('cmyk')
      : picture.toColourspace('srgb').ensureAlpha();
    const { data, info } = await pixels.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels !== 4) throw new Error(`invalid channels: ${channels}`);
    const rgba = new Uint8ClampedArray(data);
    if (isInk) inkToRgba(rgba);
    return { name, width, height, data: rgba, notice, format, isAnimated };
  } catch (cause) {
    if (format === 'heic') throw unsupportedHere(name, 'a HEIC picture', 'the command line', { cause });
    throw decodeFailed(name, FORMAT_NAMES[format], { cause });
  }
}

/** Cyan, magenta, yellow, black → RGBA in place, without a profile: (1 − ink)(1 − black), as Pillow and browsers have it. */
function inkToRgba(data: Uint8ClampedArray): void {
  for (let at = 0; at < data.length; at += 4) {
    const light = 255 - (data[at + 3] ?? 0);
    for (let c = 0; c < 3; c++) data[at + c] = Math.round(((255 - (data[at + c] ?? 0)) * light) / 255);
    data[at + 3] = 255;
  }
}
