// Products of row-major matrices, in f64. A matrix `rows × columns` has entry (i, j) at i·columns + j. Both operands of a fast
// product should be Float64Array: `toF64` once, multiply often.

/** What the definitions read: weights and read-backs are f32, everything computed here is f64. */
export type Numbers = Float32Array | Float64Array;

/** The same numbers as f64; no copy when they already are. */
export const toF64 = (values: Numbers): Float64Array =>
  values instanceof Float64Array ? values : new Float64Array(values);

function checkSize(what: string, values: Numbers, rows: number, columns: number): void {
  if (values.length !== rows * columns) {
    throw new RangeError(`${what} holds ${values.length} numbers, ${rows}×${columns} needs ${rows * columns}`);
  }
}

/** Aᵀ for A rows × columns. */
export function transpose(A: Numbers, rows: number, columns: number): Float64Array {
  checkSize('transpose: A', A, rows, columns);
  const out = new Float64Array(A.length);
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    for (let j = 0; j < columns; j++) out[j * rows + i] = A[row + j] as number;
  }
  return out;
}

/**
 * out[i, j] = ⟨row i of A, row j of B⟩ for j < columnsOf(i). Two rows by four columns at a time: eight sums stay in registers and
 * each loaded number is used at least twice; this is the one inner loop of the f64 definitions.
 */
function dotRows(
  A: Float64Array,
  B: Float64Array,
  out: Float64Array,
  m: number,
  n: number,
  k: number,
  lowerOnly: boolean,
): void {
  for (let i = 0; i < m; i += 2) {
    const a0 = i * k;
    const hasSecond = i + 1 < m;
    // Without a second row the first is read twice and its second result dropped.
    const a1 = hasSecond ? a0 + k : a0;
    const end = lowerOnly ? Math.min(n, i + 2) : n;
    let j = 0;
    for (; j + 4 <= end || (j < end && j + 4 <= n); j += 4) {
      const b0 = j * k;
      const b1 = b0 + k;
      const b2 = b1 + k;
      const b3 = b2 + k;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let t = 0; t < k; t++) {
        const x = A[a0 + t] as number;
        const y = A[a1 + t] as number;
        const w0 = B[b0 + t] as number;
        const w1 = B[b1 + t] as number;
        const w2 = B[b2 + t] as number;
        const w3 = B[b3 + t] as number;
        s00 += x * w0;
        s01 += x * w1;
        s02 += x * w2;
        s03 += x * w3;
        s10 += y * w0;
        s11 += y * w1;
        s12 += y * w2;
        s13 += y * w3;
      }
      const o = i * n + j;
      out[o] = s00;
      out[o + 1] = s01;
      out[o + 2] = s02;
      out[o + 3] = s03;
      if (hasSecond) {
        out[o + n] = s10;
        out[o + n + 1] = s11;
        out[o + n + 2] = s12;
        out[o + n + 3] = s13;
      }
    }
    for (; j < end; j++) {
      const b0 = j * k;
      let s0 = 0;
      let s1 = 0;
      for (let t = 0; t < k; t++) {
        const w = B[b0 + t] as number;
        s0 += (A[a0 + t] as number) * w;
        s1 += (A[a1 + t] as number) * w;
      }
      out[i * n + j] = s0;
      if (hasSecond) out[(i + 1) * n + j] = s1;
    }
  }
}

/** A·Bᵀ for A m × k and B n × k: m × n. */
export function productABt(A: Numbers, B: Numbers, m: number, n: number, k: number): Float64Array {
  checkSize('productABt: A', A, m, k);
  checkSize('productABt: B', B, n, k);
  const out = new Float64Array(m * n);
  dotRows(toF64(A), toF64(B), out, m, n, k, false);
  return out;
}

/** A·B for A m × k and B k × n: m × n. The transpose costs k·n against the product's m·k·n. */
export function productAB(A: Numbers, B: Numbers, m: number, n: number, k: number): Float64Array {
  checkSize('productAB: A', A, m, k);
  return productABt(A, transpose(B, k, n), m, n, k);
}

/** Aᵀ·B for A k × m and B k × n: m × n. */
export function productAtB(A: Numbers, B: Numbers, m: number, n: number, k: number): Float64Array {
  return productABt(transpose(A, k, m), transpose(B, k, n), m, n, k);
}

/** A·Aᵀ for A m × k: m × m, exactly symmetric. */
export function gram(A: Numbers, m: number, k: number): Float64Array {
  checkSize('gram: A', A, m, k);
  const out = new Float64Array(m * m);
  const a = toF64(A);
  dotRows(a, a, out, m, m, k, true);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < i; j++) out[j * m + i] = out[i * m + j] as number;
  }
  return out;
}

/** Columns from … from+count−1 of A rows × columns, contiguous: rows × count. */
export function takeColumns(A: Numbers, rows: number, columns: number, from: number, count: number): Float64Array {
  checkSize('takeColumns: A', A, rows, columns);
  if (from < 0 || from + count > columns) {
    throw new RangeError(`takeColumns: columns ${from} … ${from + count - 1} of ${columns}`);
  }
  const out = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) out[i * count + j] = A[i * columns + from + j] as number;
  }
  return out;
}

/** ‖row i of A‖₂ for A rows × columns: rows. */
export function rowNorms(A: Numbers, rows: number, columns: number): Float64Array {
  checkSize('rowNorms: A', A, rows, columns);
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += (A[i * columns + j] as number) ** 2;
    out[i] = Math.sqrt(sum);
  }
  return out;
}

/** Each row divided by its length; a row of zeros stays zero. */
export function unitRows(A: Numbers, rows: number, columns: number): Float64Array {
  const norms = rowNorms(A, rows, columns);
  const out = new Float64Array(A.length);
  for (let i = 0; i < rows; i++) {
    const norm = norms[i] as number;
    if (norm === 0) continue;
    for (let j = 0; j < columns; j++) out[i * columns + j] = (A[i * columns + j] as number) / norm;
  }
  return out;
}
