// cholesky_blocked — ½ logdet of matrices too large for workgroup memory, factored in place, BLOCK columns at a time.
//
//   For each block column: factor the diagonal block in workgroup memory, solve the panel below it, take the panel's outer
//   product off what is left.   M = L Lᵀ,   rate = Σ_j ln L_jj
//
//   M     : batch × m²   lower triangles (gram.wgsl); below the diagonal blocks overwritten by L
//   rates : batch        nats, at rate_offset
//
// Source: as cholesky_logdet.wgsl; the blocked right-looking form of LAPACK's potrf.
// Grid: x over matrices; one workgroup a matrix.
// CPU reference: logdet in src/math/cholesky.ts.

override WIDTH: u32 = 128u; // invocations a matrix

const BLOCK = 16u;

struct Params {
  m: u32,           // side of M
  m_offset: u32,    // first entry of M
  rate_offset: u32, // first entry of rates
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> M: array<f32>;
@group(0) @binding(2) var<storage, read_write> rates: array<f32>;

var<workgroup> diagonal: array<f32, 256>; // BLOCK × BLOCK

/** Four entries of a row of M. */
fn panel(at: u32) -> vec4f { return vec4f(M[at], M[at + 1u], M[at + 2u], M[at + 3u]); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let m = params.m;
  let m0 = params.m_offset + group.x * m * m;
  var sum = 0.0;
  for (var j0 = 0u; j0 < m; j0 += BLOCK) {
    let size = min(BLOCK, m - j0);
    for (var e = lane; e < size * size; e += WIDTH) {
      diagonal[(e / size) * BLOCK + e % size] = M[m0 + (j0 + e / size) * m + j0 + e % size];
    }
    for (var j = 0u; j < size; j++) {
      workgroupBarrier();
      let pivot = sqrt(diagonal[j * BLOCK + j]);
      sum += log(pivot);
      workgroupBarrier();
      if (lane >= j && lane < size) { diagonal[lane * BLOCK + j] /= pivot; }
      workgroupBarrier();
      if (lane > j && lane < size) {
        for (var q = j + 1u; q <= lane; q++) {
          diagonal[lane * BLOCK + q] -= diagonal[lane * BLOCK + j] * diagonal[q * BLOCK + j];
        }
      }
    }
    workgroupBarrier();
    // Panel: each row below solves x L₁₁ᵀ = a by forward substitution.
    let below = j0 + size;
    for (var i = below + lane; i < m; i += WIDTH) {
      let row = m0 + i * m + j0;
      for (var j = 0u; j < size; j++) {
        var x = M[row + j];
        for (var q = 0u; q < j; q++) { x -= M[row + q] * diagonal[j * BLOCK + q]; }
        M[row + j] = x / diagonal[j * BLOCK + j];
      }
    }
    storageBarrier();
    workgroupBarrier();
    // What is left: M₂₂ −= L₂₁ L₂₁ᵀ, a row an invocation, lower triangle only. Rows are left only below a whole block, so the 16
    // entries of a row's panel fit four vectors.
    for (var i = below + lane; i < m; i += WIDTH) {
      let row = m0 + i * m;
      let l0 = panel(row + j0);
      let l1 = panel(row + j0 + 4u);
      let l2 = panel(row + j0 + 8u);
      let l3 = panel(row + j0 + 12u);
      for (var c = below; c <= i; c++) {
        let other = m0 + c * m + j0;
        M[row + c] -= dot(l0, panel(other)) + dot(l1, panel(other + 4u)) + dot(l2, panel(other + 8u))
          + dot(l3, panel(other + 12u));
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
  if (lane == 0u) { rates[params.rate_offset + group.x] = sum; }
}
