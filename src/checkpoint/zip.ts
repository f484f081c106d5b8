// A zip archive by its directory: which entries it has and where their bytes lie, so that stored ones are read in place and by range.
// The directory is read by zip.js, which knows zip64 and the ways in which archives lie about themselves.

import { type FileEntry, Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js';
import { CheckpointError, shown } from './errors.ts';
import type { ByteSource } from './source.ts';

export interface ZipEntry {
  readonly name: string;
  /** Bytes unpacked. */
  readonly size: number;
  /** Bytes of the unpacked content; those of a stored entry are read in place. @throws CheckpointError */
  read(begin: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Entries in all; a checkpoint has one a tensor. */
const MAX_ENTRIES = 10_000;
/** Largest entry that is unpacked: each read of it starts anew. */
const MAX_UNPACKED = 2 ** 30;
/** Bytes that are unpacked in all, over and over where tensors share a packed entry. */
const MAX_UNPACKED_IN_ALL = 2 ** 32;
/** What each unpacking costs besides, however short: some milliseconds, in which as many bytes could be had. */
const UNPACKING_BYTES = 2 ** 21;
/** Deflate's own limit is 1032. */
const MAX_RATIO = 1040;
/** Bytes of a local header in front of name and extra field. */
const LOCAL_HEADER = 30;

class SourceReader extends Reader<ByteSource> {
  private readonly source: ByteSource;
  constructor(source: ByteSource) {
    super(source);
    this.source = source;
    this.size = source.size;
  }
  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const start = Math.min(Math.max(0, index), this.size);
    return this.source.read(start, Math.min(length, this.size - start));
  }
}

/** Bytes that may still be unpacked. */
interface Unpacking {
  left: number;
}

/** The archive's entries by name, folders left out. @throws CheckpointError */
export async function readZip(
  source: ByteSource,
  mostUnpacked = MAX_UNPACKED_IN_ALL,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const unpacking: Unpacking = { left: mostUnpacked };
  const files = await listFiles(source);
  refuseOverlaps(files, source.size);
  const entries = new Map<string, ZipEntry>();
  for (const file of files) {
    const name = file.filename;
    if (entries.has(name)) throw damaged(`it lists ${shown(name)} twice`);
    if (file.encrypted) {
      throw new CheckpointError(
        'not-a-checkpoint',
        'This zip archive is protected by a password. Unpack it and choose the file with the weights.',
      );
    }
    const range = file.compressionMethod === 0 ? storedRange(source, file) : unpackedRange(file, unpacking);
    entries.set(name, { name, size: file.uncompressedSize, read: range });
  }
  return entries;
}

async function listFiles(source: ByteSource): Promise<readonly FileEntry[]> {
  const files: FileEntry[] = [];
  const reader = new ZipReader(new SourceReader(source), { filenameValidation: 'tolerant' });
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (files.length >= MAX_ENTRIES) break;
      if (!entry.directory) files.push(entry);
    }
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    // The directory stands at the end: an archive without one was cut.
    const isCut = cause instanceof Error && /not found|not recognized/.test(cause.message);
    if (isCut) throw cut(source.size, cause);
    const isFollowed = cause instanceof Error && /ambiguous/i.test(cause.message);
    const why = isFollowed ? 'other bytes follow its directory' : `its directory cannot be read (${reason(cause)})`;
    throw damaged(why, { cause });
  }
  if (files.length >= MAX_ENTRIES) {
    throw new CheckpointError(
      'too-large',
      `The zip archive lists more than ${MAX_ENTRIES} files, as no checkpoint does. Choose a file with the weights of a CRATE.`,
    );
  }
  return files;
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const cut = (size: number, cause: unknown): CheckpointError =>
  new CheckpointError(
    'truncated',
    `The file is cut short: it has ${size} bytes, and the directory at the end of its zip archive is missing. Download or copy it again.`,
    { cause },
  );

const damaged = (why: string, options?: ErrorOptions): CheckpointError =>
  new CheckpointError('malformed', `The zip archive is damaged: ${why}. Download or save it again.`, options);

function refuseOverlaps(files: readonly FileEntry[], size: number): void {
  const sorted = [...files].sort((a, b) => a.offset - b.offset);
  sorted.forEach((file, i) => {
    const end = file.offset + LOCAL_HEADER + file.compressedSize;
    if (!(file.offset >= 0 && end <= (sorted[i + 1]?.offset ?? size))) {
      const next = sorted[i + 1];
      throw damaged(
        next
          ? `${shown(file.filename)} and ${shown(next.filename)} overlap`
          : `${shown(file.filename)} ends behind the end of the file`,
      );
    }
  });
}

/** Reads a stored entry where it lies; its data begin behind a local header, which is looked at once. */
function storedRange(source: ByteSource, file: FileEntry): ZipEntry['read'] {
  if (file.uncompressedSize !== file.compressedSize) {
    throw damaged(
      `${shown(file.filename)} is stored as it is, yet has the sizes ${file.compressedSize} and ${file.uncompressedSize}`,
    );
  }
  let start: Promise<number> | undefined;
  return async (begin, length) => {
    start ??= dataStart(source, file);
    checkRange(file, begin, length);
    return source.read((await start) + begin, length);
  };
}

async function dataStart(source: ByteSource, { filename, offset, compressedSize }: FileEntry): Promise<number> {
  const view = new DataView((await source.read(offset, LOCAL_HEADER)).buffer);
  if (view.getUint32(0, true) !== 0x04034b50)
    throw damaged(`${shown(filename)} does not begin where the directory says`);
  const start = offset + LOCAL_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + compressedSize > source.size) throw damaged(`${shown(filename)} ends behind the end of the file`);
  return start;
}

