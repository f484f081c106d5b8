// A file of any kind to named tensors. What a file is is told by its bytes, never by its name. Readers come when they are needed.

import { CheckpointError } from './errors.ts';
import { emptyFile, otherArchive, otherFormat, START_BYTES, unknownFormat } from './otherFormats.ts';
import type { ByteSource } from './source.ts';
import type { TensorFile } from './tensorFile.ts';

/** What reads each form. In the page they are files of their own. */
const READERS = {
  torchLegacy: () => import('./torchLegacy.ts'),
  plainPickle: () => import('./plainPickle.ts'),
  safetensors: () => import('./safetensors.ts'),
  zip: () => import('./zip.ts'),
  torchZip: () => import('./torchZip.ts'),
  npz: () => import('./npz.ts'),
};

/** Fetches all readers, so that a file that is opened later needs no network. One that fails now is told when a file needs it. */
export async function fetchReaders(): Promise<void> {
  await Promise.allSettled(Object.values(READERS).map((load) => load()));
}

function arrived<T>(reader: Promise<T>): Promise<T> {
  return reader.catch((cause: unknown) => {
    throw new CheckpointError(
      'unreadable',
      'The part of the page that reads such files did not arrive: there is no network, or the page was renewed after you had opened it. Reload the page.',
      { cause },
    );
  });
}

/** Opens a checkpoint; `name` is the file's, and only helps a sentence. @throws CheckpointError */
export async function openCheckpoint(file: ByteSource, name = ''): Promise<TensorFile> {
  const source = guarded(file);
  if (source.size === 0) throw emptyFile();
  const start = await source.read(0, Math.min(source.size, START_BYTES));
  if (isZip(start)) return openZip(source);
  if (isPickle(start)) {
    const { isTorchLegacy, readTorchLegacy } = await arrived(READERS.torchLegacy());
    if (isTorchLegacy(start)) return readTorchLegacy(source);
    const { readPlainPickle } = await arrived(READERS.plainPickle());
    return readPlainPickle(source);
  }
  const other = otherFormat(start);
  if (isSafetensors(start) || (!other && /\.safetensors$/i.test(name))) {
    const { readSafetensors } = await arrived(READERS.safetensors());
    return readSafetensors(source);
  }
  throw other ?? unknownFormat(name);
}

async function openZip(source: ByteSource): Promise<TensorFile> {
  const [{ readZip }, { readTorchZip, torchFolder }, { isNpz, readNpz }] = await arrived(
    Promise.all([READERS.zip(), READERS.torchZip(), READERS.npz()]),
  );
  const entries = await readZip(source);
  const folder = torchFolder(entries);
  if (folder !== null) return readTorchZip(entries, folder);
  if (isNpz(entries)) return readNpz(entries);
  throw otherArchive([...entries.keys()]);
}

/** A local header, or the end record of an empty archive. */
const isZip = (start: Uint8Array): boolean =>
  start[0] === 0x50 && start[1] === 0x4b && ((start[2] === 3 && start[3] === 4) || (start[2] === 5 && start[3] === 6));

/** A pickle begins with 0x80 and its protocol; a safetensors length can begin so, too, but then "{" stands at byte 8. */
const isPickle = (start: Uint8Array): boolean =>
  start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5 && start[8] !== 0x7b;

/** "{" behind eight bytes of length, the last of which is no letter: a text may have a "{" there, too. */
const isSafetensors = (start: Uint8Array): boolean => start[8] === 0x7b && (start[7] ?? 0) < 0x20;

/** The file, whose failures are conditions of the world: it may be changed or taken away while it is read. */
function guarded(source: ByteSource): ByteSource {
  return {
    size: source.size,
    async read(offset, length) {
      try {
        return await source.read(offset, length);
      } catch (cause) {
        if (cause instanceof RangeError) throw cause;
        throw new CheckpointError(
          'unreadable',
          'The file can no longer be read: it was changed, moved or taken away since it was chosen. Choose it again.',
          { cause },
        );
      }
    },
  };
}
