// cholesky_logdet — ½ logdet of matrices I + αG, G positive semi-definite.
//
//   I + α G = L Lᵀ,   rate = Σ_j ln L_jj,   α = p/(n ε²)
//
//   M     : layers × 2 × heads × m²   lower triangles G (gram.wgsl, gram_tokens.wgsl), m a multiple of 8; they stay, and the 8 × 8 block of L
//                                     at rows I, columns J lies above the diagonal, at rows J, columns I. Where of_tokens is 1 the second
//                                     heads of a layer have no G: theirs is that of the first ones, unit-normalised, G_ab/√(G_aa G_bb)
//   rates : layers × 2 × heads        nats, at rate_offset
//
// G is kept, so that another ε² costs only this. Rows and columns of G that are zeros leave the determinant as it is.
// Left-looking, eight columns J at a time: the LANES invocations of a matrix take eight rows I below the diagonal each,
// L_IJ = ((I + αG)_IJ − Σ_k L_Ik L_Jkᵀ) L_JJ⁻ᵀ, and form L_JJ for themselves, so that eight columns cost one barrier. A processor does best
// with a matrix an invocation, a GPU with more. Source: R and R^c are ½ logdet (MCR², arXiv 2006.08558); unit normalisation in
// vis_utils/coding_rate.py of Ma-Lab-Berkeley/CRATE (there a zero vector gives NaN, here it stays zero).
// Grid: x over matrices, WIDTH/LANES a workgroup.
// CPU reference: logdet in src/math/cholesky.ts.

override WIDTH: u32 = 32u; // invocations a workgroup
override LANES: u32 = 8u;  // invocations a matrix

const IDENTITY = mat4x4f(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0);

