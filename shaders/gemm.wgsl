// gemm — the project's product by register blocks: C = A Bᵀ (or A B) with an epilogue.
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
// Grid: x over blocks of COLS columns, y over blocks of ROWS rows, z over the batch; one invocation keeps a ROWS × COLS block in
// registers and shares nothing. gemm_quad.wgsl and gemm_tile.wgsl are the same with the loads shared, the contract is in lib/product.wgsl.
// CPU reference: productABt in src/math/matrix.ts.

override WG_X: u32 = 16u; // column blocks a workgroup
override WG_Y: u32 = 1u;  // row blocks a workgroup
override ROWS: u32 = 16u; // of C an invocation, 8 or 16
override COLS: u32 = 16u; // 8 or, where ROWS is 16, 16
override NORM: u32 = 0u;       // 1: LN(A), where width is not 0
override TRANSPOSED: u32 = 0u; // 1: B is depth × cols; not with NORM
override HALF: u32 = 0u;       // 1: B holds IEEE halves, eight a vector

@compute @workgroup_size(WG_X, WG_Y)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row0 = id.y * ROWS;
  let col0 = id.x * COLS;
  if (row0 < params.rows && col0 < params.cols) {
    // Rows and columns outside the matrix are read as the last one inside and never stored.
    let last = vec4u(params.rows - 1u);
    let a_base = params.a_offset4 + id.z * params.a_stride4;
    let a0 = a_base + min(row0 + FOUR, last) * params.depth4;
    let a1 = a_base + min(row0 + 4u + FOUR, last) * params.depth4;
    let a2 = a_base + min(row0 + 8u + FOUR, last) * params.depth4;
    let a3 = a_base + min(row0 + 12u + FOUR, last) * params.depth4;
    let b0 = columns_at(col0, id.z);
    let b1 = columns_at(col0 + 4u, id.z);
    let b2 = columns_at(col0 + 8u, id.z);
    let b3 = columns_at(col0 + 12u, id.z);
    let b_step = column_step();
    let shift0 = about(a0);
    let shift1 = about(a1);
    let shift2 = about(a2);
    let shift3 = about(a3);
    var sums0 = mat2x4f();
    var sums1 = mat2x4f();
    var sums2 = mat2x4f();
    var sums3 = mat2x4f();
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
    for (var q = 0u; q < params.depth4; q++) {
      let w = norm_at(q);
      let A0 = tokens(a0 + q);
      let A1 = tokens(a1 + q);
      sums0 += moments(A0, q, shift0);
      sums1 += moments(A1, q, shift1);
      let X0 = scaled(A0, w);
      let X1 = scaled(A1, w);
      let W0 = weights(b0 + q * b_step);
      let W1 = weights(b1 + q * b_step);
      c00 += times(X0, W0);
      c01 += times(X0, W1);
      c10 += times(X1, W0);
      c11 += times(X1, W1);
      if (ROWS == 16u) {
        let A2 = tokens(a2 + q);
        let A3 = tokens(a3 + q);
        sums2 += moments(A2, q, shift2);
        sums3 += moments(A3, q, shift3);
        let X2 = scaled(A2, w);
        let X3 = scaled(A3, w);
        c20 += times(X2, W0);
        c21 += times(X2, W1);
        c30 += times(X3, W0);
        c31 += times(X3, W1);
        if (COLS == 16u) {
          let W2 = weights(b2 + q * b_step);
          let W3 = weights(b3 + q * b_step);
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
    var stats = array<mat2x4f, 4>(
      statistics(sums0, shift0), statistics(sums1, shift1), statistics(sums2, shift2), statistics(sums3, shift3),
    );
    var blocks = array<mat4x4f, 16>(
      c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33,
    );
    for (var b = 0u; b < ROWS * COLS / 16u; b++) {
      let r = b / (COLS / 4u);
      let c = b % (COLS / 4u);
      store(blocks[4u * r + c], row0 + 4u * r, col0 + 4u * c, id.z, stats[r]);
    }
  }
}
