// How strongly a token attends to others at most: the top of a colour scale.

/** Largest entry of the token's row of A (K × n × n) over all heads, the token itself left out. */
export function attentionMax(A: Float32Array, K: number, n: number, token: number): number {
  let highest = 0;
  for (let k = 0; k < K; k++) {
    const row = (k * n + token) * n;
    for (let j = 0; j < n; j++) if (j !== token) highest = Math.max(highest, A[row + j] as number);
  }
  return highest;
}
