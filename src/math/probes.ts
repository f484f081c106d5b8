// What the kernels that ask a device what it can do compute (shaders/peak_flops.wgsl, peak_bytes.wgsl, quad_probe.wgsl), in f64.

/** Chains of an invocation, and multiply-adds of each in a round. */
export const CHAINS = 16;
export const STEPS = 4;

/** Entry i: Σ_c x_c, each x_c put through x ← a x + b, STEPS · rounds times, from x_c = i mod 16 + c, c = 0 … 15. */
export const fmaChains = (count: number, rounds: number, a: number, b: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < CHAINS; c++) {
      let x = (i % 16) + c;
      for (let step = 0; step < STEPS * rounds; step++) x = a * x + b;
      sum += x;
    }
    return sum;
  });

/** Entry (g, i) of groups × width: the sum of the vec4s i, i + width, i + 2 width … of the g-th part of X, perGroup vec4s long. */
export function laneSums(X: ArrayLike<number>, groups: number, width: number, perGroup: number): Float64Array {
  const sums = new Float64Array(groups * width);
  for (let at = 0; at < groups * perGroup; at++) {
    const lane = Math.floor(at / perGroup) * width + ((at % perGroup) % width);
    for (let e = 0; e < 4; e++) sums[lane] = (sums[lane] as number) + (X[4 * at + e] as number);
  }
  return sums;
}

/**
 * Entry i: Σ_r (Σ_l (l + 1) X[r, q + l] + 5 X[r, q + (i mod 4) xor 1] + 6 X[r, q + (i mod 4) xor 2]), q = i − i mod 4, l = 0 … 3, for the
 * quads that begin below `inside`; 0 beyond. X: rounds × count.
 */
export const quadSums = (X: ArrayLike<number>, count: number, rounds: number, inside: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => {
    const lane = i % 4;
    const quad = i - lane;
    let sum = 0;
    for (let r = 0; quad < inside && r < rounds; r++) {
      const x = (l: number): number => X[r * count + quad + l] as number;
      sum += x(0) + 2 * x(1) + 3 * x(2) + 4 * x(3) + 5 * x(lane ^ 1) + 6 * x(lane ^ 2);
    }
    return sum;
  });
