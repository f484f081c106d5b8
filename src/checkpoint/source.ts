// Bytes that can be read anywhere without being held: a file of the page (Blob), of Node, or a plain array. Readers ask for the ranges
// they need, so that a checkpoint is never copied whole.

export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /**
   * The bytes from `offset`, exactly `length` of them; a copy of the caller's own, at offset 0 of its buffer.
   * @throws RangeError outside the file
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

function checkRange(size: number, offset: number, length: number): void {
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)) {
    throw new RangeError(`invalid range: ${length} bytes from ${offset}`);
  }
  if (offset + length > size) throw new RangeError(`invalid range: bytes ${offset} … ${offset + length} of ${size}`);
}

export function bytesSource(bytes: Uint8Array | ArrayBuffer): ByteSource {
  // A plain array even of a Node Buffer, whose slice is no copy.
  const all =
    bytes instanceof Uint8Array ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : new Uint8Array(bytes);
  return {
    size: all.length,
    async read(offset, length) {
      checkRange(all.length, offset, length);
      return all.slice(offset, offset + length) as Uint8Array<ArrayBuffer>;
    },
  };
}

/** A Blob or File; the browser reads it from where it lies. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      checkRange(blob.size, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}
