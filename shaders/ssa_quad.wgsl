// ssa_quad — subspace self-attention of every head by quads of a subgroup: ssa.wgsl under the same contract, for processors.
//
//   heads[i, head k] = Σ_j softmax_j(⟨w_i, w_j⟩ p^−½) w_j,   w_i = ZU[i, head k] = U_kᵀ z_i
//
//   ZU    : layers × n × ld   all heads side by side, head k in columns k·p … ; query, key and value at once
//   heads : layers × n × ld   the heads' outputs, concatenated, laid out as ZU
//
// Source: Attention of Ma-Lab-Berkeley/CRATE model/crate.py (scale p^−½; the paper has p/(n ε²)).
// Grid: x over blocks of 16 tokens, y over heads; a quad, one workgroup, takes a block, each invocation four of its tokens. They go along
// the keys four at a time: each loads one and passes it round, and what served as keys serves as values at once.
// CPU reference: ssa in src/model/mssa.ts.

enable subgroups;
// A workgroup is one quad; numbers are passed round where all four are, which the compiler cannot know.
diagnostic(off, subgroup_uniformity);

override GROUPS: u32 = 2u; // ⌈p/16⌉, at most 4

const FOUR = vec4u(0u, 1u, 2u, 3u);
const LOWEST = -3.4028234e38;
// The softmax is taken about a score that lies at most this far below the highest: e^16 n is far from overflowing.
const SLACK = 16.0;

