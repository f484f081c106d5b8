// The contract of the products, gemm.wgsl, gemm_quad.wgsl and gemm_tile.wgsl: parameters, buffers, reading both factors, statistics
// of rows, and the epilogue. Appended to a kernel's text, whose overrides NORM, TRANSPOSED and HALF it uses.

const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  rows: u32,
  cols: u32,
  depth4: u32,          // length of the inner sums / 4; rows are padded with zeros to a multiple of 4
  width: u32,           // channels that the norm counts, ≤ 4·depth4; 0: no norm
  ld_b4: u32,           // row stride of B / 4
  ld_c: u32,
  ld_residual: u32,
  a_offset4: u32,       // offsets and strides that end in 4 count vec4
  b_offset4: u32,
  c_offset: u32,
  bias_offset: u32,
  sums_offset: u32,     // in bias, of Σ_k w_k b_k
  residual_offset: u32,
  norm_offset4: u32,
  a_stride4: u32,       // from one matrix of the batch to the next
  b_stride4: u32,
  c_stride: u32,
  epilogue: u32,
  eta: f32,             // η, step size
  threshold: f32,       // η·λ
  eps: f32,             // of the norm
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> A: array<vec4f>;
@group(0) @binding(2) var<storage, read> B: array<vec4u>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> norm_weight: array<vec4f>;
@group(0) @binding(6) var<storage, read> norm_bias: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> C: array<f32>;

/** Entries 4i … 4i + 3 of B. */
fn four(i: u32) -> vec4f {
  if (HALF == 1u) {
    let eight = B[i / 2u];
    let pairs = select(eight.xy, eight.zw, i % 2u == 1u);
    return vec4f(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
  }
  return bitcast<vec4f>(B[i]);
}

/** Four channels of the four rows of A at `at`. */
fn tokens(at: vec4u) -> mat4x4f { return mat4x4f(A[at.x], A[at.y], A[at.z], A[at.w]); }

/** Whether LN(A) is taken: where NORM is 1 and a product has none, one kernel does for both. */
fn has_norm() -> bool { return NORM == 1u && params.width > 0u; }

/** Of each of the four rows of A at `at` about its mean: that of its first 32 entries. */
fn about(at: vec4u) -> vec4f {
  if (!has_norm()) { return vec4f(); }
  var rows = at;
  var sums = vec4f();
  // A row at a time, in a loop: SwiftShader takes 2 ms to compile each number that a kernel reads. The padding is zero.
  for (var r = 0u; r < 4u; r++) {
    for (var q = 0u; q < min(8u, params.depth4); q++) { sums[r] += dot(A[rows[r] + q], vec4f(1.0)); }
  }
  return sums / f32(min(32u, params.width));
}

/** Four channels of four rows of B, or where TRANSPOSED is 1 four columns of four. */
fn weights(at: vec4u) -> mat4x4f { return mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w)); }

/** Where in B the first channels of the columns of C from j0 lie: one row of B a column; TRANSPOSED: one row of B a channel. */
fn columns_at(j0: u32, batch: u32) -> vec4u {
  let base = params.b_offset4 + batch * params.b_stride4;
  if (TRANSPOSED == 1u) { return base + FOUR * params.ld_b4 + min(j0 / 4u, params.ld_b4 - 1u); }
  return base + min(j0 + FOUR, vec4u(params.cols - 1u)) * params.ld_b4;
}

/** From there to the next four channels. */
fn column_step() -> u32 {
  if (TRANSPOSED == 1u) { return 4u * params.ld_b4; }
  return 1u;
}

/** Σ_k over these 4 channels: entry [r][c] is row r of X times column c of the product's right factor. */
fn times(X: mat4x4f, W: mat4x4f) -> mat4x4f {
  if (TRANSPOSED == 1u) { return W * X; }
  // Turned at each use: on SwiftShader up to a tenth faster than once for all uses.
  return transpose(W) * X;
}

/** Each row of X, a column of the matrix, times the norm's weights of its channels. */
fn scaled(X: mat4x4f, w: vec4f) -> mat4x4f {
  if (NORM == 0u) { return X; }
  return mat4x4f(X[0] * w, X[1] * w, X[2] * w, X[3] * w);
}

