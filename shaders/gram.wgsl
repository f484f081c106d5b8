// gram — the Gram matrices of which coding rates are the log-determinants of I + αG, where there are no more channels than tokens.
//
//   G[a,b] = Σ_i s_i W[i,a] W[i,b]   p × p
//
//   W       : layers × n × ld        head k in columns k·p …
//   inverse : layers × K × n         1/‖w_i‖² (row_norms.wgsl)
//   M       : layers × 2 × K × m²    raw (s = 1), then unit-normalised (s = inverse); lower triangle only. m is p's next multiple of 8:
//                                    the rows and columns more are zeros
//
// Source: vis_utils/coding_rate.py of Ma-Lab-Berkeley/CRATE; logdet(I + WᵀW) = logdet(I + WWᵀ). One pass over W gives both matrices.
// gram_tokens.wgsl is for fewer tokens than channels.
// Grid: x (and y where there are too many) over the blocks on and below the diagonal, 8 × 8, of all matrices one after the other; one
// invocation writes a block of both matrices.
// CPU reference: gram in src/math/matrix.ts.

override WIDTH: u32 = 64u;  // invocations a workgroup
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
  m: u32,        // side of M: p and up to 7 more
  m_offset: u32, // first entry of M
  heads: u32,    // layers · K
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

/** Four channels of the four tokens whose channels begin at `at`, a token a column. */
fn channels(at: vec4u) -> mat4x4f { return mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w)); }

/** Each token times its number of `scale`. */
fn scaled(F: mat4x4f, scale: vec4f) -> mat4x4f {
  return mat4x4f(F[0] * scale.x, F[1] * scale.y, F[2] * scale.z, F[3] * scale.w);
}

/** Writes 4 × 4 entries of both matrices, lower triangle only; column r is row a0 + r. */
fn store(raw: mat4x4f, unit: mat4x4f, a0: u32, b0: u32, head: u32) {
  // What is read at a changing place must be a variable, or each read would copy the whole of it.
  var rows = raw;
  var unit_rows = unit;
  let size = params.m * params.m;
  let at0 = params.m_offset + (head / params.K * 2u * params.K + head % params.K) * size + b0;
  let b = b0 + FOUR;
  for (var r = 0u; r < 4u; r++) {
    let a = a0 + r;
    let inside = b < vec4u(select(0u, params.p, a < params.p));
    var values = select(vec4f(), rows[r], inside);
    var unit_values = select(vec4f(), unit_rows[r], inside);
    let at = at0 + a * params.m;
    for (var q = 0u; q < 4u && b0 + q <= a; q++) {
      M[at + q] = values[q];
      M[at + params.K * size + q] = unit_values[q];
    }
  }
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let blocks = params.m / BLOCK;
  let triangle = blocks * (blocks + 1u) / 2u;
  let index = id.y * groups.x * WIDTH + id.x;
  let head = index / triangle;
  if (head >= params.heads) { return; }
  // Row a of blocks begins at a (a + 1)/2; the root is that of row a or of the next one.
  let t = index % triangle;
  var a = u32(sqrt(2.0 * f32(t)));
  if (a * (a + 1u) / 2u > t) { a--; }
  let a0 = a * BLOCK;
  let b0 = (t - a * (a + 1u) / 2u) * BLOCK;
  let w0 = params.w_offset + head / params.K * params.w_stride + head % params.K * params.p;
  let s0 = head * params.n;
  // Column r of a matrix is row a0 + r of M.
  var raw00 = mat4x4f();
  var raw01 = mat4x4f();
  var raw10 = mat4x4f();
  var raw11 = mat4x4f();
  var unit00 = mat4x4f();
  var unit01 = mat4x4f();
  var unit10 = mat4x4f();
  var unit11 = mat4x4f();
  for (var i = 0u; i < params.n; i += 4u) {
    let token = min(i + FOUR, vec4u(params.n - 1u));
    let at = w0 + token * params.ld;
    // Tokens beyond the last count for nothing.
    let inside = select(vec4f(), vec4f(1.0), i + FOUR < vec4u(params.n));
    let A0 = transpose(scaled(channels(at + a0), inside));
    let A1 = transpose(scaled(channels(at + a0 + 4u), inside));
    let B0 = channels(at + b0);
    let B1 = channels(at + b0 + 4u);
    raw00 += B0 * A0;
    raw01 += B1 * A0;
    raw10 += B0 * A1;
    raw11 += B1 * A1;
    let s = vec4f(inverse[s0 + token.x], inverse[s0 + token.y], inverse[s0 + token.z], inverse[s0 + token.w]);
    let C0 = scaled(B0, s);
    let C1 = scaled(B1, s);
    unit00 += C0 * A0;
    unit01 += C1 * A0;
    unit10 += C0 * A1;
    unit11 += C1 * A1;
  }
  store(raw00, unit00, a0, b0, head);
  store(raw01, unit01, a0, b0 + 4u, head);
  store(raw10, unit10, a0 + 4u, b0, head);
  store(raw11, unit11, a0 + 4u, b0 + 4u, head);
}
