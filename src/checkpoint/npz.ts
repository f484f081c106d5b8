// numpy.savez: a zip archive of .npy files, one an array. An .npy file is a magic, a version, a header that is a Python dict in text, and
// the numbers. Format: numpy/lib/format.py, versions 1.0 to 3.0.

import { DTYPE_BYTES } from './dtype.ts';
import { CheckpointError, shown } from './errors.ts';
import { latin1 } from './latin1.ts';
import { storedTensor } from './storedTensor.ts';
import { contiguousStrides, entryCount, isCount, type Layout } from './strided.ts';
import type { Dtype, NamedTensor, TensorFile } from './tensorFile.ts';
import type { ZipEntry } from './zip.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Longest header that is believed; numpy pads to 64 bytes. */
const MAX_HEADER = 2 ** 16;
/** Read at first: all of a usual header, for each read of a packed array unpacks it from its start. */
const FIRST_BYTES = 256;

const DTYPES: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ['f8', 'F64'],
  ['f4', 'F32'],
  ['f2', 'F16'],
  ['i8', 'I64'],
  ['i4', 'I32'],
  ['i2', 'I16'],
  ['i1', 'I8'],
  ['u8', 'U64'],
  ['u4', 'U32'],
  ['u2', 'U16'],
  ['u1', 'U8'],
  ['b1', 'BOOL'],
]);

export const isNpy = (start: Uint8Array): boolean => MAGIC.every((byte, i) => start[i] === byte);

/** Whether a zip archive is one of arrays. */
export const isNpz = (entries: ReadonlyMap<string, ZipEntry>): boolean =>
  entries.size > 0 && [...entries.keys()].every((name) => name.endsWith('.npy'));

/** Arrays of text or objects are left out. @throws CheckpointError */
export async function readNpz(entries: ReadonlyMap<string, ZipEntry>): Promise<TensorFile> {
  const tensors = new Map<string, NamedTensor>();
  for (const entry of entries.values()) {
    const name = entry.name.replace(/\.npy$/, '');
    const header = await readHeader(entry);
    const dtype = DTYPES.get(header.kind);
    if (dtype === undefined) continue;
    const { shape, isFortran, isBigEndian, dataStart } = header;
    const needed = entryCount(shape) * DTYPE_BYTES[dtype];
    if (dataStart + needed !== entry.size) {
      throw damaged(
        entry,
        `it has ${entry.size - dataStart} bytes of numbers, its shape (${shape.join(', ')}) needs ${needed}`,
      );
    }
    const layout: Layout = { offset: 0, shape, strides: isFortran ? fortranStrides(shape) : contiguousStrides(shape) };
    const read: ZipEntry['read'] = (begin, length) => entry.read(dataStart + begin, length);
    tensors.set(name, storedTensor({ name, dtype, layout, isBigEndian, read }));
  }
  if (tensors.size === 0) {
    throw new CheckpointError(
      'not-a-checkpoint',
      'This NumPy archive holds no arrays of numbers. Save the weights with numpy.savez, each tensor under its name.',
    );
  }
  return { container: 'npz', tensors, wrapper: [], metadata: {} };
}

const fortranStrides = (shape: readonly number[]): readonly number[] =>
  [...contiguousStrides([...shape].reverse())].reverse();

const damaged = ({ name }: ZipEntry, why: string): CheckpointError =>
  new CheckpointError('malformed', `The NumPy array ${shown(name)} is damaged: ${why}. Save the file again.`);

interface NpyHeader {
  /** Letter and bytes, "f4". */
  readonly kind: string;
  readonly isBigEndian: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

async function readHeader(entry: ZipEntry): Promise<NpyHeader> {
  const start = await entry.read(0, Math.min(entry.size, FIRST_BYTES));
  const version = start[6] ?? 0;
  if (!isNpy(start) || start.length < 12 || version < 1 || version > 3)
    throw damaged(entry, 'it does not begin as an array does');
  const view = new DataView(start.buffer);
  const [textStart, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > MAX_HEADER || textStart + length > entry.size) throw damaged(entry, `its header claims ${length} bytes`);
  const dataStart = textStart + length;
  const header = dataStart <= start.length ? start.subarray(textStart, dataStart) : await entry.read(textStart, length);
  const text = version === 3 ? new TextDecoder().decode(header) : latin1(header);
  return { ...parseHeader(entry, text), dataStart };
}

/** Of {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }; a descr that is no text (a record) has no kind. */
function parseHeader(entry: ZipEntry, text: string): Omit<NpyHeader, 'dataStart'> {
  const shapeText = /'shape'\s*:\s*\(([\dL,\s]*)\)/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  if (shapeText === undefined || order === undefined || !/'descr'\s*:/.test(text)) {
    throw damaged(entry, 'its header lacks descr, fortran_order or shape');
  }
  const shape = shapeText.split(',').flatMap((side) => (/\d/.test(side) ? [Number(side.replace('L', ''))] : []));
  if (!shape.every(isCount) || shape.length > 64) throw damaged(entry, `its shape is (${shown(shapeText)})`);
  const [, endian = '', kind = ''] = /'descr'\s*:\s*'([<>|=]?)(\w+)'/.exec(text) ?? [];
  return { kind, isBigEndian: endian === '>', isFortran: order === 'True', shape };
}
