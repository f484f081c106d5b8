// A file of Node as a source of bytes: read where it lies, a range at a time.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../checkpoint/source.ts';
import { UsageError } from './arguments.ts';

/** @throws UsageError with a sentence when the file is not there or cannot be read */
export function openFileSource(path: string): { readonly source: ByteSource; readonly close: () => void } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    throw new UsageError(code === 'ENOENT' ? `${path} does not exist.` : `${path} cannot be read (${String(code)}).`);
  }
  const stat = fstatSync(file);
  if (stat.isDirectory()) {
    closeSync(file);
    throw new UsageError(`${path} is a folder. Give the checkpoint file in it.`);
  }
  const { size } = stat;
  return {
    close: () => closeSync(file),
    source: {
      size,
      async read(offset, length) {
        if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
          throw new RangeError(`invalid range: bytes ${offset} … ${offset + length} of ${size}`);
        }
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const got = readSync(file, bytes, done, length - done, offset + done);
          if (got === 0) throw new RangeError(`${path} became shorter while it was read`);
          done += got;
        }
        return bytes;
      },
    },
  };
}
