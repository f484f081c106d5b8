// Reading numbers and names out of file bytes. A read past the end gives zeros; who walks a file checks the length.

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

export const u16be = (bytes: Uint8Array, at: number): number => byte(bytes, at) * 0x100 + byte(bytes, at + 1);
export const u16le = (bytes: Uint8Array, at: number): number => byte(bytes, at + 1) * 0x100 + byte(bytes, at);
export const u24le = (bytes: Uint8Array, at: number): number => byte(bytes, at + 2) * 0x10000 + u16le(bytes, at);
export const u32be = (bytes: Uint8Array, at: number): number => u16be(bytes, at) * 0x10000 + u16be(bytes, at + 2);
export const u32le = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 2) * 0x10000 + u16le(bytes, at);
export const i32le = (bytes: Uint8Array, at: number): number => u32le(bytes, at) | 0;

/** `length` bytes as Latin-1 characters; shorter at the end of the file. */
export const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

export const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  bytes.length >= signature.length && signature.every((value, i) => bytes[i] === value);
