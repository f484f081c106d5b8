// gram — the matrices whose log-determinants are coding rates: I + α WᵀW or, with the same determinant, I + α WWᵀ.
//
//   SIDE 0: M[a,b] = δ_ab + α Σ_i s_i W[i,a] W[i,b]        p × p, for p ≤ n
//   SIDE 1: M[a,b] = δ_ab + α √(s_a s_b) ⟨W[a,:], W[b,:]⟩   n × n, for n < p
//
//   W       : layers × n × ld        head k in columns k·p …
//   inverse : layers × K × n         1/‖w_i‖² (row_norms.wgsl)
//   M       : layers × 2 × K × m²    raw (s = 1), then unit-normalised (s = inverse); lower triangle only. m is the side's next multiple
//                                    of 8: the rows and columns more are the identity's, which leaves the determinant as it is
//
// α = p/(n ε²). Source: vis_utils/coding_rate.py of Ma-Lab-Berkeley/CRATE; logdet(I + WᵀW) = logdet(I + WWᵀ).
// Grid: x over blocks of 8 columns, y over blocks of 8 rows, z over layers × K; one invocation writes a block
// of both matrices.
// CPU reference: codingRateGiven in src/model/codingRate.ts.

override WG_X: u32 = 2u; // column blocks a workgroup: a square of four neighbours wastes the least along the diagonal
override WG_Y: u32 = 8u; // row blocks a workgroup
override SIDE: u32 = 0u;
override ALIGNED: u32 = 0u; // 1: p, ld, w_offset and w_stride are multiples of 4

const BLOCK = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  n: u32,        // tokens
  p: u32,        // head width
  K: u32,        // heads
  ld: u32,       // row stride of W
  w_offset: u32, // first entry of the first layer
  w_stride: u32, // entries a layer
  m: u32,        // side of M: p or n, and up to 7 more
  m_offset: u32, // first entry of M
  alpha: f32,    // p / (n ε²)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> W: array<vec4f>;
@group(0) @binding(2) var<storage, read> inverse: array<f32>;
@group(0) @binding(3) var<storage, read_write> M: array<f32>;

fn one(i: u32) -> f32 { return W[i / 4u][i % 4u]; }

/** Entries i … i + 3 of W. */
fn four(i: u32) -> vec4f {
  if (ALIGNED == 1u) { return W[i / 4u]; }
  return vec4f(one(i), one(i + 1u), one(i + 2u), one(i + 3u));
}

/**
 * Factors of entries a0 … a0 + 3 over steps i … i + 3 (tokens for SIDE 0, channels for SIDE 1), F[step][entry]. Entries and steps beyond
 * the last are numbers of no meaning.
 */
fn factors(w0: u32, a0: u32, i: u32) -> mat4x4f {
  if (SIDE == 0u) {
    let at = w0 + min(i + FOUR, vec4u(params.n - 1u)) * params.ld + a0;
    return mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w));
  }
  let at = w0 + min(a0 + FOUR, vec4u(params.n - 1u)) * params.ld + i;
  return transpose(mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w)));
}

/** Each step's factors times its number of `scale`. */
fn scaled(F: mat4x4f, scale: vec4f) -> mat4x4f {
  return mat4x4f(F[0] * scale.x, F[1] * scale.y, F[2] * scale.z, F[3] * scale.w);
}

/** Writes 4 × 4 entries of both matrices, lower triangle only; column r is row a0 + r. */
fn store(raw: mat4x4f, unit: mat4x4f, a0: u32, b0: u32, head: u32) {
  // What is read at a changing place must be a variable, or each read would copy the whole of it.
  var rows = raw;
  var unit_rows = unit;
  let size = params.m * params.m;
  let side = select(params.p, params.n, SIDE == 1u);
  let raw0 = params.m_offset + (head / params.K * 2u * params.K + head % params.K) * size;
  let b = b0 + FOUR;
  let s0 = head * params.n;
  var across = vec4f();
  if (SIDE == 1u) {
    let at = s0 + min(b, vec4u(params.n - 1u));
    // Each root for itself: the product of two tiny norms would overflow or vanish.
    across = sqrt(vec4f(inverse[at.x], inverse[at.y], inverse[at.z], inverse[at.w]));
  }
  for (var r = 0u; r < 4u; r++) {
    let a = a0 + r;
    if (a < params.m) {
      var values = rows[r];
      var unit_values = unit_rows[r];
      if (SIDE == 1u) { unit_values = values * sqrt(inverse[s0 + min(a, params.n - 1u)]) * across; }
      let identity = select(vec4f(), vec4f(1.0), b == vec4u(a));
      let inside = b < vec4u(select(0u, side, a < side));
      values = identity + select(vec4f(), params.alpha * values, inside);
      unit_values = identity + select(vec4f(), params.alpha * unit_values, inside);
      let at = raw0 + a * params.m + b0;
      for (var q = 0u; q < 4u && b0 + q <= a; q++) {
        M[at + q] = values[q];
        M[at + params.K * size + q] = unit_values[q];
      }
    }
  }
}

@compute @workgroup_size(WG_X, WG_Y)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a0 = id.y * BLOCK;
  let b0 = id.x * BLOCK;
  if (a0 >= params.m || b0 > a0) { return; }
  let layer = id.z / params.K;
  let w0 = params.w_offset + layer * params.w_stride + id.z % params.K * params.p;
  let s0 = id.z * params.n;
  let steps = select(params.n, params.p, SIDE == 1u);
  // Column r of a matrix is row a0 + r of M.
  var raw00 = mat4x4f();
  var raw01 = mat4x4f();
  var raw10 = mat4x4f();
  var raw11 = mat4x4f();
  var unit00 = mat4x4f();
  var unit01 = mat4x4f();
  var unit10 = mat4x4f();
  var unit11 = mat4x4f();
  for (var i = 0u; i < steps; i += 4u) {
    // Steps beyond the last count for nothing.
    let inside = select(vec4f(), vec4f(1.0), i + FOUR < vec4u(steps));
    let A0 = transpose(scaled(factors(w0, a0, i), inside));
    let A1 = transpose(scaled(factors(w0, a0 + 4u, i), inside));
    let B0 = factors(w0, b0, i);
    let B1 = factors(w0, b0 + 4u, i);
    raw00 += B0 * A0;
    raw01 += B1 * A0;
    raw10 += B0 * A1;
    raw11 += B1 * A1;
    if (SIDE == 0u) {
      let at = s0 + min(i + FOUR, vec4u(params.n - 1u));
      let s = vec4f(inverse[at.x], inverse[at.y], inverse[at.z], inverse[at.w]);
      let C0 = scaled(B0, s);
      let C1 = scaled(B1, s);
      unit00 += C0 * A0;
      unit01 += C1 * A0;
      unit10 += C0 * A1;
      unit11 += C1 * A1;
    }
  }
  store(raw00, unit00, a0, b0, id.z);
  store(raw01, unit01, a0, b0 + 4u, id.z);
  store(raw10, unit10, a0 + 4u, b0, id.z);
  store(raw11, unit11, a0 + 4u, b0 + 4u, id.z);
}
