// gemm — the project's one product: C = A Bᵀ with an epilogue, both factors read along their contiguous rows.
//
//   EPILOGUE 0: C = A Bᵀ                                  U_kᵀ z for all heads
//   EPILOGUE 1: C = A Bᵀ + bias                           embedding, class head
//   EPILOGUE 2: C = A Bᵀ + bias + residual                Z_half = Z + MSSA
//   EPILOGUE 3: C = ReLU(residual + η A Bᵀ − threshold)   Z_next, the ISTA step with B = G = Dᵀ(I − D), A = residual = X
//
//   A        : rows × 4·depth4   one token a row
//   B        : cols × 4·depth4   a Linear's weight: one output channel a row
//   bias     : cols
//   residual : rows × ld_residual
//   C        : rows × ld_c
//
// Source: Linear layers and FeedForward of Ma-Lab-Berkeley/CRATE model/crate.py; D is fixed at inference, so
// DᵀX − DᵀDX = GX with G = Dᵀ(I − D) formed once (src/model/ista.ts).
// Grid: x over blocks of 4 columns, y over blocks of 8 rows, z over the batch; one invocation keeps an 8 × 4 block in registers.
// CPU reference: multiplyTransposed in src/math/matrix.ts.

override WG_X: u32 = 8u; // column blocks a workgroup
override WG_Y: u32 = 4u; // row blocks a workgroup
override EPILOGUE: u32 = 0u;

const ROWS = 8u;
const COLS = 4u;

struct Params {
  rows: u32,
  cols: u32,
  depth4: u32,          // length of the inner sums / 4; rows are padded with zeros to a multiple of 4
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
@group(0) @binding(2) var<storage, read> B: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> C: array<f32>;

@compute @workgroup_size(WG_X, WG_Y)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row0 = id.y * ROWS;
  let col0 = id.x * COLS;
  if (row0 >= params.rows || col0 >= params.cols) { return; }
  let a_base = params.a_offset4 + id.z * params.a_stride4;
  let b_base = params.b_offset4 + id.z * params.b_stride4;
  // Rows and columns outside the matrix are read as the last one inside and never stored.
  let b0 = b_base + col0 * params.depth4;
  let b1 = b_base + min(col0 + 1u, params.cols - 1u) * params.depth4;
  let b2 = b_base + min(col0 + 2u, params.cols - 1u) * params.depth4;
  let b3 = b_base + min(col0 + 3u, params.cols - 1u) * params.depth4;
  var a_row: array<u32, ROWS>;
  var sums: array<vec4f, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    a_row[r] = a_base + min(row0 + r, params.rows - 1u) * params.depth4;
    sums[r] = vec4f(0.0);
  }
  for (var q = 0u; q < params.depth4; q++) {
    let v0 = B[b0 + q];
    let v1 = B[b1 + q];
    let v2 = B[b2 + q];
    let v3 = B[b3 + q];
    for (var r = 0u; r < ROWS; r++) {
      let a = A[a_row[r] + q];
      sums[r] += vec4f(dot(a, v0), dot(a, v1), dot(a, v2), dot(a, v3));
    }
  }
  for (var r = 0u; r < ROWS; r++) {
    let i = row0 + r;
    if (i >= params.rows) { break; }
    for (var c = 0u; c < COLS; c++) {
      let j = col0 + c;
      if (j >= params.cols) { break; }
      var value = sums[r][c];
      if (EPILOGUE == 1u || EPILOGUE == 2u) { value += bias[params.bias_offset + j]; }
      if (EPILOGUE == 2u) { value += residual[params.residual_offset + i * params.ld_residual + j]; }
      if (EPILOGUE == 3u) {
        let x = residual[params.residual_offset + i * params.ld_residual + j];
        value = max(x + params.eta * value - params.threshold, 0.0);
      }
      C[params.c_offset + id.z * params.c_stride + i * params.ld_c + j] = value;
    }
  }
}
