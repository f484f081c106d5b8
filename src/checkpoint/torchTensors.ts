// From what a PyTorch file unpickles to, to tensors that can be read: every claim of the pickle is held against the bytes of the storages
// before anything is allocated.

import { DTYPE_BYTES } from './dtype.ts';
import { CheckpointError, shown } from './errors.ts';
import { storedTensor } from './storedTensor.ts';
import { entryCount, spanLength } from './strided.ts';
import type { Container, NamedTensor, TensorFile } from './tensorFile.ts';
import { TorchTensor } from './torchObjects.ts';
import { type PlainValue, unreadTensor, unwrap } from './unwrap.ts';

/** The bytes of one storage in the file. */
export interface StorageBytes {
  readonly size: number;
  read(begin: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

export interface TorchPickle {
  readonly container: Container;
  readonly root: unknown;
  /** By the key of its persistent id; undefined when the file has none. */
  readonly storage: (key: string) => StorageBytes | undefined;
  readonly isBigEndian: boolean;
  /** What a file without tensors is, and what to do. */
  readonly noTensors?: string;
}

/** @throws CheckpointError */
export async function torchTensors(file: TorchPickle): Promise<TensorFile> {
  const { tensors, wrapper, metadata, scalars } = unwrap(file.root);
  if (tensors.size === 0) throw noTensors(file);
  const named = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) named.set(name, namedTensor(name, tensor, file));
  const values = new Map<string, PlainValue>(metadata);
  for (const [path, scalar] of scalars) {
    const [value] = await namedTensor(path, scalar, file).f32();
    if (value !== undefined) values.set(path, value);
  }
  return { container: file.container, tensors: named, wrapper, metadata: Object.fromEntries(values) };
}

/** Of the tensors that are not read, what makes them in Python, what they are, and what to do. */
const UNREAD: readonly (readonly [maker: RegExp, kind: string, remedy: string])[] = [
  [/_rebuild_qtensor$/, 'quantised', 'Save the model as it was before it was quantised.'],
  [
    /_rebuild_sparse/,
    'sparse',
    "Save dense ones: torch.save({k: t.to_dense() for k, t in state_dict.items()}, 'model.pth').",
  ],
];
const OTHER = [
  'complex or otherwise special',
  'The weights of a CRATE are real numbers in plain tensors: save those with torch.save.',
] as const;

function noTensors({ root, noTensors: sentence }: TorchPickle): CheckpointError {
  const maker = unreadTensor(root);
  if (maker !== null) {
    const [, kind, remedy] = UNREAD.find(([pattern]) => pattern.test(maker)) ?? [null, ...OTHER];
    return new CheckpointError(
      'not-a-checkpoint',
      `The tensors of this PyTorch file are ${kind}, which is not read here. ${remedy}`,
    );
  }
  const what = root instanceof TorchTensor ? 'a single tensor' : 'no tensors';
  return new CheckpointError(
    'not-a-checkpoint',
    sentence ??
      `This PyTorch file holds ${what}, not the weights of a model. Choose the file that torch.save(model.state_dict(), 'model.pth') wrote.`,
  );
}

function namedTensor(name: string, { storage, dtype, layout }: TorchTensor, file: TorchPickle): NamedTensor {
  const size = DTYPE_BYTES[dtype];
  const storageSize = storage.dtype === null ? 1 : DTYPE_BYTES[storage.dtype];
  const start = storage.start * storageSize;
  const held = storage.count * storageSize;
  const end = (layout.offset + spanLength(layout)) * size;
  if (!(end <= held) || !Number.isSafeInteger(entryCount(layout.shape))) {
    throw malformed(
      `tensor ${shown(name)} (${shown(layout.shape.join(' × '))}) needs ${end} bytes of a storage of ${held}`,
    );
  }
  const bytes = file.storage(storage.key);
  if (!bytes) throw malformed(`the numbers of tensor ${shown(name)} (storage ${shown(storage.key)}) are missing`);
  if (start + held > bytes.size) {
    throw malformed(
      `the numbers of tensor ${shown(name)} take ${start + held} bytes, but the file holds ${bytes.size} of them`,
    );
  }
  return storedTensor({
    name,
    dtype,
    layout,
    isBigEndian: file.isBigEndian,
    read: (begin, length) => bytes.read(start + begin, length),
  });
}

const malformed = (why: string): CheckpointError =>
  new CheckpointError('malformed', `The PyTorch file is damaged: ${why}. Download or save it again.`);
