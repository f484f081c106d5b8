// gemm — the project's product by register blocks: C = A Bᵀ (or A B) with an epilogue.
//
//   epilogue 0: C = A Bᵀ                                  U_kᵀ z for all heads, of Z_half and Z_next
//   epilogue 1: C = A Bᵀ + bias                           embedding, class head, U_kᵀ LN(z)
//   epilogue 2: C = A Bᵀ + bias + residual                Z_half = Z + MSSA; α: Z_next = Z_half + z2 D1ᵀ
//   epilogue 3: C = ReLU(residual + η (A Bᵀ + bias) − threshold)   Z_next, the ISTA step with B = G = Dᵀ(I − D), A = residual = X; α: z2
//   epilogue 4: C = ReLU(η A Bᵀ − threshold)              α: z1, the same step from z = 0
//   epilogue 5: C = residual − (A Bᵀ + bias)              α: X − z1 Dᵀ; MAE's decoder: H − MSSA
//
//   NORM 1: LN(A) in place of A, and in place of residual, which then is A itself. With the norm's weight w and bias v
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
// Grid: x over blocks of COLS columns, y over blocks of ROWS rows, z over the batch; one invocation keeps a ROWS × COLS block in
// registers and shares nothing but the rows' statistics. gemm_tile.wgsl is the same by shared tiles.
// CPU reference: productABt in src/math/matrix.ts.

override WG_X: u32 = 16u; // column blocks a workgroup; many share the statistics of few rows
override WG_Y: u32 = 1u;  // row blocks a workgroup
override ROWS: u32 = 16u; // of C an invocation, 8 or 16
override COLS: u32 = 16u; // 8 or, where ROWS is 16, 16
override NORM: u32 = 0u;       // 1: LN(A)
override TRANSPOSED: u32 = 0u; // 1: B is depth × cols; not with NORM
override HALF: u32 = 0u;       // 1: B holds IEEE halves, eight a vector

const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  rows: u32,
  cols: u32,
  depth4: u32,          // length of the inner sums / 4; rows are padded with zeros to a multiple of 4
  width: u32,           // channels that the norm counts, ≤ 4·depth4
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

var<workgroup> means: array<f32, WG_Y * ROWS>;
var<workgroup> scales: array<f32, WG_Y * ROWS>;

/** Four channels of four rows of B, or where TRANSPOSED is 1 four columns of four. `w` scales the channels where NORM is 1. */
fn weights(at: vec4u, w: vec4f) -> mat4x4f {
  let W = mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w));
  if (NORM == 1u) { return mat4x4f(W[0] * w, W[1] * w, W[2] * w, W[3] * w); }
  return W;
}

/** Σ_k over these 4 channels: entry [r][c] is row r of X times column c of the product's right factor. */
fn times(X: mat4x4f, W: mat4x4f) -> mat4x4f {
  if (TRANSPOSED == 1u) { return W * X; }
  // Turned at each use: on SwiftShader up to a tenth faster than once for all uses.
  return transpose(W) * X;
}

/** Four channels of the four rows of A at `at`. */
fn tokens(at: vec4u) -> mat4x4f { return mat4x4f(A[at.x], A[at.y], A[at.z], A[at.w]); }

/** The means of the workgroup's rows r0 … r0 + 3. Uses `means`. */
fn means_of(r0: u32) -> vec4f {
  if (NORM == 0u) { return vec4f(); }
  return vec4f(means[r0], means[r0 + 1u], means[r0 + 2u], means[r0 + 3u]);
}

/** The scales of the workgroup's rows r0 … r0 + 3. Uses `scales`. */
fn scales_of(r0: u32) -> vec4f {
  if (NORM == 0u) { return vec4f(1.0); }
  return vec4f(scales[r0], scales[r0 + 1u], scales[r0 + 2u], scales[r0 + 3u]);
}

