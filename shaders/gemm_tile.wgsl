// gemm_tile — the project's product by shared tiles: C = A Bᵀ (or A B) with an epilogue, gemm.wgsl under the same contract.
//
//   epilogue 0: C = A Bᵀ                                  U_kᵀ z for all heads, of Z_half and Z_next
//   epilogue 1: C = A Bᵀ + bias                           embedding, class head, U_kᵀ LN(z)
//   epilogue 2: C = A Bᵀ + bias + residual                Z_half = Z + MSSA; α: Z_next = Z_half + z2 D1ᵀ
//   epilogue 3: C = ReLU(residual + η (A Bᵀ + bias) − threshold)   Z_next, the ISTA step with B = G = Dᵀ(I − D), A = residual = X; α: z2
//   epilogue 4: C = ReLU(η A Bᵀ − threshold)              α: z1, the same step from z = 0
//   epilogue 5: C = residual − (A Bᵀ + bias)              α: X − z1 Dᵀ; MAE's decoder: H − MSSA
//
//   NORM 1: LN(A) in place of A, and in place of residual, which then is A itself; none where width is 0. With the norm's weight w and bias v
//           LN(a)·b = (Σ_k a_k w_k b_k − μ Σ_k w_k b_k)/σ + Σ_k v_k b_k; the sums without a are formed once (gpuWeights.ts): the last one
//           is part of `bias`, the other follows it at sums_offset
//
//   A           : rows × 4·depth4   one token a row
//   B           : cols × 4·ld_b4    a Linear's weight, one output channel a row; HALF 1: two bytes an entry
//                 4·depth4 × 4·ld_b4 where TRANSPOSED is 1, for A B: the same D serves z Dᵀ and x D
//   bias        : cols         and where NORM is 1 as many sums
//   residual    : rows × ld_residual
//   norm_weight, norm_bias : 4·depth4   of the layer norm, padded as A's rows are
//   C           : rows × ld_c
//
// Source: PreNorm, Linear layers and FeedForward of Ma-Lab-Berkeley/CRATE model/crate.py; D is fixed at inference, so
// DᵀX − DᵀDX = GX with G = Dᵀ(I − D) formed once (src/model/ista.ts). Over-complete D of CRATE-α: UCSC-VLAA/CRATE-alpha.
// Grid: x over tiles of TILE columns, y over tiles of TILE rows, z over the batch. A workgroup of 8 × 8 invocations goes along the inner
// sums DEPTH channels at a time, which it keeps in workgroup memory; one invocation keeps a block of TILE/8 × TILE/8.
// CPU reference: productABt in src/math/matrix.ts.

override TILE: u32 = 32u; // side of a workgroup's part of C: 32 or 64
override NORM: u32 = 0u;       // 1: LN(A), where width is not 0
override TRANSPOSED: u32 = 0u; // 1: B is depth × cols; not with NORM
override HALF: u32 = 0u;       // 1: B holds IEEE halves, eight a vector

const SIDE = 8u;   // invocations a side of the workgroup
const DEPTH4 = 4u; // channels a step / 4

// Channel k of rows 4r … 4r + 3 of A, or columns of C, is entry k · TILE/4 + r.
var<workgroup> a_tile: array<vec4f, TILE * DEPTH4>;
var<workgroup> b_tile: array<vec4f, TILE * DEPTH4>;
var<workgroup> means: array<f32, TILE>;
var<workgroup> scales: array<f32, TILE>;

/**
 * Mean and 1/√(σ² + eps) of the row of A that begins at `row`, mean first, then the squared deviations: no cancellation. 0 and 1 where no
 * norm is taken.
 */
fn row_stats(row: u32) -> vec2f {
  if (!has_norm()) { return vec2f(0.0, 1.0); }
  var sums = vec4f();
  for (var q = 0u; q < params.depth4; q++) { sums += A[row + q]; }
  let mean = dot(sums, vec4f(1.0)) / f32(params.width);
  var squares = vec4f();
  for (var q = 0u; q < params.depth4; q++) {
    // Padding, which is zero, deviates but does not count.
    let deviation = select(vec4f(), A[row + q] - mean, vec4u(4u * q) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width));
    squares += deviation * deviation;
  }
  return vec2f(mean, 1.0 / sqrt(dot(squares, vec4f(1.0)) / f32(params.width) + params.eps));
}

