// torch.save before 1.6, or with _use_new_zipfile_serialization=False: five pickles one after the other (magic number, protocol, system,
// the object, the storages' keys), then each storage as a count and its numbers, little-endian.

import { DTYPE_BYTES } from './dtype.ts';
import { CheckpointError, cutShort, shown } from './errors.ts';
import { PickleBudget, PickleObject, type PickleRules, unpickle } from './pickle.ts';
import type { ByteSource } from './source.ts';
import type { TensorFile } from './tensorFile.ts';
import { TORCH_RULES, TorchStorage } from './torchObjects.ts';
import { type StorageBytes, torchTensors } from './torchTensors.ts';

/** 0x1950a86a20f9469cfc6c, torch's magic number, as a pickle of protocol 2 to 5 holds it (LONG1 of ten bytes). */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const PROTOCOL = 1001;
/** The pickles are read from the start of the file, from this many bytes at first. */
const FIRST_BYTES = 2 ** 20;
const MAX_PICKLES = 2 ** 26;
/** Storages in all; a checkpoint has one a tensor. */
const MAX_STORAGES = 10_000;
/** A storage's count in front of its numbers. */
const COUNT_BYTES = 8;

/** Whether a file that begins so is a legacy file. */
export function isTorchLegacy(start: Uint8Array): boolean {
  // Behind 0x80 and the protocol; protocols 4 and 5 put a frame of nine bytes in between.
  return [2, 11].some((offset) => MAGIC.every((byte, i) => start[offset + i] === byte));
}

/** @throws CheckpointError */
export async function readTorchLegacy(source: ByteSource): Promise<TensorFile> {
  const { root, keys, storages, end } = await readPickles(source);
  const places = await findStorages(source, keys, storages, end);
  return torchTensors({ container: 'pytorch-legacy', root, storage: (key) => places.get(key), isBigEndian: false });
}

export interface Pickles {
  readonly root: unknown;
  readonly keys: readonly string[];
  /** Those that the object's pickle names, by key; null for kinds of numbers that are not read. */
  readonly storages: ReadonlyMap<string, TorchStorage | null>;
  /** Where the storages begin. */
  readonly end: number;
}

/** The five pickles say nowhere how long they are: where they do not fit into what was read, more is read. */
async function readPickles(source: ByteSource): Promise<Pickles> {
  const budget = new PickleBudget();
  for (let length = FIRST_BYTES; ; length *= 4) {
    const isWhole = length >= Math.min(source.size, MAX_PICKLES);
    try {
      return pickles(await source.read(0, Math.min(length, source.size, MAX_PICKLES)), budget);
    } catch (error) {
      if (isWhole || !(error instanceof CheckpointError) || error.code !== 'truncated') throw error;
    }
  }
}

/** The five pickles at the start of the bytes. @throws CheckpointError */
export function pickles(bytes: Uint8Array, budget: PickleBudget): Pickles {
  const storages = new Map<string, TorchStorage | null>();
  const rules: PickleRules = {
    builders: TORCH_RULES.builders,
    persistent(id, tools) {
      const value = TORCH_RULES.persistent(id, tools);
      if (value instanceof TorchStorage) storages.set(value.key, value);
      else if (value instanceof PickleObject && Array.isArray(id)) storages.set(String(id[2]), null);
      return value;
    },
  };
  const next = (start: number, its = TORCH_RULES) => unpickle(bytes, its, start, budget);
  const magic = next(0);
  const protocol = next(magic.end);
  if (protocol.value !== PROTOCOL) {
    const value = typeof protocol.value === 'number' ? protocol.value : 'no number';
    throw damaged(`its protocol is ${value}, not ${PROTOCOL}`);
  }
  const system = next(protocol.end);
  const object = next(system.end, rules);
  const keys = next(object.end);
  const isKeys =
    Array.isArray(keys.value) && keys.value.every((key) => typeof key === 'string' || typeof key === 'number');
  if (!isKeys) throw damaged('it does not list its storages');
  return { root: object.value, keys: (keys.value as unknown[]).map(String), storages, end: keys.end };
}

async function findStorages(
  source: ByteSource,
  keys: readonly string[],
  storages: ReadonlyMap<string, TorchStorage | null>,
  start: number,
): Promise<ReadonlyMap<string, StorageBytes>> {
  if (keys.length > MAX_STORAGES) {
    throw new CheckpointError(
      'too-large',
      `The PyTorch file lists more than ${MAX_STORAGES} storages, as no state dict does. Save the state dict alone with torch.save.`,
    );
  }
  const places = new Map<string, StorageBytes>();
  let at = start;
  for (const key of keys) {
    if (places.has(key)) throw damaged(`it lists the storage ${shown(key)} twice`);
    const storage = storages.get(key);
    // The kind of its numbers, and so its length, stands with the object that uses it.
    if (storage === null) {
      throw new CheckpointError(
        'unsupported-dtype',
        'The PyTorch file holds complex or quantised numbers, which are not read. Save the weights alone, as float32.',
      );
    }
    if (!storage) throw damaged(`its storage ${shown(key)} belongs to no tensor`);
    if (at + COUNT_BYTES > source.size) throw cutShort(source.size, `a storage begins at byte ${at}`);
    const count = new DataView((await source.read(at, COUNT_BYTES)).buffer).getBigInt64(0, true);
    const begin = at + COUNT_BYTES;
    const size = Number(count) * (storage.dtype === null ? 1 : DTYPE_BYTES[storage.dtype]);
    if (size < 0) throw damaged(`a storage has ${count} numbers`);
    at = begin + size;
    if (at > source.size) throw cutShort(source.size, `a storage ends at byte ${at}`);
    places.set(key, { size, read: (from, length) => source.read(begin + from, length) });
  }
  return places;
}

const damaged = (why: string): CheckpointError =>
  new CheckpointError('malformed', `The PyTorch file is damaged: ${why}. Download or save it again.`);
