// Kinds of numbers: their sizes, and all of them to f32. Typed arrays read little-endian bytes as they are: every browser and Node run on
// little-endian machines.

import { CheckpointError, shown } from './errors.ts';
import { readBfloats, readHalves } from './halfFloat.ts';
import type { Dtype } from './tensorFile.ts';

/** Bytes of one number. */
export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

export const isDtype = (text: string): text is Dtype => Object.hasOwn(DTYPE_BYTES, text);

/** Little-endian numbers to f32. Bytes at offset 0 of their buffer are not copied where they are f32 already. @throws CheckpointError */
export function toF32(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype, name: string): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = byteAligned(bytes, DTYPE_BYTES[dtype]);
  const count = byteLength / DTYPE_BYTES[dtype];
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, count);
    case 'F16':
      return readHalves(new Uint16Array(buffer, byteOffset, count));
    case 'BF16':
      return readBfloats(new Uint16Array(buffer, byteOffset, count));
    case 'F64':
      return new Float32Array(new Float64Array(buffer, byteOffset, count));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'U64':
      return Float32Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    case 'I32':
      return new Float32Array(new Int32Array(buffer, byteOffset, count));
    case 'U32':
      return new Float32Array(new Uint32Array(buffer, byteOffset, count));
    case 'I16':
      return new Float32Array(new Int16Array(buffer, byteOffset, count));
    case 'U16':
      return new Float32Array(new Uint16Array(buffer, byteOffset, count));
    case 'I8':
      return new Float32Array(new Int8Array(buffer, byteOffset, count));
    case 'U8':
    case 'BOOL':
      return new Float32Array(bytes);
    default:
      throw new CheckpointError(
        'unsupported-dtype',
        `Tensor ${shown(name)} holds 8-bit floats (${dtype}), which are not read. Save the model as float32, float16 or bfloat16.`,
      );
  }
}

const byteAligned = (bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> =>
  bytes.byteOffset % size === 0 ? bytes : bytes.slice();

/** Turns every number of `size` bytes around, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
