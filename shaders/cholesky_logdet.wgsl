// cholesky_logdet — ½ logdet of small symmetric positive definite matrices, each factored in workgroup memory.
//
//   M = L diag(δ) Lᵀ,   rate = ½ Σ_j ln δ_j
//
//   M     : batch × m²   lower triangles (gram.wgsl)
//   rates : batch        nats, at rate_offset
//
// Square-root-free Cholesky, right-looking: one barrier a column. Source: R and R^c are ½ logdet (MCR², arXiv 2006.08558).
// Grid: x over matrices; one workgroup a matrix, packed lower triangle: m(m+1)/2 floats fit workgroup memory.
// CPU reference: logdet in src/math/cholesky.ts.

override WIDTH: u32 = 64u; // invocations a matrix
override SIDE: u32 = 32u;  // m

struct Params {
  m_offset: u32,    // first entry of M
  rate_offset: u32, // first entry of rates
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> M: array<f32>;
@group(0) @binding(2) var<storage, read_write> rates: array<f32>;

var<workgroup> triangle: array<f32, SIDE * (SIDE + 1u) / 2u>;

/** Where entry (i, j ≤ i) of the lower triangle lies. */
fn at(i: u32, j: u32) -> u32 { return i * (i + 1u) / 2u + j; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let m0 = params.m_offset + group.x * SIDE * SIDE;
  for (var i = lane; i < SIDE; i += WIDTH) {
    for (var j = 0u; j <= i; j++) { triangle[at(i, j)] = M[m0 + i * SIDE + j]; }
  }
  var sum = 0.0;
  for (var j = 0u; j < SIDE; j++) {
    workgroupBarrier();
    let pivot = triangle[at(j, j)];
    sum += log(pivot);
    let inverse = 1.0 / pivot;
    // Rows below j, dealt out; column j itself is only read.
    for (var i = j + 1u + lane; i < SIDE; i += WIDTH) {
      let factor = triangle[at(i, j)] * inverse;
      for (var q = j + 1u; q <= i; q++) { triangle[at(i, q)] -= factor * triangle[at(q, j)]; }
    }
  }
  if (lane == 0u) { rates[params.rate_offset + group.x] = 0.5 * sum; }
}
