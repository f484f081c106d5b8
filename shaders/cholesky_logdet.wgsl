// cholesky_logdet — ½ logdet of small matrices I + αG, G positive semi-definite, each factored in workgroup memory.
//
//   M = L Lᵀ,   rate = Σ_j ln L_jj
//
//   M     : batch × SIDE²   lower triangles (gram.wgsl)
//   rates : batch           nats, at rate_offset
//
// Left-looking, four columns at a time: an invocation takes one 4 × 4 block below the diagonal, L_IJ = (M_IJ − Σ_k L_Ik L_Jkᵀ) L_JJ⁻ᵀ,
// and forms L_JJ for itself, so that four columns cost one barrier. No pivot of I + αG is below 1; one that rounding brought lower counts
// as 1, so that an ill-conditioned G gives a finite rate. Source: R and R^c are ½ logdet (MCR², arXiv 2006.08558).
// Grid: x over matrices; one workgroup a matrix, the blocks below the diagonal in workgroup memory.
// CPU reference: logdet in src/math/cholesky.ts.

override WIDTH: u32 = 16u; // invocations a matrix, at least SIDE/4 − 1
override SIDE: u32 = 32u;  // m, a multiple of 4

struct Params {
  m_offset: u32,    // first entry of M
  rate_offset: u32, // first entry of rates
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> M: array<f32>;
@group(0) @binding(2) var<storage, read_write> rates: array<f32>;

// Block (I, J < I) of L: column r is its row r.
var<workgroup> blocks: array<mat4x4f, SIDE / 4u * (SIDE / 4u - 1u) / 2u + 1u>;

fn block_at(I: u32, J: u32) -> u32 { return I * (I - 1u) / 2u + J; }

/** Row r of block (I, J) of M. */
fn row_of(m0: u32, i: u32, J: u32) -> vec4f {
  let at = m0 + i * SIDE + 4u * J;
  return vec4f(M[at], M[at + 1u], M[at + 2u], M[at + 3u]);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let m0 = params.m_offset + group.x * SIDE * SIDE;
  let count = SIDE / 4u;
  var sum = 0.0;
  for (var J = 0u; J < count; J++) {
    workgroupBarrier();
    let I = min(J + 1u + local.x, count - 1u);
    var D = mat4x4f(row_of(m0, 4u * J, J), row_of(m0, 4u * J + 1u, J), row_of(m0, 4u * J + 2u, J), row_of(m0, 4u * J + 3u, J));
    var X = mat4x4f(row_of(m0, 4u * I, J), row_of(m0, 4u * I + 1u, J), row_of(m0, 4u * I + 2u, J), row_of(m0, 4u * I + 3u, J));
    for (var k = 0u; k < J; k++) {
      let L_J = blocks[block_at(J, k)];
      let across = transpose(L_J);
      D -= across * L_J;
      X -= across * blocks[block_at(I, k)];
    }
    // D = L_JJ L_JJᵀ, entry by entry.
    let d0 = max(D[0][0], 1.0);
    let l00 = sqrt(d0);
    let l10 = D[1][0] / l00;
    let l20 = D[2][0] / l00;
    let l30 = D[3][0] / l00;
    let d1 = max(D[1][1] - l10 * l10, 1.0);
    let l11 = sqrt(d1);
    let l21 = (D[2][1] - l20 * l10) / l11;
    let l31 = (D[3][1] - l30 * l10) / l11;
    let d2 = max(D[2][2] - l20 * l20 - l21 * l21, 1.0);
    let l22 = sqrt(d2);
    let l32 = (D[3][2] - l30 * l20 - l31 * l21) / l22;
    let d3 = max(D[3][3] - l30 * l30 - l31 * l31 - l32 * l32, 1.0);
    let l33 = sqrt(d3);
    sum += log(d0) + log(d1) + log(d2) + log(d3);
    // X L_JJᵀ = what is left, all four rows at once.
    let T = transpose(X);
    let x0 = T[0] / l00;
    let x1 = (T[1] - x0 * l10) / l11;
    let x2 = (T[2] - x0 * l20 - x1 * l21) / l22;
    let x3 = (T[3] - x0 * l30 - x1 * l31 - x2 * l32) / l33;
    if (J + 1u + local.x < count) { blocks[block_at(I, J)] = transpose(mat4x4f(x0, x1, x2, x3)); }
  }
  if (local.x == 0u) { rates[params.rate_offset + group.x] = 0.5 * sum; }
}
