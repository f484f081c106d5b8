// The name of a file by its bytes. The browser's own digest where there is one; over plain http it withholds it, so FIPS 180-4 is
// written out here.

const hex = (word: number, digits: number): string => word.toString(16).padStart(digits, '0');

/** SHA-256 of the bytes, 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Absent outside secure contexts, whatever the type says.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!subtle) return sha256Here(bytes);
  return Array.from(new Uint8Array(await subtle.digest('SHA-256', bytes)), (byte) => hex(byte, 2)).join('');
}

/** The first 32 bits of the fractional part. */
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);

const PRIMES: readonly number[] = Array.from({ length: 312 }, (_, i) => i).filter((n) => {
  if (n < 2) return false;
  for (let k = 2; k * k <= n; k++) if (n % k === 0) return false;
  return true;
});
/** FIPS 180-4 §4.2.2 and §5.3.3: of the cube roots of the first 64 primes, of the square roots of the first eight. */
const ROUND = Int32Array.from(PRIMES.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const turn = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** SHA-256 without the browser's help. */
export function sha256Here(bytes: Uint8Array): string {
  // Padded to whole blocks of 64 bytes: a one bit, zeros, the length in bits as 64 bits.
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
  const H = START.slice();
  const W = new Int32Array(64);
  const at = (words: Int32Array, i: number): number => words[i] ?? 0;
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) W[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const [x, y] = [at(W, t - 15), at(W, t - 2)];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      W[t] = at(W, t - 16) + s0 + at(W, t - 7) + s1;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = H;
    for (let t = 0; t < 64; t++) {
      const S1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const first = (h + S1 + ((e & f) ^ (~e & g)) + at(ROUND, t) + at(W, t)) | 0;
      const S0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const second = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      H[i] = at(H, i) + word;
    });
  }
  return Array.from(H, (word) => hex(word >>> 0, 8)).join('');
}