struct Params {
  m: u32,           // side of a matrix
  heads: u32,       // of a layer
  of_tokens: u32,   // 1: G is gram_tokens', n × n
  batch: u32,       // matrices, layers · 2 · heads
  m_offset4: u32,   // first entry of M / 4
  rate_offset: u32, // first entry of rates
  alpha: f32,       // p / (n ε²)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> M: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> rates: array<f32>;

// Blocks are 4 × 4, in registers; column r of a block is the matrix's row r.

/** The block of M that begins at `at`. */
fn block(at: u32) -> mat4x4f {
  let ld4 = params.m / 4u;
  return mat4x4f(M[at], M[at + ld4], M[at + 2u * ld4], M[at + 3u * ld4]);
}

/** 1/√G_aa of rows a0 … a0 + 3 of the matrix at `g0`, 0 of a zero token; 1 where tokens keep their lengths. */
fn scales(g0: u32, a0: u32, is_unit: bool) -> vec4f {
  if (!is_unit) { return vec4f(1.0); }
  let ld4 = params.m / 4u;
  let at = g0 + a0 * ld4 + a0 / 4u;
  let squares = vec4f(M[at].x, M[at + ld4].y, M[at + 2u * ld4].z, M[at + 3u * ld4].w);
  return select(vec4f(), inverseSqrt(max(squares, vec4f(1e-37))), squares > vec4f());
}

/** αG of the block that begins at `at`, its rows times `down`, its columns times `across`. */
fn given(at: u32, down: vec4f, across: vec4f) -> mat4x4f {
  let G = block(at);
  return params.alpha * mat4x4f(G[0] * down.x * across, G[1] * down.y * across, G[2] * down.z * across, G[3] * down.w * across);
}

/** Overwrites it. */
fn put(at: u32, X: mat4x4f) {
  let ld4 = params.m / 4u;
  M[at] = X[0];
  M[at + ld4] = X[1];
  M[at + 2u * ld4] = X[2];
  M[at + 3u * ld4] = X[3];
}

/** The lower factor of a diagonal block. No pivot of I + αG is below 1; one that rounding brought lower counts as 1. */
fn factor(D: mat4x4f) -> mat4x4f {
  let l00 = sqrt(max(D[0].x, 1.0));
  let l10 = D[1].x / l00;
  let l20 = D[2].x / l00;
  let l30 = D[3].x / l00;
  let l11 = sqrt(max(D[1].y - l10 * l10, 1.0));
  let l21 = (D[2].y - l20 * l10) / l11;
  let l31 = (D[3].y - l30 * l10) / l11;
  let l22 = sqrt(max(D[2].z - l20 * l20 - l21 * l21, 1.0));
  let l32 = (D[3].z - l30 * l20 - l31 * l21) / l22;
  let l33 = sqrt(max(D[3].w - l30 * l30 - l31 * l31 - l32 * l32, 1.0));
  return mat4x4f(
    vec4f(l00, 0.0, 0.0, 0.0), vec4f(l10, l11, 0.0, 0.0), vec4f(l20, l21, l22, 0.0), vec4f(l30, l31, l32, l33),
  );
}

/** X Lᵀ = B solved for X, all four rows at once. */
fn solve(B: mat4x4f, L: mat4x4f) -> mat4x4f {
  let T = transpose(B);
  let x0 = T[0] / L[0].x;
  let x1 = (T[1] - x0 * L[1].x) / L[1].y;
  let x2 = (T[2] - x0 * L[2].x - x1 * L[2].y) / L[2].z;
  let x3 = (T[3] - x0 * L[3].x - x1 * L[3].y - x2 * L[3].z) / L[3].w;
  return transpose(mat4x4f(x0, x1, x2, x3));
}

/** A Bᵀ of two blocks. */
fn times(A: mat4x4f, B: mat4x4f) -> mat4x4f { return transpose(B) * A; }

/** Σ ln of the pivots of a diagonal block's factor. */
fn log_pivots(L: mat4x4f) -> f32 { return log(L[0].x) + log(L[1].y) + log(L[2].z) + log(L[3].w); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x % LANES;
  let matrix = group.x * (WIDTH / LANES) + local.x / LANES;
  let count = params.m / 8u;
  let size4 = params.m * (params.m / 4u);
  let m0 = params.m_offset4 + matrix * size4;
  let is_unit = params.of_tokens == 1u && matrix / params.heads % 2u == 1u;
  let g0 = m0 - select(0u, params.heads * size4, is_unit);
  // Eight rows of a matrix.
  let rows8 = 2u * params.m;
  var sum = 0.0;
  for (var J = 0u; J < count; J++) {
    // What the others of this matrix have written is read from here on.
    storageBarrier();
    workgroupBarrier();
    if (matrix < params.batch && (lane == 0u || J + 1u + lane < count)) {
      let across0 = scales(g0, 8u * J, is_unit);
      let across1 = scales(g0, 8u * J + 4u, is_unit);
      let g_J = g0 + J * rows8 + 2u * J;
      var D00 = IDENTITY + given(g_J, across0, across0);
      var D10 = given(g_J + params.m, across1, across0);
      var D11 = IDENTITY + given(g_J + params.m + 1u, across1, across1);
      for (var k = 0u; k < 2u * J; k++) {
        let at = m0 + k / 2u * rows8 + k % 2u + 2u * J;
        let J0 = block(at);
        let J1 = block(at + params.m);
        D00 -= times(J0, J0);
        D10 -= times(J1, J0);
        D11 -= times(J1, J1);
      }
      let L00 = factor(D00);
      let L10 = solve(D10, L00);
      let L11 = factor(D11 - times(L10, L10));
      sum += log_pivots(L00) + log_pivots(L11);
      for (var I = J + 1u + lane; I < count; I += LANES) {
        let down0 = scales(g0, 8u * I, is_unit);
        let down1 = scales(g0, 8u * I + 4u, is_unit);
        let g_I = g0 + I * rows8 + 2u * J;
        var X00 = given(g_I, down0, across0);
        var X01 = given(g_I + 1u, down0, across1);
        var X10 = given(g_I + params.m, down1, across0);
        var X11 = given(g_I + params.m + 1u, down1, across1);
        for (var k = 0u; k < 2u * J; k++) {
          let row = m0 + k / 2u * rows8 + k % 2u;
          let J0 = block(row + 2u * J);
          let J1 = block(row + 2u * J + params.m);
          let I0 = block(row + 2u * I);
          let I1 = block(row + 2u * I + params.m);
          X00 -= times(I0, J0);
          X01 -= times(I0, J1);
          X10 -= times(I1, J0);
          X11 -= times(I1, J1);
        }
        let Y00 = solve(X00, L00);
        let Y10 = solve(X10, L00);
        let l_at = m0 + J * rows8 + 2u * I;
        put(l_at, Y00);
        put(l_at + 1u, solve(X01 - times(Y00, L10), L11));
        put(l_at + params.m, Y10);
        put(l_at + params.m + 1u, solve(X11 - times(Y10, L10), L11));
      }
    }
  }
  if (lane == 0u && matrix < params.batch) { rates[params.rate_offset + matrix] = sum; }
}
