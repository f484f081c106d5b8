// Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form, then QR steps with Wilkinson's
// shift (Golub and Van Loan, Matrix Computations, §8.3). About 4/3·size³ multiplications without vectors, 3 to 4 times that with.

export interface SymmetricEigen {
  /** Descending. */
  readonly values: Float64Array;
  /** size × size, row k is the unit eigenvector of values[k]; null when not asked for. */
  readonly vectors: Float64Array | null;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i+1; the last is 0. */
  readonly off: Float64Array;
  /** Row i is column i of the orthogonal Q with A = Q T Qᵀ. */
  readonly Qt: Float64Array | null;
}

/** Q T Qᵀ = A. Only the lower triangle of A is read. */
function tridiagonalise(A: Float64Array, size: number, withVectors: boolean): Tridiagonal {
  const work = A.slice();
  const diagonal = new Float64Array(size);
  const off = new Float64Array(size);
  const v = new Float64Array(size);
  const w = new Float64Array(size);
  const betas = new Float64Array(size);
  for (let k = 0; k < size - 1; k++) {
    // v reflects column k below the diagonal onto its first entry; it is kept in that column for the vectors.
    let tail = 0;
    for (let i = k + 2; i < size; i++) tail += (work[i * size + k] as number) ** 2;
    const head = work[(k + 1) * size + k] as number;
    if (tail === 0) {
      off[k] = head;
      continue;
    }
    const length = Math.sqrt(head * head + tail);
    const alpha = head > 0 ? -length : length;
    off[k] = alpha;
    v[k + 1] = head - alpha;
    for (let i = k + 2; i < size; i++) v[i] = work[i * size + k] as number;
    const beta = 2 / (tail + (v[k + 1] as number) ** 2);
    betas[k] = beta;
    // w = β A v − ½ β² (vᵀAv) v, so that H A H = A − v wᵀ − w vᵀ with H = I − β v vᵀ; the lower triangle gives A v.
    w.fill(0, k + 1);
    for (let i = k + 1; i < size; i++) {
      const row = i * size;
      const vi = v[i] as number;
      let sum = (work[row + i] as number) * vi;
      for (let j = k + 1; j < i; j++) {
        const a = work[row + j] as number;
        sum += a * (v[j] as number);
        w[j] = (w[j] as number) + a * vi;
      }
      w[i] = (w[i] as number) + sum;
    }
    let vAv = 0;
    for (let i = k + 1; i < size; i++) vAv += (v[i] as number) * (w[i] as number);
    for (let i = k + 1; i < size; i++) w[i] = beta * ((w[i] as number) - 0.5 * beta * vAv * (v[i] as number));
    for (let i = k + 1; i < size; i++) {
      const row = i * size;
      const vi = v[i] as number;
      const wi = w[i] as number;
      for (let j = k + 1; j <= i; j++) {
        work[row + j] = (work[row + j] as number) - vi * (w[j] as number) - wi * (v[j] as number);
      }
    }
    work[(k + 1) * size + k] = v[k + 1] as number;
  }
  for (let i = 0; i < size; i++) diagonal[i] = work[i * size + i] as number;
  return { diagonal, off, Qt: withVectors ? accumulate(work, betas, size) : null };
}

/** Qᵀ of Q = H_0 H_1 …, from the reflectors kept below the diagonal of `work`. */
function accumulate(work: Float64Array, betas: Float64Array, size: number): Float64Array {
  const Qt = new Float64Array(size * size);
  for (let i = 0; i < size; i++) Qt[i * size + i] = 1;
  const v = new Float64Array(size);
  for (let k = size - 2; k >= 0; k--) {
    const beta = betas[k] as number;
    if (beta === 0) continue;
    for (let i = k + 1; i < size; i++) v[i] = work[i * size + k] as number;
    for (let r = k + 1; r < size; r++) {
      const row = r * size;
      let dot = 0;
      for (let i = k + 1; i < size; i++) dot += (Qt[row + i] as number) * (v[i] as number);
      const scale = beta * dot;
      for (let i = k + 1; i < size; i++) Qt[row + i] = (Qt[row + i] as number) - scale * (v[i] as number);
    }
  }
  return Qt;
}

/** Rows k and k+1 of Qt turned by the rotation [c s; −s c]. */
function turnRows(Qt: Float64Array, size: number, k: number, c: number, s: number): void {
  const a = k * size;
  const b = a + size;
  for (let t = 0; t < size; t++) {
    const x = Qt[a + t] as number;
    const y = Qt[b + t] as number;
    Qt[a + t] = c * x + s * y;
    Qt[b + t] = c * y - s * x;
  }
}

/** One implicit QR step on the unreduced block low … high. */
function qrStep({ diagonal, off, Qt }: Tridiagonal, size: number, low: number, high: number): void {
  const last = diagonal[high] as number;
  const coupling = off[high - 1] as number;
  const half = ((diagonal[high - 1] as number) - last) / 2;
  const root = Math.hypot(half, coupling);
  const shift = last - (coupling / (half + (half < 0 ? -root : root))) * coupling;
  let x = (diagonal[low] as number) - shift;
  let z = off[low] as number;
  for (let k = low; k < high; k++) {
    const r = Math.hypot(x, z);
    const c = r === 0 ? 1 : x / r;
    const s = r === 0 ? 0 : z / r;
    if (k > low) off[k - 1] = r;
    const a = diagonal[k] as number;
    const b = diagonal[k + 1] as number;
    const e = off[k] as number;
    diagonal[k] = c * c * a + 2 * c * s * e + s * s * b;
    diagonal[k + 1] = s * s * a - 2 * c * s * e + c * c * b;
    off[k] = c * s * (b - a) + (c * c - s * s) * e;
    if (k + 1 < high) {
      x = off[k] as number;
      z = s * (off[k + 1] as number);
      off[k + 1] = c * (off[k + 1] as number);
    }
    if (Qt) turnRows(Qt, size, k, c, s);
  }
}

/** Eigenvalues, descending, of the symmetric A size × size, and its eigenvectors as rows if asked for. */
export function symmetricEigen(A: Float64Array, size: number, withVectors: boolean): SymmetricEigen {
  if (A.length !== size * size) {
    throw new RangeError(`symmetricEigen: A holds ${A.length} numbers, ${size}×${size} needs ${size * size}`);
  }
  if (!A.every(Number.isFinite)) throw new RangeError('symmetricEigen: A has an entry that is not finite');
  const T = tridiagonalise(A, size, withVectors);
  const { diagonal, off } = T;
  let high = size - 1;
  // Two or three steps a value are usual; the bound only guards against an endless loop.
  for (let steps = 60 * size; high > 0; steps--) {
    if (steps === 0) throw new RangeError(`symmetricEigen: no convergence at size ${size}`);
    for (let i = 0; i < high; i++) {
      const near = Math.abs(diagonal[i] as number) + Math.abs(diagonal[i + 1] as number);
      if (Math.abs(off[i] as number) <= Number.EPSILON * near) off[i] = 0;
    }
    if (off[high - 1] === 0) {
      high--;
      continue;
    }
    let low = high - 1;
    while (low > 0 && off[low - 1] !== 0) low--;
    qrStep(T, size, low, high);
  }
  const order = Array.from(diagonal, (_, i) => i).sort((i, j) => (diagonal[j] as number) - (diagonal[i] as number));
  const values = Float64Array.from(order, (i) => diagonal[i] as number);
  if (!T.Qt) return { values, vectors: null };
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    vectors.set((T.Qt as Float64Array).subarray(from * size, (from + 1) * size), to * size);
  });
  return { values, vectors };
}
