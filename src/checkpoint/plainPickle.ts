// pickle.dump of a state dict: a bare pickle in which every storage is a small legacy torch.save file of its own, as bytes.

import { DTYPE_BYTES } from './dtype.ts';
import { CheckpointError } from './errors.ts';
import { type Builder, PickleBudget, unpickle } from './pickle.ts';
import type { ByteSource } from './source.ts';
import type { TensorFile } from './tensorFile.ts';
import { pickles } from './torchLegacy.ts';
import { BUILDERS, TorchStorage } from './torchObjects.ts';
import { type StorageBytes, torchTensors } from './torchTensors.ts';

/** Largest pickle that is read: it cannot be read in parts. */
const MAX_BYTES = 2 ** 30;

/** @throws CheckpointError */
export async function readPlainPickle(source: ByteSource): Promise<TensorFile> {
  if (source.size > MAX_BYTES) {
    throw new CheckpointError(
      'too-large',
      `This Python pickle has ${source.size} bytes, more than are read at once. Save the weights with torch.save or as safetensors.`,
    );
  }
  const places = new Map<string, StorageBytes>();
  const budget = new PickleBudget();
  const builders = new Map(BUILDERS)
    .set('torch.storage._load_from_bytes', loadFromBytes(places, budget))
    .set('_codecs.encode', encodeAtMost(source.size));
  const persistent = (_: unknown, { refuse }: Parameters<Builder>[1]) => {
    throw refuse('it refers to something outside the file');
  };
  const { value } = unpickle(await source.read(0, source.size), { builders, persistent }, 0, budget);
  return torchTensors({
    container: 'pytorch-legacy',
    root: value,
    storage: (key) => places.get(key),
    isBigEndian: false,
    noTensors:
      "This is a Python pickle without PyTorch tensors, not the weights of a model. Save them with torch.save(model.state_dict(), 'model.pth').",
  });
}

/** How protocol 2 writes bytes: as text of one letter a byte. Each text is meant once, so all together are no longer than the file. */
function encodeAtMost(limit: number): Builder {
  let left = limit;
  return ([text, encoding], { refuse }) => {
    if (typeof text !== 'string' || encoding !== 'latin1') throw refuse('bytes are written in an unknown way');
    left -= text.length;
    if (left < 0) throw refuse('it makes more bytes than the file has');
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  };
}

/** A storage from the legacy file in its bytes; its numbers are where that file ends. The same bytes give the same storage. */
function loadFromBytes(places: Map<string, StorageBytes>, budget: PickleBudget): Builder {
  const known = new WeakMap<Uint8Array, TorchStorage>();
  return ([bytes], { refuse }) => {
    if (!(bytes instanceof Uint8Array)) throw refuse('a storage is no bytes');
    const before = known.get(bytes);
    if (before) return before;
    const { root, end } = pickles(bytes, budget);
    if (!(root instanceof TorchStorage)) throw refuse('a storage is none');
    // Behind the count of eight bytes, which says what the pickle says.
    const numbers = bytes.subarray(Math.min(bytes.length, end + 8));
    if (numbers.length < root.count * (root.dtype === null ? 1 : DTYPE_BYTES[root.dtype])) {
      throw refuse('a storage is cut short');
    }
    const key = String(places.size);
    places.set(key, {
      size: numbers.length,
      read: async (begin, length) => numbers.slice(begin, begin + length) as Uint8Array<ArrayBuffer>,
    });
    const storage = new TorchStorage(key, root.dtype, root.count);
    known.set(bytes, storage);
    return storage;
  };
}
