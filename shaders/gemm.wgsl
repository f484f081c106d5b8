// gemm — the project's one product: C = A Bᵀ (or A B) with an epilogue.
//
//   EPILOGUE 0: C = A Bᵀ                                  U_kᵀ z for all heads
//   EPILOGUE 1: C = A Bᵀ + bias                           embedding, class head
//   EPILOGUE 2: C = A Bᵀ + bias + residual                Z_half = Z + MSSA; α: Z_next = Z_half + z2 D1ᵀ
//   EPILOGUE 3: C = ReLU(residual + η A Bᵀ − threshold)   Z_next, the ISTA step with B = G = Dᵀ(I − D), A = residual = X; α: z2
//   EPILOGUE 4: C = ReLU(η A Bᵀ − threshold)              α: z1, the same step from z = 0
//   EPILOGUE 5: C = residual − (A Bᵀ + bias)              α: X − z1 Dᵀ; MAE's decoder: H − MSSA
//
//   A        : rows × 4·depth4   one token a row
//   B        : cols × 4·ld_b4    a Linear's weight, one output channel a row; HALF 1: two bytes an entry
//              4·depth4 × 4·ld_b4 where TRANSPOSED is 1, for A B: the same D serves z Dᵀ and x D
//   bias     : cols
//   residual : rows × ld_residual
//   C        : rows × ld_c
//
// Source: Linear layers and FeedForward of Ma-Lab-Berkeley/CRATE model/crate.py; D is fixed at inference, so
// DᵀX − DᵀDX = GX with G = Dᵀ(I − D) formed once (src/model/ista.ts). Over-complete D of CRATE-α: UCSC-VLAA/CRATE-alpha.
// Grid: x over blocks of 8 columns, y over blocks of 8 rows, z over the batch; one invocation keeps an 8 × 8 block in registers.
// CPU reference: productABt in src/math/matrix.ts.

override WG_X: u32 = 4u; // column blocks a workgroup
override WG_Y: u32 = 4u; // row blocks a workgroup
override EPILOGUE: u32 = 0u;
override TRANSPOSED: u32 = 0u; // 1: B is depth × cols
override HALF: u32 = 0u;       // 1: B holds IEEE halves, eight a vector

const ROWS = 8u; // of C an invocation
const COLS = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  rows: u32,
  cols: u32,
  depth4: u32,          // length of the inner sums / 4; rows are padded with zeros to a multiple of 4
  ld_b4: u32,           // row stride of B / 4
  ld_c: u32,
  ld_residual: u32,
  a_offset4: u32,       // offsets and strides that end in 4 count vec4
  b_offset4: u32,
  c_offset: u32,
  bias_offset: u32,
  residual_offset: u32,
  a_stride4: u32,       // from one matrix of the batch to the next
  b_stride4: u32,
  c_stride: u32,
  eta: f32,             // η, step size
  threshold: f32,       // η·λ
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> A: array<vec4f>;
@group(0) @binding(2) var<storage, read> B: array<vec4u>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> C: array<f32>;

/** Entries 4i … 4i + 3 of B. */
fn four(i: u32) -> vec4f {
  if (HALF == 1u) {
    let eight = B[i / 2u];
    let pairs = select(eight.xy, eight.zw, i % 2u == 1u);
    return vec4f(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
  }
  return bitcast<vec4f>(B[i]);
}

/** Four columns of the product's right factor over 4 channels: W[k][c] for channel k. */
fn weights(at: vec4u) -> mat4x4f {
  let W = mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w));
  if (TRANSPOSED == 1u) { return W; }
  return transpose(W);
}

/** The epilogue and the store of 4 × 4 entries from row i0, column j0; column r of `block` is row i0 + r of C. */
fn store(block: mat4x4f, i0: u32, j0: u32, c_base: u32) {
  for (var i = i0; i < min(i0 + 4u, params.rows); i++) {
    for (var j = j0; j < min(j0 + 4u, params.cols); j++) {
      var value = block[i - i0][j - j0];
      if (EPILOGUE == 1u || EPILOGUE == 2u || EPILOGUE == 5u) { value += bias[params.bias_offset + j]; }
      if (EPILOGUE == 2u) { value += residual[params.residual_offset + i * params.ld_residual + j]; }
      if (EPILOGUE == 3u) {
        let x = residual[params.residual_offset + i * params.ld_residual + j];
        value = max(x + params.eta * value - params.threshold, 0.0);
      }
      if (EPILOGUE == 4u) { value = max(params.eta * value - params.threshold, 0.0); }
      if (EPILOGUE == 5u) { value = residual[params.residual_offset + i * params.ld_residual + j] - value; }
      C[c_base + i * params.ld_c + j] = value;
    }
  }
}

@compute @workgroup_size(WG_X, WG_Y)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row0 = id.y * ROWS;
  let col0 = id.x * COLS;
  if (row0 >= params.rows || col0 >= params.cols) { return; }
  // Rows and columns outside the matrix are read as the last one inside and never stored.
  let last_row = vec4u(params.rows - 1u);
  let last_col = vec4u(params.cols - 1u);
  let a_base = params.a_offset4 + id.z * params.a_stride4;
  let b_base = params.b_offset4 + id.z * params.b_stride4;
  let a0 = a_base + min(row0 + FOUR, last_row) * params.depth4;
  let a1 = a_base + min(row0 + 4u + FOUR, last_row) * params.depth4;
  // One row of B a column of C; TRANSPOSED: one row of B a channel.
  var b0 = b_base + min(col0 + FOUR, last_col) * params.ld_b4;
  var b1 = b_base + min(col0 + 4u + FOUR, last_col) * params.ld_b4;
  var b_step = 1u;
  if (TRANSPOSED == 1u) {
    b0 = b_base + FOUR * params.ld_b4 + col0 / 4u;
    b1 = b_base + FOUR * params.ld_b4 + min(col0 / 4u + 1u, params.ld_b4 - 1u);
    b_step = 4u * params.ld_b4;
  }
  // Four blocks of 4 × 4, held apart: an array of them, indexed in a loop, would leave the registers.
  var c00 = mat4x4f();
  var c01 = mat4x4f();
  var c10 = mat4x4f();
  var c11 = mat4x4f();
  for (var q = 0u; q < params.depth4; q++) {
    let X0 = mat4x4f(A[a0.x + q], A[a0.y + q], A[a0.z + q], A[a0.w + q]);
    let X1 = mat4x4f(A[a1.x + q], A[a1.y + q], A[a1.z + q], A[a1.w + q]);
    // (W X)[r][c] = Σ_k W[k][c] A[r, k] over these 4 channels.
    let W0 = weights(b0 + q * b_step);
    let W1 = weights(b1 + q * b_step);
    c00 += W0 * X0;
    c01 += W1 * X0;
    c10 += W0 * X1;
    c11 += W1 * X1;
  }
  let c_base = params.c_offset + id.z * params.c_stride;
  store(c00, row0, col0, c_base);
  store(c01, row0, col0 + 4u, c_base);
  store(c10, row0 + 4u, col0, c_base);
  store(c11, row0 + 4u, col0 + 4u, c_base);
}
