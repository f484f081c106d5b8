// pickle.dump of a state dict: a bare pickle in which every storage is a small legacy torch.save file of its own, as bytes.

import { DTYPE_BYTES } from './dtype.ts';
import { CheckpointError } from './errors.ts';
import { type Builder, unpickle } from './pickle.ts';
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
  const builders = new Map(BUILDERS)
    .set('torch.storage._load_from_bytes', loadFromBytes(places))
    .set('_codecs.encode', encode);
  const persistent = (_: unknown, { refuse }: Parameters<Builder>[1]) => {
    throw refuse('it refers to something outside the file');
  };
  const { value } = unpickle(await source.read(0, source.size), { builders, persistent });
  return torchTensors({
    container: 'pytorch-legacy',
    root: value,
    storage: (key) => places.get(key),
    isBigEndian: false,
    noTensors:
      "This is a Python pickle without PyTorch tensors, not the weights of a model. Save them with torch.save(model.state_dict(), 'model.pth').",
  });
}

/** How protocol 2 writes bytes: as text of one letter a byte. */
const encode: Builder = ([text, encoding], { spend, refuse }) => {
  if (typeof text !== 'string' || encoding !== 'latin1') throw refuse('bytes are written in an unknown way');
  spend(Math.ceil(text.length / 64));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
};

/** A storage from the legacy file in its bytes; its numbers are where that file ends. */
function loadFromBytes(places: Map<string, StorageBytes>): Builder {
  return ([bytes], { refuse }) => {
    if (!(bytes instanceof Uint8Array)) throw refuse('a storage is no bytes');
    const { root, end } = pickles(bytes);
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
    return new TorchStorage(key, root.dtype, root.count);
  };
}
