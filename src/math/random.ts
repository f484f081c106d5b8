// Seeded random numbers: the same seed gives the same numbers on every machine.

export type Uniform = () => number;

/** Uniform numbers in [0, 1) with 32 random bits each: a Weyl sequence put through a multiply-and-shift hash (mulberry32). */
export function seeded(seed: number): Uniform {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let h = Math.imul(state ^ (state >>> 15), state | 1);
    h ^= h + Math.imul(h ^ (h >>> 7), h | 61);
    return ((h ^ (h >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One standard normal number (Box and Muller's transform; the second of the pair is dropped). */
export function normal(uniform: Uniform): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
  return radius * Math.cos(2 * Math.PI * uniform());
}

/** `count` standard normal numbers. */
export function normals(count: number, uniform: Uniform): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = normal(uniform);
  return out;
}
