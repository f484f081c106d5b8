// cholesky_blocked — ½ logdet of matrices I + αG too large for workgroup memory, factored in place, four columns at a time.
//
//   M = L Lᵀ,   rate = Σ_j ln L_jj
//
//   M     : batch × m²   lower triangles (gram.wgsl), m a multiple of 4; below the 4 × 4 blocks of the diagonal overwritten by L
//   rates : batch        nats, at rate_offset
//
// As cholesky_logdet.wgsl, left-looking with pivots of at least 1; an invocation takes 8 rows.
// Source: R and R^c are ½ logdet (MCR², arXiv 2006.08558).
// Grid: x over matrices; one workgroup a matrix.
// CPU reference: logdet in src/math/cholesky.ts.

override WIDTH: u32 = 32u; // invocations a matrix

struct Params {
  m: u32,           // side of M
  m_offset4: u32,   // first entry of M / 4
  rate_offset: u32, // first entry of rates
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> M: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> rates: array<f32>;

/** A 4 × 4 block of M whose first row begins at `at`; column r is its row r. */
fn block(at: u32) -> mat4x4f {
  let ld4 = params.m / 4u;
  return mat4x4f(M[at], M[at + ld4], M[at + 2u * ld4], M[at + 3u * ld4]);
}

fn put(at: u32, x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f) {
  let ld4 = params.m / 4u;
  let X = transpose(mat4x4f(x0, x1, x2, x3));
  for (var r = 0u; r < 4u; r++) { M[at + r * ld4] = X[r]; }
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let count = params.m / 4u;
  let m0 = params.m_offset4 + group.x * params.m * count;
  var sum = 0.0;
  for (var J = 0u; J < count; J++) {
    storageBarrier();
    workgroupBarrier();
    let row_J = m0 + J * params.m;
    // Pairs of blocks below the diagonal, dealt out; the first invocation forms the last pivots too, below which there is none.
    for (var item = local.x; item == 0u || J + 1u + 2u * item < count; item += WIDTH) {
      let I = J + 1u + 2u * item;
      let row_I = m0 + min(I, count - 1u) * params.m;
      let row_next = m0 + min(I + 1u, count - 1u) * params.m;
      var D = block(row_J + J);
      var X = block(row_I + J);
      var Y = block(row_next + J);
      for (var k = 0u; k < J; k++) {
        let L_J = block(row_J + k);
        let across = transpose(L_J);
        D -= across * L_J;
        X -= across * block(row_I + k);
        Y -= across * block(row_next + k);
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
      if (item == 0u) { sum += log(l00) + log(l11) + log(l22) + log(l33); }
      // X L_JJᵀ = what is left, four rows at once.
      let T = transpose(X);
      let x0 = T[0] / l00;
      let x1 = (T[1] - x0 * l10) / l11;
      let x2 = (T[2] - x0 * l20 - x1 * l21) / l22;
      let x3 = (T[3] - x0 * l30 - x1 * l31 - x2 * l32) / l33;
      if (I < count) { put(row_I + J, x0, x1, x2, x3); }
      let V = transpose(Y);
      let y0 = V[0] / l00;
      let y1 = (V[1] - y0 * l10) / l11;
      let y2 = (V[2] - y0 * l20 - y1 * l21) / l22;
      let y3 = (V[3] - y0 * l30 - y1 * l31 - y2 * l32) / l33;
      if (I + 1u < count) { put(row_next + J, y0, y1, y2, y3); }
    }
  }
  if (local.x == 0u) { rates[params.rate_offset + group.x] = sum; }
}