/** The norm's weights of channels 4q … 4q + 3. */
fn norm_at(q: u32) -> vec4f {
  if (NORM == 0u) { return vec4f(); }
  return select(vec4f(1.0), norm_weight[params.norm_offset4 + q], has_norm());
}

/**
 * Of each of four rows what these 4 channels add to Σ_k (a_k − s) and Σ_k (a_k − s)², s its number of `shift`, about its mean: by Cauchy
 * and Schwarz (s − μ)² ≤ n/32 σ², so the difference that gives σ² loses at most a factor of 1 + n/32, and mostly nothing.
 */
fn moments(X: mat4x4f, q: u32, shift: vec4f) -> mat2x4f {
  if (NORM == 0u) { return mat2x4f(); }
  // Padding, which is zero, does not count.
  let counts = select(vec4f(), vec4f(1.0), vec4u(4u * q) + FOUR < vec4u(params.width));
  let x = (X[0] - shift.x) * counts;
  let y = (X[1] - shift.y) * counts;
  let z = (X[2] - shift.z) * counts;
  let w = (X[3] - shift.w) * counts;
  let one = vec4f(1.0);
  return mat2x4f(vec4f(dot(x, one), dot(y, one), dot(z, one), dot(w, one)), vec4f(dot(x, x), dot(y, y), dot(z, z), dot(w, w)));
}

/** From the sums of `moments`: each row's mean, and 1/√(σ² + eps); 0 and 1 where no norm is taken. */
fn statistics(sums: mat2x4f, shift: vec4f) -> mat2x4f {
  if (!has_norm()) { return mat2x4f(vec4f(), vec4f(1.0)); }
  let apart = sums[0] / f32(params.width);
  let variance = max(sums[1] / f32(params.width) - apart * apart, vec4f());
  return mat2x4f(shift + apart, inverseSqrt(variance + params.eps));
}

/**
 * The epilogue and the store of 4 × 4 entries from row i0, column j0; column r of `block` is row i0 + r of C. `stats` are those
 * four rows' means and scales, where NORM is 1; 0 and 1 where no norm is taken.
 */
fn store(block: mat4x4f, i0: u32, j0: u32, batch: u32, stats: mat2x4f) {
  // What is read at a changing place must be a variable, or each read would copy the whole of it.
  var product = block;
  var mean = stats[0];
  var scale = stats[1];
  let epilogue = params.epilogue;
  let has_bias = epilogue != 0u && epilogue != 4u;
  let has_residual = epilogue == 2u || epilogue == 3u || epilogue == 5u;
  let is_step = epilogue == 3u || epilogue == 4u;
  let factor = select(select(1.0, -1.0, epilogue == 5u), params.eta, is_step);
  let threshold = select(0.0, params.threshold, is_step);
  let rows = min(4u, params.rows - min(i0, params.rows));
  let columns = min(4u, params.cols - min(j0, params.cols));
  let ld_x = params.ld_residual;
  let ld_c = params.ld_c;
  for (var c = 0u; c < columns; c++) {
    let j = j0 + c;
    var shift = 0.0;
    if (has_bias) { shift = bias[params.bias_offset + j]; }
    var sum = 0.0;
    var w = 1.0;
    var v = 0.0;
    if (has_norm()) { sum = bias[params.sums_offset + j]; }
    if (has_norm() && has_residual) {
      let norm = params.norm_offset4 + j / 4u;
      w = norm_weight[norm][c];
      v = norm_bias[norm][c];
    }
    let x_at = params.residual_offset + i0 * ld_x + j;
    let to = params.c_offset + batch * params.c_stride + i0 * ld_c + j;
    for (var r = 0u; r < rows; r++) {
      var value = product[r][c];
      if (NORM == 1u) { value = (value - mean[r] * sum) * scale[r]; }
      var x = 0.0;
      if (has_residual) {
        x = residual[x_at + r * ld_x];
        if (NORM == 1u) { x = (x - mean[r]) * scale[r] * w + v; }
      }
      value = x + factor * (value + shift) - threshold;
      C[to + r * ld_c] = select(value, max(value, 0.0), is_step);
    }
  }
}
