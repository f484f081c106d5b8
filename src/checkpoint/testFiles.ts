// Builds files for tests, right ones and wrong ones, byte by byte: pickles from opcodes, zip archives with whatever headers a test wants,
// torch.save files of both kinds, NumPy arrays. Needs Node (zlib). Not in the page.

import { deflateRawSync } from 'node:zlib';
import type { CrateKind } from '../model/config.ts';
import { buildWeights } from './builders.ts';
import type { Sizes } from './sizes.ts';

export type Part = string | number | Uint8Array | readonly number[];

/** The parts one after the other: text as UTF-8, a number as one byte. */
export const bytesOf = (...parts: readonly Part[]): Uint8Array<ArrayBuffer> => {
  const arrays = parts.map((part) => {
    if (typeof part === 'string') return new TextEncoder().encode(part);
    if (typeof part === 'number') return Uint8Array.of(part);
    return part instanceof Uint8Array ? part : Uint8Array.from(part);
  });
  const all = new Uint8Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
};

/** Little-endian bytes of an unsigned integer. */
export function little(value: number, bytes: 1 | 2 | 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer, 0, bytes);
}

export const floats = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Float32Array.from(values).buffer);

/** Pieces of a pickle, protocol 2; each leaves one value on the stack. */
export const py = {
  none: bytesOf('N'),
  int: (value: number): Uint8Array =>
    value < 2 ** 31 ? bytesOf('J', little(value >>> 0, 4)) : bytesOf([0x8a, 8], little(value, 8)),
  text: (value: string): Uint8Array => {
    const encoded = new TextEncoder().encode(value);
    return bytesOf('X', little(encoded.length, 4), encoded);
  },
  global: (module: string, name: string): Uint8Array => bytesOf(`c${module}\n${name}\n`),
  tuple: (...items: readonly Uint8Array[]): Uint8Array => bytesOf('(', ...items, 't'),
  list: (...items: readonly Uint8Array[]): Uint8Array => bytesOf('](', ...items, 'e'),
  dict: (entries: Readonly<Record<string, Uint8Array>>): Uint8Array =>
    bytesOf('}(', ...Object.entries(entries).flatMap(([key, value]) => [py.text(key), value]), 'u'),
  call: (module: string, name: string, ...args: readonly Uint8Array[]): Uint8Array =>
    bytesOf(py.global(module, name), py.tuple(...args), 'R'),
  /** An object of a class with attributes, as pickle writes those of any class. */
  object: (module: string, name: string, attributes: Uint8Array): Uint8Array =>
    bytesOf(py.global(module, name), [0x29, 0x81], attributes, 'b'),
  pickle: (value: Uint8Array): Uint8Array => bytesOf([0x80, 2], value, '.'),
};

export interface TensorToPickle {
  readonly key: string;
  readonly type?: string;
  /** Entries of the storage. */
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Behind the storage's size, as legacy files have it. */
  readonly view?: Uint8Array;
}

const ints = (values: readonly number[]): Uint8Array => py.tuple(...values.map(py.int));

/** A storage's persistent id. */
export const storageOf = ({
  key,
  type = 'FloatStorage',
  count,
  view,
}: Omit<TensorToPickle, 'shape' | 'strides'>): Uint8Array =>
  bytesOf(
    py.tuple(
      py.text('storage'),
      py.global('torch', type),
      py.text(key),
      py.text('cpu'),
      py.int(count),
      ...(view ? [view] : []),
    ),
    'Q',
  );

export const tensorOf = (tensor: TensorToPickle): Uint8Array =>
  py.call(
    'torch._utils',
    '_rebuild_tensor_v2',
    storageOf(tensor),
    py.int(tensor.offset ?? 0),
    ints(tensor.shape),
    ints(tensor.strides),
    Uint8Array.of(0x89),
    py.call('collections', 'OrderedDict'),
  );

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Lies of the directory. */
  readonly claim?: { readonly size?: number; readonly packed?: number; readonly offset?: number };
}

