// How strongly a token attends to others at most: the top of a colour scale.

/** Largest entry of a token's rows (K × n, one a head), the token itself left out. */
export function rowsMax(rows: Float32Array, K: number, n: number, token: number): number {
  let highest = 0;
  for (let k = 0; k < K; k++) {
    for (let j = 0; j < n; j++) if (j !== token) highest = Math.max(highest, rows[k * n + j] as number);
  }
  return highest;
}

/** The same of A, K × n × n. */
export function attentionMax(A: Float32Array, K: number, n: number, token: number): number {
  let highest = 0;
  for (let k = 0; k < K; k++) {
    const row = (k * n + token) * n;
    highest = Math.max(highest, rowsMax(A.subarray(row, row + n), 1, n, token));
  }
  return highest;
}
