// gemm_quad — the project's product by quads of a subgroup: C = A Bᵀ (or A B) with an epilogue, gemm.wgsl under the same contract.
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
// Grid: x over blocks of COLS columns, y over blocks of 16 rows, z over the batch; one invocation keeps a 16 × COLS block in registers. The
// four of a quad, side by side in x, have their rows in common: each loads four of the sixteen and passes them round.
// Quads are four neighbours of a subgroup; that a device forms them along x is tried before it is trusted (src/engine/quads.ts).
// CPU reference: productABt in src/math/matrix.ts.

enable subgroups;
// Whole quads leave together and run loops of the same length, which the compiler cannot know.
diagnostic(off, subgroup_uniformity);

override WG_X: u32 = 16u; // column blocks a workgroup, a multiple of 4
override COLS: u32 = 16u; // of C an invocation, 8 or 16
override NORM: u32 = 0u;       // 1: LN(A), where width is not 0
override TRANSPOSED: u32 = 0u; // 1: B is depth × cols; not with NORM
override HALF: u32 = 0u;       // 1: B holds IEEE halves, eight a vector

/** What the quad's lane 0, 1, 2 or 3 has of its four rows. */
fn from0(X: mat4x4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(X[0], 0u), quadBroadcast(X[1], 0u), quadBroadcast(X[2], 0u), quadBroadcast(X[3], 0u));
}
fn from1(X: mat4x4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(X[0], 1u), quadBroadcast(X[1], 1u), quadBroadcast(X[2], 1u), quadBroadcast(X[3], 1u));
}
fn from2(X: mat4x4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(X[0], 2u), quadBroadcast(X[1], 2u), quadBroadcast(X[2], 2u), quadBroadcast(X[3], 2u));
}
fn from3(X: mat4x4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(X[0], 3u), quadBroadcast(X[1], 3u), quadBroadcast(X[2], 3u), quadBroadcast(X[3], 3u));
}

@compute @workgroup_size(WG_X)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row0 = id.y * 16u;
  let col0 = id.x * COLS;
  // A quad stays together as long as one of its columns is inside.
  if (row0 < params.rows && id.x / 4u * 4u * COLS < params.cols) {
    // Rows and columns outside the matrix are read as the last one inside and never stored.
    let own = row0 + 4u * (id.x % 4u) + FOUR;
    let a = params.a_offset4 + id.z * params.a_stride4 + min(own, vec4u(params.rows - 1u)) * params.depth4;
    let b0 = columns_at(col0, id.z);
    let b1 = columns_at(col0 + 4u, id.z);
    let b2 = columns_at(col0 + 8u, id.z);
    let b3 = columns_at(col0 + 12u, id.z);
    let b_step = column_step();
    let shift = about(a);
    var sums = mat2x4f();
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
      let rows = tokens(a + q);
      sums += moments(rows, q, shift);
      let X = scaled(rows, norm_at(q));
      let X0 = from0(X);
      let X1 = from1(X);
      let X2 = from2(X);
      let X3 = from3(X);
      let W0 = weights(b0 + q * b_step);
      let W1 = weights(b1 + q * b_step);
      c00 += times(X0, W0);
      c01 += times(X0, W1);
      c10 += times(X1, W0);
      c11 += times(X1, W1);
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
    let mine = statistics(sums, shift);
    var stats = array<mat2x4f, 4>(
      mat2x4f(quadBroadcast(mine[0], 0u), quadBroadcast(mine[1], 0u)),
      mat2x4f(quadBroadcast(mine[0], 1u), quadBroadcast(mine[1], 1u)),
      mat2x4f(quadBroadcast(mine[0], 2u), quadBroadcast(mine[1], 2u)),
      mat2x4f(quadBroadcast(mine[0], 3u), quadBroadcast(mine[1], 3u)),
    );
    // Eight columns at a time, so that those that are not there cost no compiling.
    for (var eight = 0u; eight < COLS / 8u; eight++) {
      var blocks = array<mat4x4f, 8>(c00, c01, c10, c11, c20, c21, c30, c31);
      if (COLS == 16u && eight == 1u) { blocks = array<mat4x4f, 8>(c02, c03, c12, c13, c22, c23, c32, c33); }
      for (var b = 0u; b < 8u; b++) {
        let r = b / 2u;
        store(blocks[b], row0 + 4u * r, col0 + 8u * eight + 4u * (b % 2u), id.z, stats[r]);
      }
    }
  }
}