/** A zip archive; checksums are left 0, as torch may do. With `zip64` sizes and places stand in the wide fields, as in files above 4 GB. */
export function zipOf(parts: readonly ZipPart[], { zip64 = false } = {}): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, deflate = false, claim = {} } of parts) {
    const packed = deflate ? deflateRawSync(data) : data;
    const sizes = [claim.packed ?? packed.length, claim.size ?? data.length] as const;
    const nameLength = little(new TextEncoder().encode(name).length, 2);
    const start = bytesOf(little(zip64 ? 45 : 20, 2), little(0x800, 2), little(deflate ? 8 : 0, 2), little(0, 8));
    const offset = claim.offset ?? at;
    const narrow = (value: number) => little(zip64 ? 0xffffffff : value, 4);
    const wide = (...values: readonly number[]) =>
      zip64 ? bytesOf(little(1, 2), little(8 * values.length, 2), ...values.map((value) => little(value, 8))) : [];
    const localExtra = wide(sizes[1], sizes[0]);
    const extra = wide(sizes[1], sizes[0], offset);
    const common = (extraLength: number) =>
      bytesOf(start, narrow(sizes[0]), narrow(sizes[1]), nameLength, little(extraLength, 2));
    const local = bytesOf('PK\x03\x04', common(localExtra.length), name, localExtra, packed);
    directory.push(
      bytesOf(
        'PK\x01\x02',
        little(45, 2),
        common(extra.length),
        little(0, 8),
        little(0, 2),
        narrow(offset),
        name,
        extra,
      ),
    );
    locals.push(local);
    at += local.length;
  }
  const listed = bytesOf(...directory);
  const count = parts.length;
  const record = zip64
    ? bytesOf(
        'PK\x06\x06',
        little(44, 8),
        little(45, 2),
        little(45, 2),
        little(0, 8),
        little(count, 8),
        little(count, 8),
        little(listed.length, 8),
        little(at, 8),
        'PK\x06\x07',
        little(0, 4),
        little(at + listed.length, 8),
        little(1, 4),
      )
    : [];
  const end = zip64
    ? bytesOf('PK\x05\x06', little(0, 4), little(0xffffffff, 4), little(2 ** 53 - 1, 8).fill(0xff), little(0, 2))
    : bytesOf(
        'PK\x05\x06',
        little(0, 4),
        little(count, 2),
        little(count, 2),
        little(listed.length, 4),
        little(at, 4),
        little(0, 2),
      );
  return bytesOf(...locals, listed, record, end);
}

/** A torch.save file of today. */
export const torchZip = (
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  others: readonly ZipPart[] = [],
): Uint8Array =>
  zipOf([
    { name: 'model/data.pkl', data: pickle },
    ...Object.entries(storages).map(([key, data]) => ({ name: `model/data/${key}`, data })),
    ...others,
  ]);

export const LEGACY_MAGIC = bytesOf(
  [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
  '.',
);

/** A torch.save file of before 1.6; storages of f32. */
export const torchLegacy = (
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  protocol = 1001,
): Uint8Array =>
  bytesOf(
    LEGACY_MAGIC,
    py.pickle(py.int(protocol)),
    py.pickle(py.dict({ protocol_version: py.int(1001) })),
    pickle,
    py.pickle(py.list(...Object.keys(storages).map(py.text))),
    ...Object.values(storages).flatMap((data) => [little(data.length / 4, 8), data]),
  );

/** Sizes of the smallest CRATE there can be. */
const SMALLEST: Sizes = {
  imageSize: 1,
  patchSize: 1,
  classes: 1,
  d: 1,
  L: 1,
  inner: 1,
  atoms: 1,
  headWidth: null,
  decoder: null,
  hasOutputMap: true,
};

/** A torch.save file of a CRATE of any sizes: every tensor is one number, repeated (strides 0), and those of one shape are one object. */
export function repeatedCrate(kind: CrateKind, sizes: Partial<Sizes>, value = 0): Uint8Array {
  const decoder = kind === 'crate-mae' ? { L: 1, inner: 1 } : null;
  const places = new Map<string, number>();
  const entries: Record<string, Uint8Array> = {};
  buildWeights(kind, { ...SMALLEST, decoder, ...sizes }, (name, shape) => {
    const place = places.get(String(shape)) ?? places.size;
    const isNew = place === places.size;
    places.set(String(shape), place);
    const tensor = { key: '0', count: 1, shape, strides: shape.map(() => 0) };
    entries[name] = isNew ? bytesOf(tensorOf(tensor), 'q', place) : bytesOf('h', place);
    return new Float32Array(0);
  });
  return torchZip(py.pickle(py.dict(entries)), { 0: floats(value) });
}

/** An .npy file, version 1.0 unless said otherwise. */
export function npyOf(header: string, data: Uint8Array, version: 1 | 2 | 3 = 1): Uint8Array {
  const text = new TextEncoder().encode(`${header}\n`);
  return bytesOf([0x93], 'NUMPY', [version, 0], little(text.length, version === 1 ? 2 : 4), text, data);
}

export const npyHeader = (descr: string, shape: readonly number[], isFortran = false): string =>
  `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${shape.map((side) => `${side},`).join(' ')}), }`;

/** A safetensors file with this header (text or object) and so many data bytes. */
export function safetensorsOf(header: unknown, dataBytes = 0): Uint8Array {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  const encoded = new TextEncoder().encode(json);
  return bytesOf(little(encoded.length, 8), encoded, new Uint8Array(dataBytes));
}