struct Params {
  n: u32,         // tokens
  p: u32,         // head width, a multiple of 4
  ld: u32,        // row stride of ZU and heads, a multiple of 4
  zu_offset: u32, // first entry of this layer in ZU and heads, a multiple of 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ZU: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> heads: array<f32>;

/** Channels 4c … 4c + 3 of the token at `row4`, zeros beyond the head. */
fn channels(row4: u32, c: u32) -> vec4f {
  return select(vec4f(), ZU[row4 + min(c, params.p / 4u - 1u)], 4u * c < params.p);
}

/** The same of four tokens. */
fn tokens(at: vec4u, c: u32) -> mat4x4f {
  return mat4x4f(channels(at.x, c), channels(at.y, c), channels(at.z, c), channels(at.w, c));
}

/** What each lane of the quad has, lane after lane. */
fn passed(own: vec4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
}

/** ⟨q, k⟩ over four channels, of four queries and four keys; column: query. */
fn products(Q: mat4x4f, K: mat4x4f) -> mat4x4f { return mat4x4f(Q[0] * K, Q[1] * K, Q[2] * K, Q[3] * K); }

fn highest(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

fn weighted(H: mat4x4f, by: vec4f) -> mat4x4f { return mat4x4f(H[0] * by.x, H[1] * by.y, H[2] * by.z, H[3] * by.w); }

/** Four channels of this invocation's four tokens. */
fn store(H: mat4x4f, i0: u32, c: u32, column: u32) {
  var rows = H;
  for (var r = 0u; r < 4u; r++) {
    if (i0 + r < params.n && 4u * c < params.p) {
      let to = column + (i0 + r) * params.ld + 4u * c;
      let row = rows[r];
      heads[to] = row.x;
      heads[to + 1u] = row.y;
      heads[to + 2u] = row.z;
      heads[to + 3u] = row.w;
    }
  }
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let column = params.zu_offset + group.y * params.p;
  let i0 = 16u * group.x + 4u * lane;
  let last = params.n - 1u;
  let scale = inverseSqrt(f32(params.p));
  let queries = (column + min(i0 + FOUR, vec4u(last)) * params.ld) / 4u;
  // Four channels of the four tokens a matrix, held apart: an array of them, indexed in a loop, would leave the registers.
  var Q0 = mat4x4f();
  var H0 = mat4x4f();
  var Q1 = mat4x4f();
  var H1 = mat4x4f();
  var Q2 = mat4x4f();
  var H2 = mat4x4f();
  var Q3 = mat4x4f();
  var H3 = mat4x4f();
  var Q4 = mat4x4f();
  var H4 = mat4x4f();
  var Q5 = mat4x4f();
  var H5 = mat4x4f();
  var Q6 = mat4x4f();
  var H6 = mat4x4f();
  var Q7 = mat4x4f();
  var H7 = mat4x4f();
  var Q8 = mat4x4f();
  var H8 = mat4x4f();
  var Q9 = mat4x4f();
  var H9 = mat4x4f();
  var Q10 = mat4x4f();
  var H10 = mat4x4f();
  var Q11 = mat4x4f();
  var H11 = mat4x4f();
  var Q12 = mat4x4f();
  var H12 = mat4x4f();
  var Q13 = mat4x4f();
  var H13 = mat4x4f();
  var Q14 = mat4x4f();
  var H14 = mat4x4f();
  var Q15 = mat4x4f();
  var H15 = mat4x4f();
  Q0 = tokens(queries, 0u);
  Q1 = tokens(queries, 1u);
  Q2 = tokens(queries, 2u);
  Q3 = tokens(queries, 3u);
  if (GROUPS > 1u) {
    Q4 = tokens(queries, 4u);
    Q5 = tokens(queries, 5u);
    Q6 = tokens(queries, 6u);
    Q7 = tokens(queries, 7u);
  }
  if (GROUPS > 2u) {
    Q8 = tokens(queries, 8u);
    Q9 = tokens(queries, 9u);
    Q10 = tokens(queries, 10u);
    Q11 = tokens(queries, 11u);
  }
  if (GROUPS > 3u) {
    Q12 = tokens(queries, 12u);
    Q13 = tokens(queries, 13u);
    Q14 = tokens(queries, 14u);
    Q15 = tokens(queries, 15u);
  }
  var about = vec4f(LOWEST);
  var total = vec4f();
  for (var j0 = 0u; j0 < params.n; j0 += 4u) {
    let key = (column + min(j0 + lane, last) * params.ld) / 4u;
    let K0 = passed(channels(key, 0u));
    let K1 = passed(channels(key, 1u));
    let K2 = passed(channels(key, 2u));
    let K3 = passed(channels(key, 3u));
    var S = products(Q0, K0) + products(Q1, K1) + products(Q2, K2) + products(Q3, K3);
    var K4 = mat4x4f();
    var K5 = mat4x4f();
    var K6 = mat4x4f();
    var K7 = mat4x4f();
    var K8 = mat4x4f();
    var K9 = mat4x4f();
    var K10 = mat4x4f();
    var K11 = mat4x4f();
    var K12 = mat4x4f();
    var K13 = mat4x4f();
    var K14 = mat4x4f();
    var K15 = mat4x4f();
    if (GROUPS > 1u) {
      K4 = passed(channels(key, 4u));
      K5 = passed(channels(key, 5u));
      K6 = passed(channels(key, 6u));
      K7 = passed(channels(key, 7u));
      S += products(Q4, K4) + products(Q5, K5) + products(Q6, K6) + products(Q7, K7);
    }
    if (GROUPS > 2u) {
      K8 = passed(channels(key, 8u));
      K9 = passed(channels(key, 9u));
      K10 = passed(channels(key, 10u));
      K11 = passed(channels(key, 11u));
      S += products(Q8, K8) + products(Q9, K9) + products(Q10, K10) + products(Q11, K11);
    }
    if (GROUPS > 3u) {
      K12 = passed(channels(key, 12u));
      K13 = passed(channels(key, 13u));
      K14 = passed(channels(key, 14u));
      K15 = passed(channels(key, 15u));
      S += products(Q12, K12) + products(Q13, K13) + products(Q14, K14) + products(Q15, K15);
    }
    let known = vec4u(j0) + FOUR <= vec4u(last);
    let none = vec4f(LOWEST);
    S = mat4x4f(
      select(none, S[0] * scale, known), select(none, S[1] * scale, known),
      select(none, S[2] * scale, known), select(none, S[3] * scale, known),
    );
    let most = vec4f(highest(S[0]), highest(S[1]), highest(S[2]), highest(S[3]));
    if (any(most > about + SLACK)) {
      let now = max(most, about);
      let factor = exp(about - now);
      about = now;
      total *= factor;
      H0 = weighted(H0, factor);
      H1 = weighted(H1, factor);
      H2 = weighted(H2, factor);
      H3 = weighted(H3, factor);
      if (GROUPS > 1u) {
        H4 = weighted(H4, factor);
        H5 = weighted(H5, factor);
        H6 = weighted(H6, factor);
        H7 = weighted(H7, factor);
      }
      if (GROUPS > 2u) {
        H8 = weighted(H8, factor);
        H9 = weighted(H9, factor);
        H10 = weighted(H10, factor);
        H11 = weighted(H11, factor);
      }
      if (GROUPS > 3u) {
        H12 = weighted(H12, factor);
        H13 = weighted(H13, factor);
        H14 = weighted(H14, factor);
        H15 = weighted(H15, factor);
      }
    }
    let E = mat4x4f(exp(S[0] - about.x), exp(S[1] - about.y), exp(S[2] - about.z), exp(S[3] - about.w));
    let one = vec4f(1.0);
    total += vec4f(dot(E[0], one), dot(E[1], one), dot(E[2], one), dot(E[3], one));
    H0 += K0 * E;
    H1 += K1 * E;
    H2 += K2 * E;
    H3 += K3 * E;
    if (GROUPS > 1u) {
      H4 += K4 * E;
      H5 += K5 * E;
      H6 += K6 * E;
      H7 += K7 * E;
    }
    if (GROUPS > 2u) {
      H8 += K8 * E;
      H9 += K9 * E;
      H10 += K10 * E;
      H11 += K11 * E;
    }
    if (GROUPS > 3u) {
      H12 += K12 * E;
      H13 += K13 * E;
      H14 += K14 * E;
      H15 += K15 * E;
    }
  }
  let share = 1.0 / total;
  var all = array<mat4x4f, 16>(H0, H1, H2, H3, H4, H5, H6, H7, H8, H9, H10, H11, H12, H13, H14, H15);
  for (var c = 0u; c < 4u * GROUPS; c++) { store(weighted(all[c], share), i0, c, column); }
}
