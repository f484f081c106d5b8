// Checkpoints that this browser keeps, so that a reload neither asks for a file again nor fetches it again. In IndexedDB, whose Blobs lie
// on the disk until they are read; where storage is off or full, the page works without.

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { KeptModel, Terms } from './state.ts';

export interface KeptFile extends KeptModel {
  readonly terms: Terms;
  readonly blob: Blob;
}

interface Schema extends DBSchema {
  /** By sha256. */
  models: { key: string; value: KeptFile };
}

export interface Library {
  /** Without the files themselves, the one opened last first. */
  list(): Promise<readonly KeptModel[]>;
  get(sha256: string): Promise<KeptFile | null>;
  /** The file opened last under this name or address. */
  named(name: string): Promise<KeptFile | null>;
  /** @throws Error with a sentence when the browser refuses: the disk is full, or storage is off */
  keep(file: KeptFile): Promise<void>;
  forget(sha256: string): Promise<void>;
}

const describe = ({ sha256, name, title, bytes, openedAt }: KeptFile): KeptModel => ({
  sha256,
  name,
  title,
  bytes,
  openedAt,
});

const MIB = 2 ** 20;

export function createLibrary(name = 'crate-explorer'): Library {
  let database: Promise<IDBPDatabase<Schema>> | null = null;
  function open(): Promise<IDBPDatabase<Schema>> {
    database ??= openDB<Schema>(name, 1, {
      upgrade: (db) => void db.createObjectStore('models', { keyPath: 'sha256' }),
      // Another tab with a newer page wants to change the store.
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
    });
    database.catch(() => {
      database = null;
    });
    return database;
  }
  const newestFirst = async (): Promise<KeptFile[]> =>
    (await (await open()).getAll('models')).sort((a, b) => b.openedAt - a.openedAt);

  return {
    list: async () => (await newestFirst()).map(describe),
    get: async (sha256) => (await (await open()).get('models', sha256)) ?? null,
    named: async (wanted) => (await newestFirst()).find((file) => file.name === wanted) ?? null,
    async keep(file) {
      try {
        await (await open()).put('models', file);
      } catch (cause) {
        const isFull = cause instanceof Error && cause.name === 'QuotaExceededError';
        throw new Error(
          isFull
            ? `This browser has no room to keep ${file.name} (${(file.bytes / MIB).toFixed(0)} MiB): the disk or the page’s share of it is full. It works until the page is closed; delete kept checkpoints to make room.`
            : `This browser does not keep ${file.name}: its storage is off (a private window, or a setting). It works until the page is closed.`,
          { cause },
        );
      }
    },
    forget: async (sha256) => (await open()).delete('models', sha256),
  };
}
