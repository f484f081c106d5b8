// cholesky_logdet — ½ logdet of matrices I + αG, G positive semi-definite, factored in place.
//
//   M = L Lᵀ,   rate = Σ_j ln L_jj
//
//   M     : batch × m²   lower triangles (gram.wgsl, gram_tokens.wgsl), m a multiple of 8; below the 8 × 8 blocks of the diagonal overwritten by L
//   rates : batch        nats, at rate_offset
//
// Left-looking, eight columns J at a time: the LANES invocations of a matrix take eight rows I below the diagonal each,
// L_IJ = (M_IJ − Σ_k L_Ik L_Jkᵀ) L_JJ⁻ᵀ, and form L_JJ for themselves, so that eight columns cost one barrier. A processor does best with a
// matrix an invocation, a GPU with more. Source: R and R^c are ½ logdet (MCR², arXiv 2006.08558).
// Grid: x over matrices, WIDTH/LANES a workgroup.
// CPU reference: logdet in src/math/cholesky.ts.

override WIDTH: u32 = 32u; // invocations a workgroup
override LANES: u32 = 8u;  // invocations a matrix

struct Params {
  m: u32,           // side of M
  batch: u32,       // matrices
  m_offset4: u32,   // first entry of M / 4
  rate_offset: u32, // first entry of rates
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
  let m0 = params.m_offset4 + matrix * params.m * (params.m / 4u);
  var sum = 0.0;
  for (var J = 0u; J < count; J++) {
    // What the others of this matrix have written is read from here on.
    storageBarrier();
    workgroupBarrier();
    if (matrix < params.batch && (lane == 0u || J + 1u + lane < count)) {
      // Four rows of M are m entries / 4.
      let row_J0 = m0 + 2u * J * params.m;
      let row_J1 = row_J0 + params.m;
      var D00 = block(row_J0 + 2u * J);
      var D10 = block(row_J1 + 2u * J);
      var D11 = block(row_J1 + 2u * J + 1u);
      for (var k = 0u; k < 2u * J; k++) {
        let J0 = block(row_J0 + k);
        let J1 = block(row_J1 + k);
        D00 -= times(J0, J0);
        D10 -= times(J1, J0);
        D11 -= times(J1, J1);
      }
      let L00 = factor(D00);
      let L10 = solve(D10, L00);
      let L11 = factor(D11 - times(L10, L10));
      sum += log_pivots(L00) + log_pivots(L11);
      for (var I = J + 1u + lane; I < count; I += LANES) {
        let row_I0 = m0 + 2u * I * params.m;
        let row_I1 = row_I0 + params.m;
        var X00 = block(row_I0 + 2u * J);
        var X01 = block(row_I0 + 2u * J + 1u);
        var X10 = block(row_I1 + 2u * J);
        var X11 = block(row_I1 + 2u * J + 1u);
        for (var k = 0u; k < 2u * J; k++) {
          let J0 = block(row_J0 + k);
          let J1 = block(row_J1 + k);
          let I0 = block(row_I0 + k);
          let I1 = block(row_I1 + k);
          X00 -= times(I0, J0);
          X01 -= times(I0, J1);
          X10 -= times(I1, J0);
          X11 -= times(I1, J1);
        }
        let Y00 = solve(X00, L00);
        let Y10 = solve(X10, L00);
        put(row_I0 + 2u * J, Y00);
        put(row_I0 + 2u * J + 1u, solve(X01 - times(Y00, L10), L11));
        put(row_I1 + 2u * J, Y10);
        put(row_I1 + 2u * J + 1u, solve(X11 - times(Y10, L10), L11));
      }
    }
  }
  if (lane == 0u && matrix < params.batch) { rates[params.rate_offset + matrix] = sum; }
}