/** Channels 4q … 4q + 3 of rows row0 + 4r … of A, a column a channel, to `a_tile`; zeros beyond the last channel. */
fn fetch_a(at: u32, r: u32, q: u32, row0: u32, a_base: u32) {
  let i = a_base + min(row0 + 4u * r + FOUR, vec4u(params.rows - 1u)) * params.depth4 + q;
  var X = mat4x4f();
  if (q < params.depth4) { X = transpose(scaled(tokens(i), norm_at(q))); }
  for (var k = 0u; k < 4u; k++) { a_tile[(4u * at + k) * (TILE / 4u) + r] = X[k]; }
}

/** The same of columns col0 + 4c … of C: rows of B, or its columns where TRANSPOSED is 1. Uses `b_tile`. */
fn fetch_b(at: u32, c: u32, q: u32, col0: u32, batch: u32) {
  var W = mat4x4f();
  if (q < params.depth4) {
    W = weights(columns_at(col0 + 4u * c, batch) + q * column_step());
    if (TRANSPOSED == 0u) { W = transpose(W); }
  }
  for (var k = 0u; k < 4u; k++) { b_tile[(4u * at + k) * (TILE / 4u) + c] = W[k]; }
}

/** Means and scales of the tile's rows r0 … r0 + 3. Uses `means` and `scales`. */
fn stats_of(r0: u32) -> mat2x4f {
  if (NORM == 0u) { return mat2x4f(); }
  return mat2x4f(
    vec4f(means[r0], means[r0 + 1u], means[r0 + 2u], means[r0 + 3u]),
    vec4f(scales[r0], scales[r0 + 1u], scales[r0 + 2u], scales[r0 + 3u]),
  );
}

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.y * SIDE + local.x;
  let row0 = group.y * TILE;
  let col0 = group.x * TILE;
  let a_base = params.a_offset4 + group.z * params.a_stride4;
  if (NORM == 1u) {
    if (lane < TILE) {
      let stats = row_stats(a_base + min(row0 + lane, params.rows - 1u) * params.depth4);
      means[lane] = stats.x;
      scales[lane] = stats.y;
    }
    workgroupBarrier();
  }
  // An invocation's rows are 4·local.y … of each 32 of the tile, its columns 4·local.x …
  var c00 = mat4x4f();
  var c01 = mat4x4f();
  var c10 = mat4x4f();
  var c11 = mat4x4f();
  let quads = TILE / 4u;
  for (var q0 = 0u; q0 < params.depth4; q0 += DEPTH4) {
    for (var item = lane; item < quads * DEPTH4; item += SIDE * SIDE) {
      // Neighbours take the next channels of the same rows, which lie side by side.
      let at = item % DEPTH4;
      fetch_a(at, item / DEPTH4, q0 + at, row0, a_base);
      fetch_b(at, item / DEPTH4, q0 + at, col0, group.z);
    }
    workgroupBarrier();
    for (var k = 0u; k < 4u * DEPTH4; k++) {
      let a0 = a_tile[k * quads + local.y];
      let b0 = b_tile[k * quads + local.x];
      c00 += mat4x4f(a0.x * b0, a0.y * b0, a0.z * b0, a0.w * b0);
      if (TILE == 64u) {
        let a1 = a_tile[k * quads + SIDE + local.y];
        let b1 = b_tile[k * quads + SIDE + local.x];
        c01 += mat4x4f(a0.x * b1, a0.y * b1, a0.z * b1, a0.w * b1);
        c10 += mat4x4f(a1.x * b0, a1.y * b0, a1.z * b0, a1.w * b0);
        c11 += mat4x4f(a1.x * b1, a1.y * b1, a1.z * b1, a1.w * b1);
      }
    }
    workgroupBarrier();
  }
  let r0 = 4u * local.y;
  let c0 = col0 + 4u * local.x;
  let above = stats_of(r0);
  store(c00, row0 + r0, c0, group.z, above);
  if (TILE == 64u) {
    let below = stats_of(r0 + 32u);
    store(c01, row0 + r0, c0 + 32u, group.z, above);
    store(c10, row0 + 32u + r0, c0, group.z, below);
    store(c11, row0 + 32u + r0, c0 + 32u, group.z, below);
  }
}
