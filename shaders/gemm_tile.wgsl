// gemm_tile — the project's product by shared tiles: C = A Bᵀ (or A B) with an epilogue, gemm.wgsl under the same contract.
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
// Grid: x over tiles of TILE columns, y over tiles of TILE rows, z over the batch. A workgroup of 8 × 8 invocations goes along the inner
// sums DEPTH channels at a time, which it keeps in workgroup memory; one invocation keeps a block of TILE/8 × TILE/8.
// CPU reference: productABt in src/math/matrix.ts.

override TILE: u32 = 32u; // side of a workgroup's part of C: 32 or 64
override NORM: u32 = 0u;       // 1: LN(A)
override TRANSPOSED: u32 = 0u; // 1: B is depth × cols; not with NORM
override HALF: u32 = 0u;       // 1: B holds IEEE halves, eight a vector

const SIDE = 8u;   // invocations a side of the workgroup
const DEPTH4 = 4u; // channels a step / 4
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

// Channel k of rows 4r … 4r + 3 of A, or columns of C, is entry k · TILE/4 + r.
var<workgroup> a_tile: array<vec4f, TILE * DEPTH4>;
var<workgroup> b_tile: array<vec4f, TILE * DEPTH4>;
var<workgroup> means: array<f32, TILE>;
var<workgroup> scales: array<f32, TILE>;

/** Channels 4q … 4q + 3 of rows row0 + 4r … of A, a column a channel, to `a_tile`; zeros beyond the last channel. */
fn fetch_a(at: u32, r: u32, q: u32, row0: u32, a_base: u32) {
  let i = a_base + min(row0 + 4u * r + FOUR, vec4u(params.rows - 1u)) * params.depth4 + q;
  var X = mat4x4f();
  if (q < params.depth4) { X = mat4x4f(A[i.x], A[i.y], A[i.z], A[i.w]); }
  if (NORM == 1u) {
    let w = norm_weight[params.norm_offset4 + min(q, params.depth4 - 1u)];
    X = mat4x4f(X[0] * w, X[1] * w, X[2] * w, X[3] * w);
  }
  X = transpose(X);
  for (var k = 0u; k < 4u; k++) { a_tile[(4u * at + k) * (TILE / 4u) + r] = X[k]; }
}

/** The same of columns col0 + 4c … of C: rows of B, or its columns where TRANSPOSED is 1. Uses `b_tile`. */
fn fetch_b(at: u32, c: u32, q: u32, col0: u32, b_base: u32) {
  var W = mat4x4f();
  if (q < params.depth4) {
    var i = b_base + min(col0 + 4u * c + FOUR, vec4u(params.cols - 1u)) * params.ld_b4 + q;
    if (TRANSPOSED == 1u) { i = b_base + (4u * q + FOUR) * params.ld_b4 + min(col0 / 4u + c, params.ld_b4 - 1u); }
    W = mat4x4f(four(i.x), four(i.y), four(i.z), four(i.w));
    if (TRANSPOSED == 0u) { W = transpose(W); }
  }
  for (var k = 0u; k < 4u; k++) { b_tile[(4u * at + k) * (TILE / 4u) + c] = W[k]; }
}

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.y * SIDE + local.x;
  let row0 = group.y * TILE;
  let col0 = group.x * TILE;
  let a_base = params.a_offset4 + group.z * params.a_stride4;
  let b_base = params.b_offset4 + group.z * params.b_stride4;
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
      fetch_b(at, item / DEPTH4, q0 + at, col0, b_base);
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
  var mean = vec4f();
  var scale = vec4f(1.0);
  if (NORM == 1u) {
    mean = vec4f(means[r0], means[r0 + 1u], means[r0 + 2u], means[r0 + 3u]);
    scale = vec4f(scales[r0], scales[r0 + 1u], scales[r0 + 2u], scales[r0 + 3u]);
  }
  store(c00, row0 + r0, c0, group.z, mean, scale);
  if (TILE == 64u) {
    store(c01, row0 + r0, c0 + 32u, group.z, mean, scale);
    if (NORM == 1u) {
      mean = vec4f(means[r0 + 32u], means[r0 + 33u], means[r0 + 34u], means[r0 + 35u]);
      scale = vec4f(scales[r0 + 32u], scales[r0 + 33u], scales[r0 + 34u], scales[r0 + 35u]);
    }
    store(c10, row0 + 32u + r0, c0, group.z, mean, scale);
    store(c11, row0 + 32u + r0, c0 + 32u, group.z, mean, scale);
  }
}
