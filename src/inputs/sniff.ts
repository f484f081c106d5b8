// What a file is, from its first bytes; the name and the type a browser gives are not believed.
//
// Own code, not `image-size`: that package tells sizes only, and completeness, animation and the kinds that are not pictures need the
// same walk through the bytes anyway; it also misreads SVG roots (viewBox with commas, style), OS/2 bitmaps and cropped HEIF.
// structure.test.ts holds the sizes read here to it.

import { ascii, startsWith, u32be, u32le } from './bytes.ts';
import { svgRoot, textOf } from './svg.ts';

export type PictureFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'heic' | 'bmp' | 'svg';

export const FORMAT_NAMES: Readonly<Record<PictureFormat, string>> = {
  png: 'PNG',
  jpeg: 'JPEG',
  webp: 'WebP',
  gif: 'GIF',
  avif: 'AVIF',
  heic: 'HEIC',
  bmp: 'BMP',
  svg: 'SVG',
};

export const MIME_TYPES: Readonly<Record<PictureFormat, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  heic: 'image/heic',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
};

export type WeightsFormat = 'safetensors' | 'zip' | 'pickle' | 'npy' | 'gguf' | 'hdf5' | 'tflite' | 'onnx';

export type Sniffed =
  | { readonly kind: 'picture'; readonly format: PictureFormat }
  /** A picture of a format that browsers do not share; `what` with its article. */
  | { readonly kind: 'other-picture'; readonly what: string }
  /** `because` completes "it …". */
  | { readonly kind: 'other'; readonly because: string };

/** Bytes that suffice for `sniff` and `weightsFormat`; an SVG's prolog may be long. */
export const HEAD_BYTES = 64 * 1024;

const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];

/** ISO media files (AVIF, HEIC, MP4, …) tell what they are by brands in their first box. */
function sniffBrands(head: Uint8Array): Sniffed {
  const brands: string[] = [];
  const end = Math.min(u32be(head, 0), head.length);
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(ascii(head, at, 4)); // at 12: a version
  if (brands.includes('avif') || brands.includes('avis')) return { kind: 'picture', format: 'avif' };
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) return { kind: 'picture', format: 'heic' };
  if (brands.includes('crx ')) return { kind: 'other-picture', what: 'a camera raw picture (CR3)' };
  return { kind: 'other', because: 'is a video or sound file' };
}

const OTHER_PICTURES: readonly (readonly [readonly number[], string])[] = [
  [[0x49, 0x49, 0x2a, 0x00], 'a TIFF or camera raw picture'],
  [[0x4d, 0x4d, 0x00, 0x2a], 'a TIFF or camera raw picture'],
  [[0xff, 0x0a], 'a JPEG XL picture'],
  [[0x00, 0x00, 0x00, 0x0c, 0x4a, 0x58, 0x4c, 0x20], 'a JPEG XL picture'],
  [[0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20], 'a JPEG 2000 picture'],
  [[0x38, 0x42, 0x50, 0x53], 'a Photoshop document'],
  [[0x00, 0x00, 0x01, 0x00], 'an icon file (ICO)'],
];

const OTHERS: readonly (readonly [string, string])[] = [
  ['%PDF', 'is a PDF document'],
  ['%!PS', 'is a PostScript document'],
  ['\x1f\x8b', 'is compressed with gzip'],
  ['7z\xbc\xaf', 'is a 7-Zip archive'],
  ['Rar!', 'is a RAR archive'],
  ['\x1aE\xdf\xa3', 'is a video'],
  ['OggS', 'is a video or sound file'],
  ['ID3\x03', 'is a sound file'],
  ['ID3\x04', 'is a sound file'],
  ['fLaC', 'is a sound file'],
  ['MZ\x90', 'is a Windows program'],
  ['\x7fELF', 'is a program'],
];

const WEIGHTS_BECAUSE: Readonly<Record<WeightsFormat, string>> = {
  safetensors: 'holds model weights (safetensors)',
  zip: 'is a ZIP archive',
  pickle: 'holds Python objects (pickle)',
  npy: 'is a NumPy array',
  gguf: 'holds model weights (GGUF)',
  hdf5: 'is an HDF5 file',
  tflite: 'holds model weights (TensorFlow Lite)',
  onnx: 'holds model weights (ONNX)',
};

