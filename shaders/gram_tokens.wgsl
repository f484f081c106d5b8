// gram_tokens — the Gram matrices of which coding rates are the log-determinants of I + αG, where there are fewer tokens than channels.
//
//   G[a,b] = ⟨W[a,:], W[b,:]⟩   n × n
//
//   W : layers × n × ld        head k in columns k·p …
//   M : layers × 2 × K × m²    the raw ones; lower triangle only. m is n's next multiple of 8: the rows and columns more are zeros. What
//                              unit-normalised tokens have, ⟨w_a, w_b⟩/(‖w_a‖ ‖w_b‖), follows from it (cholesky_logdet.wgsl), so that the
//                              second K of a layer stay as they are
//
// Source: vis_utils/coding_rate.py of Ma-Lab-Berkeley/CRATE; logdet(I + WᵀW) = logdet(I + WWᵀ). gram.wgsl is for no more channels than
// tokens.
// Grid: x (and y where there are too many) over the blocks on and below the diagonal, BLOCK × BLOCK, of all matrices one after the other;
// one invocation writes a block.
// CPU reference: gram in src/math/matrix.ts.

override WIDTH: u32 = 64u;  // invocations a workgroup
override BLOCK: u32 = 8u;   // 8 or 16
override ALIGNED: u32 = 0u; // 1: each token begins at a multiple of 4, and is zero from its end to the next one

const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  n: u32,        // tokens
  p: u32,        // head width
  K: u32,        // heads
  ld: u32,       // row stride of W
  w_offset: u32, // first entry of the first layer
  w_stride: u32, // entries a layer
  m: u32,        // side of M: n and up to 7 more
  m_offset: u32, // first entry of M
  heads: u32,    // layers · K
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> W: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> M: array<f32>;

fn one(i: u32) -> f32 { return W[i / 4u][i % 4u]; }

/** Four channels from 4q on of the four tokens that begin at `at`, a token a column. */
fn tokens(at: vec4u, q: u32) -> mat4x4f {
  let i = at + 4u * q;
  if (ALIGNED == 1u) {
    let j = i / 4u;
    return mat4x4f(W[j.x], W[j.y], W[j.z], W[j.w]);
  }
  // Channels beyond the last count for nothing.
  let inside = select(vec4f(), vec4f(1.0), 4u * q + FOUR < vec4u(params.p));
  return mat4x4f(four(i.x) * inside, four(i.y) * inside, four(i.z) * inside, four(i.w) * inside);
}

fn four(i: u32) -> vec4f { return vec4f(one(i), one(i + 1u), one(i + 2u), one(i + 3u)); }

/** Products of four tokens a with four tokens b: column r is a's r-th token. */
fn times(a: mat4x4f, b: mat4x4f) -> mat4x4f { return transpose(b) * a; }

/** Writes 4 × 4 entries, lower triangle only; column r is row a0 + r. */
fn store(block: mat4x4f, a0: u32, b0: u32, head: u32) {
  if (a0 >= params.m || b0 > a0) { return; }
  // What is read at a changing place must be a variable, or each read would copy the whole of it.
  var products = block;
  let size = params.m * params.m;
  let at0 = params.m_offset + (head / params.K * 2u * params.K + head % params.K) * size + b0;
  let b = b0 + FOUR;
  for (var r = 0u; r < 4u; r++) {
    let a = a0 + r;
    let inside = b < vec4u(select(0u, params.n, a < params.n));
    var values = select(vec4f(), products[r], inside);
    let at = at0 + a * params.m;
    for (var q = 0u; q < 4u && b0 + q <= a; q++) { M[at + q] = values[q]; }
  }
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let blocks = (params.m + BLOCK - 1u) / BLOCK;
  let triangle = blocks * (blocks + 1u) / 2u;
  let index = id.y * groups.x * WIDTH + id.x;
  let head = index / triangle;
  if (head >= params.heads) { return; }
  // Row a of blocks begins at a (a + 1)/2; the root may round to a neighbour.
  let t = index % triangle;
  var a = u32(sqrt(2.0 * f32(t)));
  if (a * (a + 1u) / 2u > t) { a--; }
  let a0 = a * BLOCK;
  let b0 = (t - a * (a + 1u) / 2u) * BLOCK;
  let w0 = params.w_offset + head / params.K * params.w_stride + head % params.K * params.p;
  let last = vec4u(params.n - 1u);
  let a_at0 = w0 + min(a0 + FOUR, last) * params.ld;
  let a_at1 = w0 + min(a0 + 4u + FOUR, last) * params.ld;
  let a_at2 = w0 + min(a0 + 8u + FOUR, last) * params.ld;
  let a_at3 = w0 + min(a0 + 12u + FOUR, last) * params.ld;
  let b_at0 = w0 + min(b0 + FOUR, last) * params.ld;
  let b_at1 = w0 + min(b0 + 4u + FOUR, last) * params.ld;
  let b_at2 = w0 + min(b0 + 8u + FOUR, last) * params.ld;
  let b_at3 = w0 + min(b0 + 12u + FOUR, last) * params.ld;
  // Blocks of 4 × 4, held apart: an array of them, indexed in a loop, would leave the registers.
  var m00 = mat4x4f();
  var m01 = mat4x4f();
  var m02 = mat4x4f();
  var m03 = mat4x4f();
  var m10 = mat4x4f();
  var m11 = mat4x4f();
  var m12 = mat4x4f();
  var m13 = mat4x4f();
  var m20 = mat4x4f();
  var m21 = mat4x4f();
  var m22 = mat4x4f();
  var m23 = mat4x4f();
  var m30 = mat4x4f();
  var m31 = mat4x4f();
  var m32 = mat4x4f();
  var m33 = mat4x4f();
  for (var q = 0u; q < (params.p + 3u) / 4u; q++) {
    let B0 = tokens(b_at0, q);
    let B1 = tokens(b_at1, q);
    let A0 = tokens(a_at0, q);
    let A1 = tokens(a_at1, q);
    m00 += times(A0, B0);
    m01 += times(A0, B1);
    m10 += times(A1, B0);
    m11 += times(A1, B1);
    if (BLOCK == 16u) {
      let B2 = tokens(b_at2, q);
      let B3 = tokens(b_at3, q);
      m02 += times(A0, B2);
      m03 += times(A0, B3);
      m12 += times(A1, B2);
      m13 += times(A1, B3);
      let A2 = tokens(a_at2, q);
      let A3 = tokens(a_at3, q);
      m20 += times(A2, B0);
      m21 += times(A2, B1);
      m22 += times(A2, B2);
      m23 += times(A2, B3);
      m30 += times(A3, B0);
      m31 += times(A3, B1);
      m32 += times(A3, B2);
      m33 += times(A3, B3);
    }
  }
  var all = array<mat4x4f, 16>(m00, m01, m02, m03, m10, m11, m12, m13, m20, m21, m22, m23, m30, m31, m32, m33);
  for (var i = 0u; i < BLOCK * BLOCK / 16u; i++) {
    let r = i / (BLOCK / 4u);
    let c = i % (BLOCK / 4u);
    store(all[4u * r + c], a0 + 4u * r, b0 + 4u * c, head);
  }
}
