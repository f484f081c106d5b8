// Safetensors files: eight bytes of header length (little-endian), a JSON header that names every tensor, then the numbers. Reading
// checks everything the header claims against the bytes at hand before any number is looked at.

import { CheckpointError } from './errors.ts';
import { readBfloats, readHalves, toHalf } from './halfFloat.ts';
import { refuseOtherFormats } from './otherFormats.ts';

/** Number kinds that become f32. Others may be listed in a file but cannot be read as weights. */
export type FloatDtype = 'F32' | 'F16' | 'BF16' | 'F64';

const DTYPE_BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

export interface NamedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Entries, the product of the shape. */
  readonly count: number;
  /** The entries as f32, row-major; read from the file at each call. @throws CheckpointError 'unsupported-dtype' */
  f32(): Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of the length field in front of the header. */
const LENGTH_BYTES = 8;
/** Largest header that is believed, as in the format's own reader. */
const MAX_HEADER = 100_000_000;

/** Reads a safetensors file. The bytes are kept, not copied. @throws CheckpointError */
export function readSafetensors(file: Uint8Array | ArrayBuffer): TensorFile {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  refuseOtherFormats(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(MAX_HEADER) || headerLength < 2n) {
    throw new CheckpointError(
      'not-safetensors',
      notSafetensors(`its first eight bytes are no plausible header length`),
    );
  }
  const dataStart = LENGTH_BYTES + Number(headerLength);
  if (bytes[LENGTH_BYTES] !== 0x7b) {
    throw new CheckpointError('not-safetensors', notSafetensors(`its header does not begin with "{"`));
  }
  if (dataStart > bytes.byteLength) throw truncated(bytes.byteLength, `its header alone ends at byte ${dataStart}`);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart));
  const tensors = new Map<string, NamedTensor>();
  const ranges: { readonly name: string; readonly begin: number; readonly end: number }[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = readMetadata(entry);
      continue;
    }
    const { dtype, shape, count, begin, end } = readEntry(name, entry);
    if (dataStart + end > bytes.byteLength) {
      throw truncated(bytes.byteLength, `tensor ${name} ends at byte ${dataStart + end}`);
    }
    ranges.push({ name, begin, end });
    tensors.set(name, { name, dtype, shape, count, f32: () => readF32(view, dataStart + begin, name, dtype, count) });
  }
  refuseOverlaps(ranges);
  return { tensors, metadata };
}

const notSafetensors = (why: string): string =>
  `This is not a safetensors file: ${why}. Choose a .safetensors file with the weights of a CRATE.`;

const truncated = (length: number, claim: string): CheckpointError =>
  new CheckpointError(
    'truncated',
    `The file is cut short: it has ${length} bytes, but ${claim}. Download or copy it again.`,
  );

const malformed = (why: string, options?: ErrorOptions): CheckpointError =>
  new CheckpointError('malformed', `The safetensors header is damaged: ${why}. Save the file again.`, options);

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('it is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('it is not a JSON object');
  const repeated = repeatedKey(text);
  if (repeated !== null) throw malformed(`tensor ${repeated} is listed twice`);
  return value as Record<string, unknown>;
}

/** The first key that occurs twice at the top level of a JSON object, or null. JSON.parse keeps the last one without a word. */
function repeatedKey(text: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const token = match[0];
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && match[1] !== undefined) {
      const key = JSON.parse(token.slice(0, token.length - match[1].length)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}

function readMetadata(entry: unknown): Readonly<Record<string, string>> {
  const isTextMap =
    typeof entry === 'object' && entry !== null && Object.values(entry).every((value) => typeof value === 'string');
  if (!isTextMap) throw malformed('__metadata__ is not a table of texts');
  return entry as Readonly<Record<string, string>>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(name: string, entry: unknown) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets)) {
    throw malformed(`tensor ${name} lacks dtype, shape or data_offsets`);
  }
  const size = DTYPE_BYTES[dtype];
  if (size === undefined) throw malformed(`tensor ${name} has the unknown dtype ${dtype}`);
  if (!shape.every(isCount)) throw malformed(`tensor ${name} has the shape [${shape.join(', ')}]`);
  const [begin, end] = offsets as unknown[];
  if (offsets.length !== 2 || !isCount(begin) || !isCount(end) || begin > end) {
    throw malformed(`tensor ${name} has the offsets [${offsets.join(', ')}]`);
  }
  const count = (shape as number[]).reduce((product, side) => product * side, 1);
  if (count * size !== end - begin) {
    throw malformed(`tensor ${name} has ${end - begin} bytes, ${dtype} [${shape.join(', ')}] needs ${count * size}`);
  }
  return { dtype, shape: shape as readonly number[], count, begin, end };
}

function refuseOverlaps(ranges: { readonly name: string; readonly begin: number; readonly end: number }[]): void {
  const filled = ranges.filter(({ begin, end }) => begin < end).sort((a, b) => a.begin - b.begin);
  filled.forEach((range, i) => {
    const before = filled[i - 1];
    if (before && range.begin < before.end) throw malformed(`tensors ${before.name} and ${range.name} overlap`);
  });
}

function readF32(view: DataView, offset: number, name: string, dtype: string, count: number): Float32Array {
  const at = view.byteOffset + offset;
  switch (dtype) {
    case 'F32': {
      // A copy, so that an unaligned offset is no matter and the weights do not keep the whole file alive.
      return new Float32Array(view.buffer.slice(at, at + 4 * count) as ArrayBuffer);
    }
    case 'F16':
      return readHalves(view, offset, count);
    case 'BF16':
      return readBfloats(view, offset, count);
    case 'F64':
      return new Float32Array(new Float64Array(view.buffer.slice(at, at + 8 * count) as ArrayBuffer));
    default:
      throw new CheckpointError(
        'unsupported-dtype',
        `Tensor ${name} holds ${dtype} numbers; weights must be F32, F16, BF16 or F64. Save the model in one of these.`,
      );
  }
}

/** A tensor to be written; `data` is rounded to the dtype. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: 'F32' | 'F16';
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** A safetensors file with the tensors in the order given; the header is padded with spaces to a multiple of 8 bytes. */
export function writeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const { name, dtype, shape, data } of tensors) {
    const count = shape.reduce((product, side) => product * side, 1);
    if (count !== data.length) {
      throw new RangeError(
        `writeSafetensors: ${name} holds ${data.length} numbers, [${shape.join(', ')}] needs ${count}`,
      );
    }
    if (name in header) throw new RangeError(`writeSafetensors: ${name} is given twice`);
    const begin = end;
    end += count * (dtype === 'F32' ? 4 : 2);
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  bytes.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerLength;
  for (const { dtype, data } of tensors) {
    for (let i = 0; i < data.length; i++) {
      if (dtype === 'F32') view.setFloat32(at + 4 * i, data[i] as number, true);
      else view.setUint16(at + 2 * i, toHalf(data[i] as number), true);
    }
    at += data.length * (dtype === 'F32' ? 4 : 2);
  }
  return bytes;
}
