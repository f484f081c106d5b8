// Safetensors files: eight bytes of header length (little-endian), a JSON header that names every tensor, then the numbers. Reading
// checks everything the header claims against the bytes at hand before any number is looked at.

import { DTYPE_BYTES, isDtype, toF32 } from './dtype.ts';
import { CheckpointError, cutShort, shown } from './errors.ts';
import { toHalf } from './halfFloat.ts';
import type { ByteSource } from './source.ts';
import { storedTensor } from './storedTensor.ts';
import { contiguousStrides, entryCount, isCount } from './strided.ts';
import type { Dtype, NamedTensor, TensorFile } from './tensorFile.ts';

/** Bytes of the length field in front of the header. */
const LENGTH_BYTES = 8;
/** Largest header that is believed: 200 bytes a tensor make it 160 000 tensors. */
const MAX_HEADER = 2 ** 25;

/** Reads the header alone; tensors are read when they are asked for. @throws CheckpointError */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  const { size } = source;
  const dataStart = headerEnd(await source.read(0, Math.min(size, LENGTH_BYTES + 1)), size);
  const header = readHeader(await source.read(LENGTH_BYTES, dataStart - LENGTH_BYTES), dataStart, size);
  const tensors = new Map<string, NamedTensor>();
  for (const { name, dtype, shape, begin } of header.entries) {
    const layout = { offset: 0, shape, strides: contiguousStrides(shape) };
    const read = (from: number, length: number) => source.read(begin + from, length);
    tensors.set(name, storedTensor({ name, dtype, layout, read }));
  }
  return { container: 'safetensors', tensors, wrapper: [], metadata: header.metadata };
}

/** A tensor of a file that lies in memory. */
export interface TensorInMemory {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly count: number;
  f32(): Float32Array<ArrayBuffer>;
}

/** The tensors of a small file that lies in memory, without waiting: for reference cases and recorded traces. @throws CheckpointError */
export function safetensorsInMemory(file: Uint8Array | ArrayBuffer): ReadonlyMap<string, TensorInMemory> {
  const [buffer, start, length] =
    file instanceof Uint8Array ? [file.buffer, file.byteOffset, file.length] : [file, 0, file.byteLength];
  // A plain array even of a Node Buffer, whose slice is no copy.
  const bytes = new Uint8Array(buffer as ArrayBuffer, start, length);
  const dataStart = headerEnd(bytes.subarray(0, LENGTH_BYTES + 1), bytes.length);
  const { entries } = readHeader(bytes.subarray(LENGTH_BYTES, dataStart), dataStart, bytes.length);
  const inMemory = ({ name, dtype, shape, begin, end }: Entry): TensorInMemory => ({
    name,
    dtype,
    shape,
    count: entryCount(shape),
    // A copy, so that an unaligned offset is no matter and the numbers do not keep the whole file alive.
    f32: () => toF32(bytes.slice(begin, end), dtype, name),
  });
  return new Map(entries.map((entry) => [entry.name, inMemory(entry)]));
}

/** Where the header ends, told by the first nine bytes. */
function headerEnd(start: Uint8Array, fileSize: number): number {
  if (start.length <= LENGTH_BYTES) throw notSafetensors(`it has only ${fileSize} bytes`);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER) || length < 2n) {
    throw notSafetensors(`its first eight bytes claim a header of ${length} bytes`);
  }
  if (start[LENGTH_BYTES] !== 0x7b) throw notSafetensors('its header does not begin with "{"');
  const end = LENGTH_BYTES + Number(length);
  if (end > fileSize) throw cutShort(fileSize, `its header alone ends at byte ${end}`);
  return end;
}

const notSafetensors = (why: string): CheckpointError =>
  new CheckpointError(
    'not-a-checkpoint',
    `This is not a safetensors file: ${why}. Choose a file with the weights of a CRATE.`,
  );

const malformed = (why: string, options?: ErrorOptions): CheckpointError =>
  new CheckpointError('malformed', `The safetensors header is damaged: ${why}. Save the file again.`, options);

/** A tensor's place; bytes are counted from the start of the file. */
interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

function readHeader(json: Uint8Array, dataStart: number, fileSize: number): Header {
  const entries: Entry[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(parseHeader(json))) {
    if (name === '__metadata__') {
      metadata = readMetadata(value);
      continue;
    }
    const entry = readEntry(name, value, dataStart);
    if (entry.end > fileSize) throw cutShort(fileSize, `tensor ${shown(name)} ends at byte ${entry.end}`);
    entries.push(entry);
  }
  refuseOverlaps(entries);
  return { entries, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed('it is not UTF-8 text', { cause });
  }
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('it is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('it is not a JSON object');
  const repeated = repeatedKey(text);
  if (repeated !== null) throw malformed(`tensor ${shown(repeated)} is listed twice`);
  return value as Record<string, unknown>;
}

/** The first key that occurs twice at the top level of a JSON object, or null. JSON.parse keeps the last one without a word. */
function repeatedKey(json: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (letter === '{' || letter === '[') depth++;
    else if (letter === '}' || letter === ']') depth--;
    else if (letter === '"') {
      const end = stringEnd(json, at);
      if (depth === 1 && /^\s*:/.test(json.slice(end + 1, end + 20))) {
        const key = JSON.parse(json.slice(at, end + 1)) as string;
        if (seen.has(key)) return key;
        seen.add(key);
      }
      at = end;
    }
  }
  return null;
}

/** Place of the quote that ends the string that begins at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

function readMetadata(entry: unknown): Readonly<Record<string, string>> {
  const isTextMap =
    typeof entry === 'object' && entry !== null && Object.values(entry).every((value) => typeof value === 'string');
  if (!isTextMap) throw malformed('__metadata__ is not a table of texts');
  return entry as Readonly<Record<string, string>>;
}

function readEntry(name: string, entry: unknown, dataStart: number): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets)) {
    throw malformed(`tensor ${shown(name)} lacks dtype, shape or data_offsets`);
  }
  if (!isDtype(dtype)) throw malformed(`tensor ${shown(name)} has the unknown dtype ${shown(dtype)}`);
  if (!shape.every(isCount) || shape.length > 64) {
    throw malformed(`tensor ${shown(name)} has the shape ${numbersText(shape)}`);
  }
  const [begin, end] = offsets as unknown[];
  if (offsets.length !== 2 || !isCount(begin) || !isCount(end) || begin > end) {
    throw malformed(`tensor ${shown(name)} has the offsets ${numbersText(offsets)}`);
  }
  const needed = entryCount(shape) * DTYPE_BYTES[dtype];
  if (needed !== end - begin) {
    throw malformed(`tensor ${shown(name)} has ${end - begin} bytes, ${dtype} ${numbersText(shape)} needs ${needed}`);
  }
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

/** A list for a sentence; what is no number in it may be anything. */
const numbersText = (values: readonly unknown[]): string =>
  shown(
    `[${values
      .slice(0, 64)
      .map((value) => (typeof value === 'number' ? value : '?'))
      .join(', ')}]`,
  );

function refuseOverlaps(entries: readonly Entry[]): void {
  const filled = entries.filter(({ begin, end }) => begin < end).sort((a, b) => a.begin - b.begin);
  filled.forEach((entry, i) => {
    const before = filled[i - 1];
    if (before && entry.begin < before.end)
      throw malformed(`tensors ${shown(before.name)} and ${shown(entry.name)} overlap`);
  });
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
