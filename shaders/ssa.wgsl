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
override ROWS: u32 = 8u;   // tokens a workgroup, at most MAX_ROWS; ROWS·N scores fit workgroup memory

const MAX_ROWS = 8u;
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
  // Scores: one invocation takes a key and all ROWS queries, so that each key is read once.
  for (var j = lane; j < params.n; j += WIDTH) {
    var sums: array<f32, MAX_ROWS>;
    for (var r = 0u; r < ROWS; r++) { sums[r] = 0.0; } // drivers were seen that clear it only once
    let key = column + j * params.ld;
    for (var c = 0u; c < params.p; c++) {
      let w = ZU[key + c];
      for (var r = 0u; r < ROWS; r++) {
        sums[r] += w * ZU[column + min(row0 + r, params.n - 1u) * params.ld + c];
      }
    }
    for (var r = 0u; r < ROWS; r++) { scores[r * N + j] = sums[r] * scale; }
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
  // Values: one invocation takes a channel and all ROWS queries.
  for (var c = lane; c < params.p; c += WIDTH) {
    var sums: array<f32, MAX_ROWS>;
    for (var r = 0u; r < ROWS; r++) { sums[r] = 0.0; }
    for (var j = 0u; j < params.n; j++) {
      let w = ZU[column + j * params.ld + c];
      for (var r = 0u; r < ROWS; r++) { sums[r] += scores[r * N + j] * w; }
    }
    for (var r = 0u; r < ROWS; r++) {
      if (row0 + r < params.n) {
        heads[column + (row0 + r) * params.ld + c] = sums[r] * inverse_sum[r];
      }
    }
  }
}
