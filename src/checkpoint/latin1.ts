// Bytes as text of one letter a byte. TextDecoder has no such encoding: what browsers take 'latin1' for is windows-1252, which gives the
// bytes 0x80 to 0x9f other letters.

/** Arguments of one call of fromCharCode. */
const PIECE = 8192;

export function latin1(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return pieces.join('');
}
