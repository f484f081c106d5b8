// Weights that are IEEE halves without loss: found, and packed two bytes each.

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Whether every value is exactly a finite half. Stops at the first that is not, which in trained f32 weights is the first or second. */
export function areHalves(values: Float32Array): boolean {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) {
    const magnitude = (bits[i] as number) & 0x7fffffff;
    if (magnitude === 0) continue;
    const exponent = magnitude >>> 23;
    // 2^−14 … 65504 have 13 bits too many, which must be zero; each step below 2^−14, down to 2^−24, one more.
    if (exponent > 142 || exponent < 103) return false;
    const spare = exponent >= 113 ? 13 : 126 - exponent;
    // The lowest bit of 2^−24 is the implicit one.
    if ((magnitude & 0x7fffff) << (32 - spare) !== 0) return false;
  }
  return true;
}

/** The halves of values that are halves (`areHalves`), into `out` from `first` on. */
export function packHalves(values: Float32Array, out: Uint16Array, first: number): void {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) {
    const sign = ((bits[i] as number) >>> 16) & 0x8000;
    const magnitude = (bits[i] as number) & 0x7fffffff;
    // Below 2^−14 a half counts steps of 2^−24.
    const half = magnitude < 0x38800000 ? Math.abs(values[i] as number) * 2 ** 24 : (magnitude - 0x38000000) >>> 13;
    out[first + i] = sign | half;
  }
}