@compute @workgroup_size(WG_X, WG_Y)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
) {
  let a_base = params.a_offset4 + id.z * params.a_stride4;
  if (NORM == 1u) {
    for (var r = local.y * WG_X + local.x; r < WG_Y * ROWS; r += WG_X * WG_Y) {
      let stats = row_stats(a_base + min(group.y * WG_Y * ROWS + r, params.rows - 1u) * params.depth4);
      means[r] = stats.x;
      scales[r] = stats.y;
    }
    workgroupBarrier();
  }
  let row0 = id.y * ROWS;
  let col0 = id.x * COLS;
  if (row0 < params.rows && col0 < params.cols) {
    // Rows and columns outside the matrix are read as the last one inside and never stored.
    let last_row = vec4u(params.rows - 1u);
    let last_col = vec4u(params.cols - 1u);
    let b_base = params.b_offset4 + id.z * params.b_stride4;
    let r0 = local.y * ROWS;
    let a0 = a_base + min(row0 + FOUR, last_row) * params.depth4;
    let a1 = a_base + min(row0 + 4u + FOUR, last_row) * params.depth4;
    let a2 = a_base + min(row0 + 8u + FOUR, last_row) * params.depth4;
    let a3 = a_base + min(row0 + 12u + FOUR, last_row) * params.depth4;
    // One row of B a column of C; TRANSPOSED: one row of B a channel.
    var b0 = b_base + min(col0 + FOUR, last_col) * params.ld_b4;
    var b1 = b_base + min(col0 + 4u + FOUR, last_col) * params.ld_b4;
    var b2 = b_base + min(col0 + 8u + FOUR, last_col) * params.ld_b4;
    var b3 = b_base + min(col0 + 12u + FOUR, last_col) * params.ld_b4;
    var b_step = 1u;
    if (TRANSPOSED == 1u) {
      let last = params.ld_b4 - 1u;
      b0 = b_base + FOUR * params.ld_b4 + min(col0 / 4u, last);
      b1 = b_base + FOUR * params.ld_b4 + min(col0 / 4u + 1u, last);
      b2 = b_base + FOUR * params.ld_b4 + min(col0 / 4u + 2u, last);
      b3 = b_base + FOUR * params.ld_b4 + min(col0 / 4u + 3u, last);
      b_step = 4u * params.ld_b4;
    }
    // Blocks of 4 × 4, held apart: an array of them, indexed in a loop, would leave the registers.
    var c00 = mat4x4f();
    var c01 = mat4x4f();
    var c02 = mat4x4f();
    var c03 = mat4x4f();
    var c10 = mat4x4f();
    var c11 = mat4x4f();
    var c12 = mat4x4f();
    var c13 = mat4x4f();
    var c20 = mat4x4f();
    var c21 = mat4x4f();
    var c22 = mat4x4f();
    var c23 = mat4x4f();
    var c30 = mat4x4f();
    var c31 = mat4x4f();
    var c32 = mat4x4f();
    var c33 = mat4x4f();
    var w = vec4f(1.0);
    for (var q = 0u; q < params.depth4; q++) {
      if (NORM == 1u) { w = norm_weight[params.norm_offset4 + q]; }
      let W0 = weights(b0 + q * b_step, w);
      let W1 = weights(b1 + q * b_step, w);
      let X0 = tokens(a0 + q);
      let X1 = tokens(a1 + q);
      c00 += times(X0, W0);
      c01 += times(X0, W1);
      c10 += times(X1, W0);
      c11 += times(X1, W1);
      if (ROWS == 16u) {
        let X2 = tokens(a2 + q);
        let X3 = tokens(a3 + q);
        c20 += times(X2, W0);
        c21 += times(X2, W1);
        c30 += times(X3, W0);
        c31 += times(X3, W1);
        if (COLS == 16u) {
          let W2 = weights(b2 + q * b_step, w);
          let W3 = weights(b3 + q * b_step, w);
          c02 += times(X0, W2);
          c03 += times(X0, W3);
          c12 += times(X1, W2);
          c13 += times(X1, W3);
          c22 += times(X2, W2);
          c23 += times(X2, W3);
          c32 += times(X3, W2);
          c33 += times(X3, W3);
        }
      }
    }
    var blocks = array<mat4x4f, 16>(
      c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33,
    );
    for (var b = 0u; b < ROWS * COLS / 16u; b++) {
      let r = b / (COLS / 4u);
      let c = b % (COLS / 4u);
      store(blocks[4u * r + c], row0 + 4u * r, col0 + 4u * c, id.z, means_of(r0 + 4u * r), scales_of(r0 + 4u * r));
    }
  }
}
