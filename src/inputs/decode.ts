// File → RGBA pixels in the browser, in the page or in a worker (SVG in the page only). No colour management, as Pillow has none;
// EXIF rotation is applied, as people expect and torchvision's loader does not.

import { type CheckedPicture, checkPicture, checkSize, type DecodedPicture, readPictureFile } from './check.ts';
import { decodeFailed, outOfMemory, unsupportedHere } from './errors.ts';
import { FORMAT_NAMES, MIME_TYPES } from './sniff.ts';

/** @throws InputError with a sentence for people */
export async function decodePicture(blob: Blob, name: string): Promise<DecodedPicture> {
  const checked = checkPicture(await readPictureFile(blob, name), name);
  const { format, isAnimated, notice } = checked;
  const { source, width, height } =
    checked.svg === null ? await decodeRaster(blob, checked, name) : await drawSvg(checked, name);
  try {
    checkSize(name, width, height);
    const data = readPixels(source, width, height, name);
    // A canvas beyond what the browser can hold stays blank instead of failing; a JPEG has no transparent pixels.
    if (format === 'jpeg' && data[3] !== 255) throw outOfMemory(name, width, height);
    return { name, width, height, data, notice, format, isAnimated };
  } finally {
    if (source instanceof ImageBitmap) source.close();
  }
}

interface Drawable {
  readonly source: ImageBitmap | HTMLImageElement;
  readonly width: number;
  readonly height: number;
}

async function decodeRaster(blob: Blob, { format }: CheckedPicture, name: string): Promise<Drawable> {
  try {
    const source = await createImageBitmap(new Blob([blob], { type: MIME_TYPES[format] }), {
      imageOrientation: 'from-image',
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
    });
    return { source, width: source.width, height: source.height };
  } catch (cause) {
    if (format === 'heic') throw unsupportedHere(name, 'a HEIC picture', 'this browser', { cause });
    throw decodeFailed(name, FORMAT_NAMES[format], { cause });
  }
}

/**
 * An <img> runs no scripts and fetches nothing that the drawing refers to. A data: URL, since Chromium keeps the pixels of a blob: one to
 * itself when the drawing has HTML in it (foreignObject), as those of diagram editors do.
 */
async function drawSvg({ svg, width, height }: CheckedPicture, name: string): Promise<Drawable> {
  if (typeof Image === 'undefined')
    throw new Error('decodePicture: an SVG needs an <img>, so it is decoded in the page');
  const source = new Image(width, height);
  source.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg ?? '')}`;
  try {
    await source.decode();
  } catch (cause) {
    throw decodeFailed(name, 'SVG', { cause });
  }
  return { source, width, height };
}

function readPixels(
  source: CanvasImageSource,
  width: number,
  height: number,
  name: string,
): Uint8ClampedArray<ArrayBuffer> {
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      willReadFrequently: true,
      colorSpace: 'srgb',
    });
    if (!context) throw new Error('missing 2d context');
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  } catch (cause) {
    // Some browsers keep the pixels of a drawing with HTML in it to themselves.
    if (cause instanceof DOMException && cause.name === 'SecurityError')
      throw unsupportedHere(name, 'an SVG with HTML in it', 'this browser', { cause });
    throw outOfMemory(name, width, height, { cause });
  }
}

/**
 * An object URL that shows the full-size picture as the model's crop refers to it: the file itself, which an <img> turns upright by its
 * EXIF; of an animation its first frame; of an SVG the drawing at the size it was decoded at. The caller revokes it.
 */
export async function pictureUrl(blob: Blob, picture: DecodedPicture): Promise<string> {
  const type = MIME_TYPES[picture.format];
  if (picture.format === 'svg') {
    const { svg } = checkPicture(await readPictureFile(blob, picture.name), picture.name);
    return URL.createObjectURL(new Blob([svg ?? ''], { type }));
  }
  if (picture.isAnimated) return URL.createObjectURL(await encodePng(picture));
  return URL.createObjectURL(blob.type === type ? blob : new Blob([blob], { type }));
}

async function encodePng({ name, width, height, data }: DecodedPicture): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw outOfMemory(name, width, height);
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
