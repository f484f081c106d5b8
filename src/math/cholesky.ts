// Cholesky factors of symmetric positive definite matrices, for their log-determinants.

/** The lower factor L of A = L Lᵀ, size × size row-major; the upper part is zero. @throws RangeError when A is not positive definite */
export function cholesky(A: Float64Array, size: number): Float64Array {
  if (A.length !== size * size) {
    throw new RangeError(`cholesky: A holds ${A.length} numbers, ${size}×${size} needs ${size * size}`);
  }
  const L = new Float64Array(A.length);
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * size;
      let sum = A[rowI + j] as number;
      for (let t = 0; t < j; t++) sum -= (L[rowI + t] as number) * (L[rowJ + t] as number);
      if (j < i) {
        L[rowI + j] = sum / (L[rowJ + j] as number);
      } else {
        if (sum <= 0) throw new RangeError(`cholesky: not positive definite at row ${i} of ${size} (pivot ${sum})`);
        // NaN goes through on purpose: a NaN in the input must be seen in the result.
        L[rowI + i] = Math.sqrt(sum);
      }
    }
  }
  return L;
}

/** log det A of a symmetric positive definite A, natural logarithm. */
export function logdet(A: Float64Array, size: number): number {
  const L = cholesky(A, size);
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.log(L[i * size + i] as number);
  return 2 * sum;
}

/** log det(I + α G) of a symmetric positive semi-definite G and α ≥ 0. */
export function logdetIPlus(G: Float64Array, size: number, alpha: number): number {
  const A = G.map((entry) => alpha * entry);
  for (let i = 0; i < size; i++) A[i * size + i] = (A[i * size + i] as number) + 1;
  return logdet(A, size);
}
