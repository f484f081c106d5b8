// The gate before every decoder, in the page and on the command line: is this a picture, whole, and of a size we can take?

import {
  decodeFailed,
  emptyFile,
  fileTooLarge,
  InputError,
  MAX_FILE_BYTES,
  MAX_PIXELS,
  MAX_SIDE,
  MIN_SIDE,
  notAPicture,
  sizeInWords,
  tooLarge,
  tooSmall,
  truncated,
  unreadable,
  unsupportedFormat,
} from './errors.ts';
import { FORMAT_NAMES, HEAD_BYTES, type PictureFormat, sniff } from './sniff.ts';
import { readStructure } from './structure.ts';
import { sizedSvg, svgIsComplete, svgRoot, svgSize, textOf } from './svg.ts';

/** What both decoders give. */
export interface DecodedPicture {
  readonly name: string;
  /** px, upright: after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** height × width × RGBA, not premultiplied. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** What was done that the file does not say, one sentence; null when there is nothing to say. */
  readonly notice: string | null;
  readonly format: PictureFormat;
  /** The file moves and `data` is its first frame. */
  readonly isAnimated: boolean;
}

/** A picture that may be decoded. */
export interface CheckedPicture {
  readonly format: PictureFormat;
  /** As stored, px: before EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly isAnimated: boolean;
  readonly notice: string | null;
  /** For SVG the text to draw, its size stated at the root; else null. */
  readonly svg: string | null;
}

/** @throws InputError 'too-large', 'too-small' */
export function checkSize(name: string, width: number, height: number): void {
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) throw tooLarge(name, width, height);
  if (width < MIN_SIDE || height < MIN_SIDE) throw tooSmall(name, width, height);
}

/** The format of a file from its first bytes. @throws InputError 'empty', 'not-a-picture', 'unsupported-format' */
export function checkFormat(head: Uint8Array, name: string): PictureFormat {
  if (head.length === 0) throw emptyFile(name);
  const found = sniff(head);
  if (found.kind === 'other-picture') throw unsupportedFormat(name, found.what);
  if (found.kind === 'other') throw notAPicture(name, found.because);
  return found.format;
}

function checkSvg(bytes: Uint8Array, name: string): CheckedPicture {
  const text = textOf(bytes);
  const root = text === null ? null : svgRoot(text);
  if (text === null || !root) throw decodeFailed(name, 'SVG');
  const size = svgSize(root);
  checkSize(name, size.width, size.height);
  if (!svgIsComplete(text, root)) throw truncated(name, 'SVG', 'its end tag');
  const notice = size.assumed && `${name} ${size.assumed}: it is drawn at ${sizeInWords(size.width, size.height)}.`;
  return {
    format: 'svg',
    width: size.width,
    height: size.height,
    isAnimated: false,
    notice,
    svg: sizedSvg(text, root, size),
  };
}

/** `bytes`: the whole file. @throws InputError for every reason not to decode it */
export function checkPicture(bytes: Uint8Array, name: string): CheckedPicture {
  const format = checkFormat(bytes.subarray(0, HEAD_BYTES), name);
  if (format === 'svg') return checkSvg(bytes, name);
  const { size, isAnimated, missing } = readStructure(bytes, format);
  // Size first: a picture that is too large stays so when it is downloaded again.
  if (size) checkSize(name, size.width, size.height);
  if (missing) throw truncated(name, FORMAT_NAMES[format], missing);
  if (!size) throw decodeFailed(name, FORMAT_NAMES[format]);
  const notice = isAnimated ? `${name} is animated: its first frame is used.` : null;
  return { format, ...size, isAnimated, notice, svg: null };
}

/**
 * The bytes of a picture file. No more is read of a large file than is needed to say that it is no picture, or too large.
 * @throws InputError 'empty', 'not-a-picture', 'unsupported-format', 'too-large', 'file-too-large', 'unreadable'
 */
export async function readPictureFile(blob: Blob, name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (blob.size === 0) throw emptyFile(name);
  try {
    const head = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
    const format = checkFormat(head, name);
    if (blob.size > MAX_FILE_BYTES) {
      const size = format === 'svg' ? null : readStructure(head, format).size;
      if (size) checkSize(name, size.width, size.height);
      throw fileTooLarge(name, blob.size);
    }
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw unreadable(name, { cause });
  }
}
