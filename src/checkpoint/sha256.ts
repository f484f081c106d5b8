// The name of a file by its bytes, read in pieces: no file is held whole, and whoever hashes stays able to answer in between.

import { createSHA256 } from 'hash-wasm';
import { type ByteSource, bytesSource } from './source.ts';

/** Bytes hashed in one go: 10 to 20 ms. */
const PIECE = 2 ** 22;

/** SHA-256 of the file, 64 hexadecimal digits. Rejects with the signal's reason when that is aborted. */
export async function sha256Of(
  source: ByteSource,
  progress?: (bytes: number, total: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const hash = await createSHA256();
  hash.init();
  for (let at = 0; at < source.size; at += PIECE) {
    signal?.throwIfAborted();
    const piece = await source.read(at, Math.min(PIECE, source.size - at));
    hash.update(piece);
    progress?.(at + piece.length, source.size);
    // A task of its own, so that messages that arrived meanwhile are served.
    await new Promise<void>((resolve) => setTimeout(resolve));
  }
  signal?.throwIfAborted();
  return hash.digest('hex');
}

/** SHA-256 of bytes at hand, 64 hexadecimal digits. */
export const sha256 = (bytes: Uint8Array): Promise<string> => sha256Of(bytesSource(bytes));
