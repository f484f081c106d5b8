// What can be wrong with an input, as a code for code and one sentence for people: the cause, then the remedy.

export type InputErrorCode =
  | 'empty'
  | 'not-a-picture'
  | 'unsupported-format'
  | 'truncated'
  | 'too-large'
  | 'too-small'
  | 'file-too-large'
  | 'unreadable'
  | 'decode-failed'
  | 'folder'
  | 'link-not-fetched'
  | 'camera-refused'
  | 'camera-missing'
  | 'camera-busy'
  | 'camera-insecure'
  | 'camera-failed';

export class InputError extends Error {
  readonly code: InputErrorCode;
  readonly sentence: string;
  constructor(code: InputErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'InputError';
    this.code = code;
    this.sentence = sentence;
  }
}

export const MAX_SIDE = 12_000; // px
export const MAX_PIXELS = 64_000_000; // 256 MB of RGBA
export const MIN_SIDE = 8; // px
export const MAX_FILE_BYTES = 512 * 2 ** 20; // 64 megapixels of uncompressed 16-bit RGBA

const FORMATS = 'a PNG, JPEG, WebP, GIF, AVIF, BMP or SVG';

const grouped = (value: number): string => value.toLocaleString('en-US');
export const sizeInWords = (width: number, height: number): string => `${grouped(width)} × ${grouped(height)} px`;
/** A file without a name (a blob of a script) is still spoken of. */
const called = (name: string): string => (name.trim() === '' ? 'The file' : name);

export const emptyFile = (name: string): InputError =>
  new InputError('empty', `${called(name)} is empty (0 bytes). Save or download it again, or open another picture.`);

/** `because` completes "it …": "starts with plain text". */
export const notAPicture = (name: string, because: string): InputError =>
  new InputError('not-a-picture', `${called(name)} is not a picture: it ${because}. Open ${FORMATS}.`);

/** `kind` with its article: "a TIFF picture". */
export const unsupportedFormat = (name: string, kind: string, options?: ErrorOptions): InputError =>
  new InputError(
    'unsupported-format',
    `${called(name)} is ${kind}, which cannot be opened here. Save it as PNG or JPEG and open that.`,
    options,
  );

/** `kind` with its article, `who` is "this browser" or "the command line". */
export const unsupportedHere = (name: string, kind: string, who: string, options?: ErrorOptions): InputError =>
  new InputError(
    'unsupported-format',
    `${called(name)} is ${kind}, which ${who} cannot open. Save it as PNG or JPEG and open that.`,
    options,
  );

/** `missing` completes "it ends before …": "its end marker (EOI)". */
export const truncated = (name: string, format: string, missing: string): InputError =>
  new InputError(
    'truncated',
    `${called(name)} is cut off: the ${format} ends before ${missing}, so part of the picture is missing. Download or copy it again.`,
  );

/** The size is allowed, but the browser has no canvas of it. */
export const outOfMemory = (name: string, width: number, height: number, options?: ErrorOptions): InputError =>
  new InputError(
    'too-large',
    `${called(name)} needs more memory than the browser gives: ${sizeInWords(width, height)}. Open a smaller copy.`,
    options,
  );

export function tooLarge(name: string, width: number, height: number): InputError {
  const megapixels = grouped(Math.round((width * height) / 1e5) / 10);
  return new InputError(
    'too-large',
    `${called(name)} is too large: ${sizeInWords(width, height)} (${megapixels} megapixels), and the limit is ` +
      `${grouped(MAX_PIXELS / 1e6)} megapixels and ${grouped(MAX_SIDE)} px a side. Open a smaller copy.`,
  );
}

export const tooSmall = (name: string, width: number, height: number): InputError =>
  new InputError(
    'too-small',
    `${called(name)} is too small: ${sizeInWords(width, height)}, and at least ${MIN_SIDE} × ${MIN_SIDE} px are needed. Open a larger picture.`,
  );

export const fileTooLarge = (name: string, bytes: number): InputError =>
  new InputError(
    'file-too-large',
    `${called(name)} is too large a file for a picture: ${grouped(Math.ceil(bytes / 2 ** 20))} MiB, and the limit is ` +
      `${grouped(MAX_FILE_BYTES / 2 ** 20)} MiB. Open a smaller copy.`,
  );

export const unreadable = (name: string, options?: ErrorOptions): InputError =>
  new InputError(
    'unreadable',
    `${called(name)} could not be read: it was moved, changed or locked since it was chosen. Choose it again.`,
    options,
  );

/** `format` without article: "JPEG". */
export const decodeFailed = (name: string, format: string, options?: ErrorOptions): InputError =>
  new InputError(
    'decode-failed',
    `${called(name)} starts like a ${format} picture, but its data is damaged. Download or copy it again, or save it anew as PNG.`,
    options,
  );
