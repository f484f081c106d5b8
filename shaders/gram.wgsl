// gram — the matrices whose log-determinants are coding rates: I + α WᵀW or, with the same determinant, I + α WWᵀ.
//
//   SIDE 0: M[a,b] = δ_ab + α Σ_i s_i W[i,a] W[i,b]        p × p, for p ≤ n
//   SIDE 1: M[a,b] = δ_ab + α √(s_a s_b) ⟨W[a,:], W[b,:]⟩   n × n, for n < p
//
//   W       : layers × n × ld        head k in columns k·p …
//   inverse : layers × K × n         1/‖w_i‖² (row_norms.wgsl)
//   M       : layers × 2 × K × m²    raw (s = 1), then unit-normalised (s = inverse); lower triangle only
//
// α = p/(n ε²). Source: vis_utils/coding_rate.py of Ma-Lab-Berkeley/CRATE; logdet(I + WᵀW) = logdet(I + WWᵀ).
// Grid: x over blocks of 4 columns, y over blocks of 4 rows, z over layers × 2 × K.
// CPU reference: codingRateGiven in src/model/codingRate.ts.

override WG_X: u32 = 4u; // column blocks a workgroup
override WG_Y: u32 = 4u; // row blocks a workgroup
override SIDE: u32 = 0u;

const BLOCK = 4u;

struct Params {
  n: u32,        // tokens
  p: u32,        // head width
  K: u32,        // heads
  ld: u32,       // row stride of W
  w_stride: u32, // entries a layer
  m: u32,        // side of M: p or n
  m_offset: u32, // first entry of M
  alpha: f32,    // p / (n ε²)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> W: array<f32>;
@group(0) @binding(2) var<storage, read> inverse: array<f32>;
@group(0) @binding(3) var<storage, read_write> M: array<f32>;

@compute @workgroup_size(WG_X, WG_Y)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a0 = id.y * BLOCK;
  let b0 = id.x * BLOCK;
  if (a0 >= params.m || b0 > a0) { return; }
  let k = id.z % params.K;
  let is_unit = (id.z / params.K) % 2u == 1u;
  let layer = id.z / (2u * params.K);
  let w0 = layer * params.w_stride + k * params.p;
  let s0 = (layer * params.K + k) * params.n;
  let last = params.m - 1u;
  // Steps of one token (SIDE 0) or one channel (SIDE 1), by how far they lie apart.
  let inner = select(params.n, params.p, SIDE == 1u);
  let across = select(1u, params.ld, SIDE == 1u);
  let along = select(params.ld, 1u, SIDE == 1u);
  var a_at: vec4u;
  var b_at: vec4u;
  for (var r = 0u; r < BLOCK; r++) {
    a_at[r] = w0 + min(a0 + r, last) * across;
    b_at[r] = w0 + min(b0 + r, last) * across;
  }
  var sums: array<vec4f, BLOCK>;
  for (var i = 0u; i < inner; i++) {
    let step = i * along;
    var b = vec4f(W[b_at.x + step], W[b_at.y + step], W[b_at.z + step], W[b_at.w + step]);
    if (SIDE == 0u && is_unit) { b *= inverse[s0 + i]; }
    sums[0] += W[a_at.x + step] * b;
    sums[1] += W[a_at.y + step] * b;
    sums[2] += W[a_at.z + step] * b;
    sums[3] += W[a_at.w + step] * b;
  }
  let m0 = params.m_offset + id.z * params.m * params.m;
  for (var r = 0u; r < BLOCK; r++) {
    for (var c = 0u; c < BLOCK; c++) {
      let a = a0 + r;
      let b = b0 + c;
      if (a < params.m && b <= a) {
        var value = params.alpha * sums[r][c];
        if (SIDE == 1u && is_unit) { value *= sqrt(inverse[s0 + a]) * sqrt(inverse[s0 + b]); }
        M[m0 + a * params.m + b] = value + select(0.0, 1.0, a == b);
      }
    }
  }
}
