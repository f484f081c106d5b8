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
// Grid: x over blocks of 4 columns, y over blocks of 4 rows, z over layers × K; one invocation writes a block
// of both matrices.
// CPU reference: codingRateGiven in src/model/codingRate.ts.

override WG_X: u32 = 4u; // column blocks a workgroup
override WG_Y: u32 = 4u; // row blocks a workgroup
override SIDE: u32 = 0u;

const BLOCK = 4u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  n: u32,        // tokens
  p: u32,        // head width
  K: u32,        // heads
  ld: u32,       // row stride of W
  w_offset: u32, // first entry of the first layer
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
  let layer = id.z / params.K;
  let w0 = params.w_offset + layer * params.w_stride + k * params.p;
  let s0 = (layer * params.K + k) * params.n;
  let last = params.m - 1u;
  // Steps of one token (SIDE 0) or one channel (SIDE 1), by how far they lie apart.
  let inner = select(params.n, params.p, SIDE == 1u);
  let across = select(1u, params.ld, SIDE == 1u);
  let along = select(params.ld, 1u, SIDE == 1u);
  let a_at = w0 + min(a0 + FOUR, vec4u(last)) * across;
  let b_at = w0 + min(b0 + FOUR, vec4u(last)) * across;
  // Column r of a matrix is row a0 + r of M.
  var raw = mat4x4f();
  var unit = mat4x4f();
  for (var i = 0u; i < inner; i++) {
    let step = i * along;
    let a = vec4f(W[a_at.x + step], W[a_at.y + step], W[a_at.z + step], W[a_at.w + step]);
    let b = vec4f(W[b_at.x + step], W[b_at.y + step], W[b_at.z + step], W[b_at.w + step]);
    let products = mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
    raw += products;
    if (SIDE == 0u) { unit += inverse[s0 + i] * products; }
  }
  let size = params.m * params.m;
  let raw0 = params.m_offset + (layer * 2u * params.K + k) * size;
  let unit0 = raw0 + params.K * size;
  for (var r = 0u; r < min(BLOCK, params.m - a0); r++) {
    let a = a0 + r;
    for (var b = b0; b <= min(b0 + BLOCK - 1u, a); b++) {
      let one = select(0.0, 1.0, a == b);
      let at = a * params.m + b;
      M[raw0 + at] = one + params.alpha * raw[r][b - b0];
      var value = unit[r][b - b0];
      if (SIDE == 1u) { value = raw[r][b - b0] * sqrt(inverse[s0 + a]) * sqrt(inverse[s0 + b]); }
      M[unit0 + at] = one + params.alpha * value;
    }
  }
}