function checkRange({ filename, uncompressedSize }: FileEntry, begin: number, length: number): void {
  if (begin + length > uncompressedSize) {
    throw new RangeError(
      `invalid range: bytes ${begin} … ${begin + length} of ${shown(filename)}, which has ${uncompressedSize}`,
    );
  }
}

/** Unpacks a compressed entry from its start and keeps the range alone. */
function unpackedRange(file: FileEntry, unpacking: Unpacking): ZipEntry['read'] {
  const { filename, uncompressedSize, compressedSize } = file;
  if (uncompressedSize > MAX_RATIO * (compressedSize + 1)) {
    throw damaged(
      `${shown(filename)} claims ${uncompressedSize} bytes, more than ${compressedSize} packed ones can give`,
    );
  }
  return async (begin, length) => {
    checkRange(file, begin, length);
    unpacking.left -= UNPACKING_BYTES + begin + length;
    if (uncompressedSize > MAX_UNPACKED || unpacking.left < 0) {
      const what =
        uncompressedSize > MAX_UNPACKED
          ? `packs ${uncompressedSize} bytes into ${shown(filename)}, more than is unpacked here`
          : 'packs too many bytes into too many parts';
      throw new CheckpointError(
        'too-large',
        `The zip archive ${what}. Save the file again with torch.save or numpy.savez.`,
      );
    }
    const out = new Uint8Array(length);
    let at = 0;
    const enough = new AbortController();
    const range = new WritableStream<Uint8Array>({
      write(chunk) {
        if (at < begin + length && at + chunk.length > begin) {
          const from = Math.max(0, begin - at);
          out.set(chunk.subarray(from, begin + length - at), Math.max(0, at - begin));
        }
        at += chunk.length;
        // More than was claimed is left where it is.
        if (at >= begin + length) enough.abort();
      },
    });
    try {
      await file.getData(range, { useWebWorkers: false, checkSignature: false, signal: enough.signal });
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      if (!enough.signal.aborted) throw damaged(`${shown(filename)} cannot be unpacked (${reason(cause)})`, { cause });
    }
    if (at < begin + length) throw damaged(`${shown(filename)} unpacks to ${at} bytes instead of ${uncompressedSize}`);
    return out;
  };
}