/** `head`: the first HEAD_BYTES of the file, or all of it. */
export function sniff(head: Uint8Array): Sniffed {
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return { kind: 'picture', format: 'png' };
  if (startsWith(head, [0xff, 0xd8, 0xff])) return { kind: 'picture', format: 'jpeg' };
  if (/^GIF8[79]a/.test(ascii(head, 0, 6))) return { kind: 'picture', format: 'gif' };
  if (ascii(head, 0, 4) === 'RIFF') {
    if (ascii(head, 8, 4) === 'WEBP') return { kind: 'picture', format: 'webp' };
    return { kind: 'other', because: 'is a video or sound file (RIFF)' };
  }
  if (isBmp(head)) return { kind: 'picture', format: 'bmp' };
  for (const [signature, what] of OTHER_PICTURES)
    if (startsWith(head, signature)) return { kind: 'other-picture', what };
  if (ascii(head, 4, 4) === 'ftyp') return sniffBrands(head);
  for (const [signature, because] of OTHERS)
    if (ascii(head, 0, signature.length) === signature) return { kind: 'other', because };
  const weights = weightsByContent(head);
  if (weights) return { kind: 'other', because: WEIGHTS_BECAUSE[weights] };
  return sniffText(head);
}

/** 'BM' alone begins many a text: the header's length must be one that exists. */
const isBmp = (head: Uint8Array): boolean =>
  ascii(head, 0, 2) === 'BM' && head.length > 17 && [12, 16, 40, 52, 56, 64, 108, 124].includes(u32le(head, 14));

function sniffText(head: Uint8Array): Sniffed {
  const text = textOf(head);
  if (text === null) {
    const first = [...head.subarray(0, 4)].map((value) => value.toString(16).padStart(2, '0')).join(' ');
    return { kind: 'other', because: `starts with the bytes ${first}, which begin no picture format` };
  }
  if (svgRoot(text)) return { kind: 'picture', format: 'svg' };
  const start = text.trimStart().slice(0, 200).toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html'))
    return { kind: 'other', because: 'is a web page (HTML)' };
  if (start.startsWith('<?xml')) return { kind: 'other', because: 'is XML without a drawing (SVG) in it' };
  if (start.startsWith('version https://git-lfs')) {
    return { kind: 'other', because: 'is a Git LFS pointer, a note of where the real file lies' };
  }
  return { kind: 'other', because: 'starts with plain text' };
}

/** Of the formats that hold weights, the one these bytes begin; null for none. */
function weightsByContent(head: Uint8Array): WeightsFormat | null {
  if (ascii(head, 0, 4) === 'PK\x03\x04') return 'zip';
  if (ascii(head, 0, 4) === 'GGUF') return 'gguf';
  if (ascii(head, 0, 6) === '\x93NUMPY') return 'npy';
  if (startsWith(head, [0x89, 0x48, 0x44, 0x46])) return 'hdf5';
  if (ascii(head, 4, 4) === 'TFL3') return 'tflite';
  // safetensors: the length of the JSON header (u64, under 100 MB), then the header.
  if (u32le(head, 4) === 0 && u32le(head, 0) >= 2 && u32le(head, 0) <= 1e8 && ascii(head, 8, 1) === '{')
    return 'safetensors';
  // pickle: PROTO and the protocol, 2 to 5; PyTorch's legacy files begin so too.
  const protocol = head[1] ?? 0;
  if (head[0] === 0x80 && protocol >= 2 && protocol <= 5) return 'pickle';
  return null;
}

const WEIGHTS_BY_NAME: Readonly<Record<string, WeightsFormat>> = {
  safetensors: 'safetensors',
  pth: 'zip',
  pt: 'zip',
  ckpt: 'zip',
  bin: 'zip',
  tar: 'pickle',
  pkl: 'pickle',
  t7: 'zip',
  npz: 'zip',
  npy: 'npy',
  gguf: 'gguf',
  h5: 'hdf5',
  tflite: 'tflite',
  onnx: 'onnx',
};

/**
 * Which kind of weights a dropped file holds, or null where it is to be opened as a picture. Content goes before the name: a
 * picture stays one whatever it is called. A name like model.pth goes before unknown content, so that the reader of checkpoints
 * can say what is wrong with it.
 */
export function weightsFormat(head: Uint8Array, name: string): WeightsFormat | null {
  if (sniff(head).kind === 'picture') return null;
  // A compressed one still bears its name: model.pth.gz.
  const bare = name.toLowerCase().replace(/\.(gz|xz|zst|bz2)$/, '');
  return weightsByContent(head) ?? WEIGHTS_BY_NAME[bare.split('.').pop() ?? ''] ?? null;
}

export const looksLikeWeights = (head: Uint8Array, name: string): boolean => weightsFormat(head, name) !== null;
