// ssa — subspace self-attention of every head, without storing the n × n matrices.
//
//   heads[i, head k] = Σ_j softmax_j(⟨w_i, w_j⟩ p^−½) w_j,   w_i = ZU[i, head k] = U_kᵀ z_i
//
//   ZU    : layers × n × ld   all heads side by side, head k in columns k·p … ; query, key and value at once
//   heads : layers × n × ld   the heads' outputs, concatenated, laid out as ZU
//
// Source: Attention of Ma-Lab-Berkeley/CRATE model/crate.py (scale p^−½; the paper has p/(n ε²)).
// Grid: x over blocks of ROWS tokens, y over heads; one workgroup keeps ROWS rows of scores in workgroup memory.
// CPU reference: ssa in src/model/mssa.ts.

override WIDTH: u32 = 32u;   // invocations a workgroup, a multiple of ROWS
override N: u32 = 64u;       // tokens n
override ROWS: u32 = 16u;    // tokens a workgroup, 8 or 16; ROWS·N scores fit workgroup memory
override ALIGNED: u32 = 0u;  // 1: p, ld and zu_offset are multiples of 4

const FOUR = vec4u(0u, 1u, 2u, 3u);
const LOWEST = -3.4028234e38;

struct Params {
  n: u32,         // tokens
  p: u32,         // head width
  ld: u32,        // row stride of ZU and heads
  zu_offset: u32, // first entry of this layer in ZU and heads
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ZU: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> heads: array<f32>;

// A row's scores of 4 keys an entry; what lies beyond the last key becomes 0.
var<workgroup> scores: array<vec4f, ROWS * ((N + 3u) / 4u)>;
var<workgroup> highest: array<f32, WIDTH>;
var<workgroup> total: array<f32, WIDTH>;

fn one(i: u32) -> f32 { return ZU[i / 4u][i % 4u]; }

/** Entries i … i + 3 of ZU. */
fn four(i: u32) -> vec4f {
  if (ALIGNED == 1u) { return ZU[i / 4u]; }
  return vec4f(one(i), one(i + 1u), one(i + 2u), one(i + 3u));
}

/** Channels c … c + 3 of the four tokens at `at`, zeros beyond the head. */
fn tokens(at: vec4u, c: u32) -> mat4x4f {
  let W = mat4x4f(four(at.x + c), four(at.y + c), four(at.z + c), four(at.w + c));
  if (ALIGNED == 1u) { return W; }
  let inside = vec4u(c) + FOUR < vec4u(params.p);
  let none = vec4f();
  return mat4x4f(
    select(none, W[0], inside), select(none, W[1], inside), select(none, W[2], inside), select(none, W[3], inside),
  );
}

/** Four rows of the heads' outputs at 4 channels; column r of `block` is row i0 + r. Uses `total`. */
fn store(block: mat4x4f, i0: u32, c0: u32, r0: u32, column: u32) {
  // What is read at a changing place must be a variable, or each read would copy the whole of it.
  var rows = block;
  let share = WIDTH / ROWS;
  for (var r = 0u; r < 4u; r++) {
    if (i0 + r < params.n) {
      var sum = 0.0;
      for (var s = 0u; s < share; s++) { sum += total[(r0 + r) * share + s]; }
      var row = rows[r] / sum;
      let to = column + (i0 + r) * params.ld + c0;
      for (var q = 0u; c0 + q < params.p && q < 4u; q++) { heads[to + q] = row[q]; }
    }
  }
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let row0 = group.x * ROWS;
  let column = params.zu_offset + group.y * params.p;
  let scale = inverseSqrt(f32(params.p));
  let last = vec4u(params.n - 1u);
  let fours = (N + 3u) / 4u; // entries a row of scores
  // Scores: one invocation takes 8 keys and 8 queries. Keys and queries beyond the last are read as the last and their scores dropped.
  let key_blocks = (N + 7u) / 8u;
  for (var item = lane; item < (ROWS / 8u) * key_blocks; item += WIDTH) {
    let r0 = 8u * (item / key_blocks);
    let j0 = 8u * (item % key_blocks);
    let q0 = column + min(row0 + r0 + FOUR, last) * params.ld;
    let q1 = column + min(row0 + r0 + 4u + FOUR, last) * params.ld;
    let k0 = column + min(j0 + FOUR, last) * params.ld;
    let k1 = column + min(j0 + 4u + FOUR, last) * params.ld;
    // Column r: query r0 + r.
    var s00 = mat4x4f();
    var s01 = mat4x4f();
    var s10 = mat4x4f();
    var s11 = mat4x4f();
    for (var c = 0u; c < params.p; c += 4u) {
      let Q0 = tokens(q0, c);
      let Q1 = tokens(q1, c);
      let K0 = transpose(tokens(k0, c));
      let K1 = transpose(tokens(k1, c));
      s00 += K0 * Q0;
      s01 += K1 * Q0;
      s10 += K0 * Q1;
      s11 += K1 * Q1;
    }
    for (var r = 0u; r < 4u; r++) {
      let to = (r0 + r) * fours + j0 / 4u;
      scores[to] = s00[r] * scale;
      scores[to + 4u * fours] = s10[r] * scale;
      if (j0 / 4u + 1u < fours) {
        scores[to + 1u] = s01[r] * scale;
        scores[to + 4u * fours + 1u] = s11[r] * scale;
      }
    }
  }
  workgroupBarrier();
  // Softmax, shared by the lanes of a row: its maximum, then e^(s − max) and their sum.
  let share = WIDTH / ROWS;
  let row = (lane / share) * fours;
  var found = vec4f(LOWEST);
  for (var v = lane % share; v < fours; v += share) {
    found = max(found, select(vec4f(LOWEST), scores[row + v], 4u * v + FOUR < vec4u(N)));
  }
  highest[lane] = max(max(found.x, found.y), max(found.z, found.w));
  workgroupBarrier();
  var most = LOWEST;
  for (var s = 0u; s < share; s++) { most = max(most, highest[(lane / share) * share + s]); }
  var sum = vec4f();
  for (var v = lane % share; v < fours; v += share) {
    // Beyond the last key stands the last key's score, whose exponential is finite too.
    let e = select(vec4f(), exp(scores[row + v] - most), 4u * v + FOUR < vec4u(N));
    scores[row + v] = e;
    sum += e;
  }
  total[lane] = dot(sum, vec4f(1.0));
  workgroupBarrier();
  // Values: one invocation takes 8 channels and 8 queries.
  let channel_blocks = (params.p + 7u) / 8u;
  for (var item = lane; item < (ROWS / 8u) * channel_blocks; item += WIDTH) {
    let r0 = 8u * (item / channel_blocks);
    let c0 = 8u * (item % channel_blocks);
    let above = r0 * fours + FOUR * fours;
    var h00 = mat4x4f();
    var h01 = mat4x4f();
    var h10 = mat4x4f();
    var h11 = mat4x4f();
    for (var v = 0u; v < fours; v++) {
      let at = column + min(4u * v + FOUR, last) * params.ld + c0;
      let V0 = mat4x4f(four(at.x), four(at.y), four(at.z), four(at.w));
      let V1 = mat4x4f(four(at.x + 4u), four(at.y + 4u), four(at.z + 4u), four(at.w + 4u));
      let A0 = mat4x4f(scores[above.x + v], scores[above.y + v], scores[above.z + v], scores[above.w + v]);
      let below = above + 4u * fours + v;
      let A1 = mat4x4f(scores[below.x], scores[below.y], scores[below.z], scores[below.w]);
      h00 += V0 * A0;
      h01 += V1 * A0;
      h10 += V0 * A1;
      h11 += V1 * A1;
    }
    var blocks = array<mat4x4f, 4>(h00, h01, h10, h11);
    for (var b = 0u; b < 4u; b++) {
      let r = r0 + 4u * (b / 2u);
      store(blocks[b], row0 + r, c0 + 4u * (b % 2u), r, column);
    }
  }
}
