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

override WIDTH: u32 = 64u; // invocations a workgroup
override N: u32 = 64u;     // tokens n
override ROWS: u32 = 8u;   // tokens a workgroup; ROWS·N scores fit workgroup memory

const FOUR = vec4u(0u, 1u, 2u, 3u);
const LOWEST = -3.4028234e38;

struct Params {
  n: u32,         // tokens
  p: u32,         // head width
  ld: u32,        // row stride of ZU and heads
  zu_offset: u32, // first entry of this layer in ZU and heads
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ZU: array<f32>;
@group(0) @binding(2) var<storage, read_write> heads: array<f32>;

var<workgroup> scores: array<f32, ROWS * N>;
var<workgroup> inverse_sum: array<f32, ROWS>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let row0 = group.x * ROWS;
  let column = params.zu_offset + group.y * params.p;
  let scale = inverseSqrt(f32(params.p));
  // Scores: one invocation takes 4 keys and 4 queries, so that a channel's 8 loads serve 16 products. Keys and queries beyond the
  // last are read as the last and their scores dropped.
  let quads = (ROWS + 3u) / 4u;
  let key_blocks = (params.n + 3u) / 4u;
  for (var item = lane; item < quads * key_blocks; item += WIDTH) {
    let r0 = 4u * (item / key_blocks);
    let j0 = 4u * (item % key_blocks);
    let query = column + min(row0 + r0 + FOUR, vec4u(params.n - 1u)) * params.ld;
    let key = column + min(j0 + FOUR, vec4u(params.n - 1u)) * params.ld;
    var sums = mat4x4f(); // column r: query r0 + r
    for (var c = 0u; c < params.p; c++) {
      let w = vec4f(ZU[key.x + c], ZU[key.y + c], ZU[key.z + c], ZU[key.w + c]);
      sums += mat4x4f(ZU[query.x + c] * w, ZU[query.y + c] * w, ZU[query.z + c] * w, ZU[query.w + c] * w);
    }
    for (var r = 0u; r < min(4u, ROWS - r0); r++) {
      for (var q = 0u; q < min(4u, params.n - j0); q++) { scores[(r0 + r) * N + j0 + q] = sums[r][q] * scale; }
    }
  }
  workgroupBarrier();
  // Softmax, one invocation a row: its maximum, then e^(s − max) and their sum.
  if (lane < ROWS) {
    var highest = LOWEST;
    for (var j = 0u; j < params.n; j++) { highest = max(highest, scores[lane * N + j]); }
    var sum = 0.0;
    for (var j = 0u; j < params.n; j++) {
      let e = exp(scores[lane * N + j] - highest);
      scores[lane * N + j] = e;
      sum += e;
    }
    inverse_sum[lane] = 1.0 / sum;
  }
  workgroupBarrier();
  // Values: one invocation takes 4 channels and 4 queries.
  let channel_blocks = (params.p + 3u) / 4u;
  for (var item = lane; item < quads * channel_blocks; item += WIDTH) {
    let r0 = 4u * (item / channel_blocks);
    let c0 = 4u * (item % channel_blocks);
    let row = min(r0 + FOUR, vec4u(ROWS - 1u)) * N;
    let channel = column + min(c0 + FOUR, vec4u(params.p - 1u));
    var sums = mat4x4f();
    for (var j = 0u; j < params.n; j++) {
      let at = channel + j * params.ld;
      let w = vec4f(ZU[at.x], ZU[at.y], ZU[at.z], ZU[at.w]);
      sums += mat4x4f(scores[row.x + j] * w, scores[row.y + j] * w, scores[row.z + j] * w, scores[row.w + j] * w);
    }
    for (var r = 0u; r < min(4u, ROWS - r0); r++) {
      if (row0 + r0 + r >= params.n) { break; }
      let to = column + (row0 + r0 + r) * params.ld + c0;
      for (var q = 0u; q < min(4u, params.p - c0); q++) { heads[to + q] = sums[r][q] * inverse_sum[r0 + r]; }
    }
  }
}
