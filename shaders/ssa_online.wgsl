// ssa_online — subspace self-attention of every head for any number of tokens: softmax is carried along from tile to tile of keys.
//
//   heads[i, head k] = Σ_j softmax_j(⟨w_i, w_j⟩ p^−½) w_j,   w_i = ZU[i, head k] = U_kᵀ z_i
//
//   ZU    : layers × n × ld   all heads side by side, head k in columns k·p … ; query, key and value at once
//   heads : layers × n × ld   the heads' outputs, concatenated, laid out as ZU
//
// ssa.wgsl keeps whole rows of scores and is faster where they fit; here a row keeps its running maximum h, Σ e^(s − h) and
// Σ e^(s − h) w, which a new maximum rescales (Milakov and Gimelshein, arXiv 1805.02867).
// Source: Attention of Ma-Lab-Berkeley/CRATE model/crate.py (scale p^−½; the paper has p/(n ε²)).
// Grid: x over blocks of ROWS tokens, y over heads; one workgroup keeps ROWS × TILE scores and ROWS × P sums in workgroup memory.
// CPU reference: ssa in src/model/mssa.ts.

override WIDTH: u32 = 64u; // invocations a workgroup, a multiple of ROWS
override TILE: u32 = 64u;  // keys a tile, a multiple of 4
override ROWS: u32 = 16u;  // tokens a workgroup
override P: u32 = 64u;     // head width p

const FOUR = vec4u(0u, 1u, 2u, 3u);
const LOWEST = -3.4028234e38;
// e^−87 is about the smallest normal f32: a sum rescaled by it is gone beside the new maximum's e⁰.
const FORGET = -87.0;

struct Params {
  n: u32,         // tokens
  p: u32,         // head width
  ld: u32,        // row stride of ZU and heads
  zu_offset: u32, // first entry of this layer in ZU and heads
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ZU: array<f32>;
@group(0) @binding(2) var<storage, read_write> heads: array<f32>;

var<workgroup> scores: array<f32, ROWS * TILE>;
var<workgroup> sums: array<f32, ROWS * P>;   // Σ e^(s − h) w so far, zero at first
var<workgroup> rescale: array<f32, ROWS>;
var<workgroup> lanes: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let row0 = group.x * ROWS;
  let column = params.zu_offset + group.y * params.p;
  let scale = inverseSqrt(f32(params.p));
  let quads = (ROWS + 3u) / 4u;
  let key_blocks = TILE / 4u;
  let channel_blocks = (params.p + 3u) / 4u;
  // Softmax of a row is shared by `share` lanes.
  let share = WIDTH / ROWS;
  let my_row = lane / share;
  let my_first = lane % share;
  var highest = LOWEST; // h of my row
  var total = 0.0;      // my part of Σ e^(s − h)
  for (var t0 = 0u; t0 < params.n; t0 += TILE) {
    let keys = min(TILE, params.n - t0);
    // Scores: one invocation takes 4 keys and 4 queries. Keys and queries beyond the last are read as the last and never used.
    for (var item = lane; item < quads * key_blocks; item += WIDTH) {
      let r0 = 4u * (item / key_blocks);
      let j0 = 4u * (item % key_blocks);
      let query = column + min(row0 + r0 + FOUR, vec4u(params.n - 1u)) * params.ld;
      let key = column + min(t0 + j0 + FOUR, vec4u(params.n - 1u)) * params.ld;
      var dots = mat4x4f(); // column r: query r0 + r
      for (var c = 0u; c < params.p; c++) {
        let w = vec4f(ZU[key.x + c], ZU[key.y + c], ZU[key.z + c], ZU[key.w + c]);
        dots += mat4x4f(ZU[query.x + c] * w, ZU[query.y + c] * w, ZU[query.z + c] * w, ZU[query.w + c] * w);
      }
      for (var r = 0u; r < min(4u, ROWS - r0); r++) {
        for (var q = 0u; q < 4u; q++) { scores[(r0 + r) * TILE + j0 + q] = dots[r][q] * scale; }
      }
    }
    workgroupBarrier();
    var found = LOWEST;
    for (var j = my_first; j < keys; j += share) { found = max(found, scores[my_row * TILE + j]); }
    lanes[lane] = found;
    workgroupBarrier();
    let before = highest;
    for (var s = 0u; s < share; s++) { highest = max(highest, lanes[my_row * share + s]); }
    let factor = exp(max(before - highest, FORGET));
    total *= factor;
    for (var j = my_first; j < keys; j += share) {
      let e = exp(scores[my_row * TILE + j] - highest);
      scores[my_row * TILE + j] = e;
      total += e;
    }
    if (my_first == 0u) { rescale[my_row] = factor; }
    workgroupBarrier();
    // Values: one invocation takes 4 channels and 4 queries, the same ones in every tile.
    for (var item = lane; item < quads * channel_blocks; item += WIDTH) {
      let r0 = 4u * (item / channel_blocks);
      let c0 = 4u * (item % channel_blocks);
      let row = min(r0 + FOUR, vec4u(ROWS - 1u)) * TILE;
      let channel = column + min(c0 + FOUR, vec4u(params.p - 1u)) + t0 * params.ld;
      var added = mat4x4f();
      for (var j = 0u; j < keys; j++) {
        let at = channel + j * params.ld;
        let w = vec4f(ZU[at.x], ZU[at.y], ZU[at.z], ZU[at.w]);
        added += mat4x4f(scores[row.x + j] * w, scores[row.y + j] * w, scores[row.z + j] * w, scores[row.w + j] * w);
      }
      for (var r = 0u; r < min(4u, ROWS - r0); r++) {
        for (var q = 0u; q < min(4u, params.p - c0); q++) {
          let to = (r0 + r) * P + c0 + q;
          sums[to] = sums[to] * rescale[r0 + r] + added[r][q];
        }
      }
    }
    workgroupBarrier();
  }
  lanes[lane] = total;
  workgroupBarrier();
  for (var e = lane; e < ROWS * params.p; e += WIDTH) {
    let r = e / params.p;
    if (row0 + r < params.n) {
      var sum = 0.0;
      for (var s = 0u; s < share; s++) { sum += lanes[r * share + s]; }
      heads[column + (row0 + r) * params.ld + e % params.p] = sums[r * P + e % params.p] / sum;
    }
  }
}
