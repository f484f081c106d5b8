// The name of a file by its bytes.

/** SHA-256 of the bytes, 64 hexadecimal digits. Needs a secure context in browsers (https or localhost). */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
