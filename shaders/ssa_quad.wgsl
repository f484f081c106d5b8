// ssa_quad — subspace self-attention of every head by quads of a subgroup: ssa.wgsl under the same contract, for processors.
//
//   heads[i, head k] = Σ_j softmax_j(⟨w_i, w_j⟩ p^−½) w_j,   w_i = ZU[i, head k] = U_kᵀ z_i
//
//   ZU    : layers × n × ld   all heads side by side, head k in columns k·p … ; query, key and value at once
//   heads : layers × n × ld   the heads' outputs, concatenated, laid out as ZU
//
// Source: Attention of Ma-Lab-Berkeley/CRATE model/crate.py (scale p^−½; the paper has p/(n ε²)).
// Grid: x over blocks of 8 tokens, y over heads; a quad, one workgroup, takes a block and goes along the keys four at a time. Each
// invocation has every fourth four of the head's channels, of queries and keys: scores are sums over the quad, softmaxed an invocation
// a query of four, and passed round; what served as keys serves as values at once.
// CPU reference: ssa in src/model/mssa.ts.

enable subgroups;
// A workgroup is one quad, whose branches and loops are the same for all four, which the compiler cannot know.
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

/** What each invocation of the quad has, one after the other. */
fn passed(own: vec4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
}
fn passed_numbers(own: f32) -> vec4f {
  return vec4f(quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
}

/** Column `lane` of the quad's sum of S: first with the neighbour, each keeping every other column, then with the pair. */
fn summed(S: mat4x4f, lane: u32) -> vec4f {
  let is_odd = (lane & 1u) == 1u;
  let low = select(S[0], S[1], is_odd) + quadSwapX(select(S[1], S[0], is_odd));
  let high = select(S[2], S[3], is_odd) + quadSwapX(select(S[3], S[2], is_odd));
  let is_high = (lane & 2u) == 2u;
  return select(low, high, is_high) + quadSwapY(select(high, low, is_high));
}

/** ⟨q, k⟩ over four channels, of four queries and four keys; column: query. */
fn products(Q: mat4x4f, K: mat4x4f) -> mat4x4f { return mat4x4f(Q[0] * K, Q[1] * K, Q[2] * K, Q[3] * K); }

fn highest(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

fn weighted(H: mat4x4f, by: vec4f) -> mat4x4f { return mat4x4f(H[0] * by.x, H[1] * by.y, H[2] * by.z, H[3] * by.w); }

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let column = params.zu_offset + group.y * params.p;
  let i0 = 8u * group.x;
  let last = params.n - 1u;
  let scale = inverseSqrt(f32(params.p));
  // Read and, at the end, stored in a loop: SwiftShader takes 2 ms to compile each number that a kernel reads.
  var queries = array<mat4x4f, 8>();
  for (var i = 0u; i < 8u * GROUPS; i++) {
    let row4 = (column + min(i0 + i % 8u, last) * params.ld) / 4u;
    queries[i / 4u][i % 4u] = channels(row4, i / 8u * 4u + lane);
  }
  // Queries and outputs of the first four tokens, A and its H, and of the other four, B; four channels a matrix. Held apart: an array of
  // them, indexed in the loop over keys, would leave the registers.
  let A0 = queries[0];
  let B0 = queries[1];
  let A1 = queries[2];
  let B1 = queries[3];
  let A2 = queries[4];
  let B2 = queries[5];
  let A3 = queries[6];
  let B3 = queries[7];
  var Ha0 = mat4x4f();
  var Ha1 = mat4x4f();
  var Ha2 = mat4x4f();
  var Ha3 = mat4x4f();
  var Hb0 = mat4x4f();
  var Hb1 = mat4x4f();
  var Hb2 = mat4x4f();
  var Hb3 = mat4x4f();
  // Of token i0 + lane, and of token i0 + 4 + lane.
  var about_a = LOWEST;
  var about_b = LOWEST;
  var total_a = 0.0;
  var total_b = 0.0;
  for (var j0 = 0u; j0 < params.n; j0 += 4u) {
    let keys = (column + min(j0 + FOUR, vec4u(last)) * params.ld) / 4u;
    let K0 = tokens(keys, lane);
    var K1 = mat4x4f();
    var K2 = mat4x4f();
    var K3 = mat4x4f();
    var Sa = products(A0, K0);
    var Sb = products(B0, K0);
    if (GROUPS > 1u) {
      K1 = tokens(keys, 4u + lane);
      Sa += products(A1, K1);
      Sb += products(B1, K1);
    }
    if (GROUPS > 2u) {
      K2 = tokens(keys, 8u + lane);
      Sa += products(A2, K2);
      Sb += products(B2, K2);
    }
    if (GROUPS > 3u) {
      K3 = tokens(keys, 12u + lane);
      Sa += products(A3, K3);
      Sb += products(B3, K3);
    }
    let known = vec4u(j0) + FOUR <= vec4u(last);
    let a = select(vec4f(LOWEST), summed(Sa, lane) * scale, known);
    let b = select(vec4f(LOWEST), summed(Sb, lane) * scale, known);
    let most_a = max(about_a, highest(a));
    let most_b = max(about_b, highest(b));
    var above = max(most_a - about_a, most_b - about_b);
    above = max(above, quadSwapX(above));
    above = max(above, quadSwapY(above));
    if (above > SLACK) {
      let factor_a = exp(about_a - most_a);
      let factor_b = exp(about_b - most_b);
      about_a = most_a;
      about_b = most_b;
      total_a *= factor_a;
      total_b *= factor_b;
      let by_a = passed_numbers(factor_a);
      let by_b = passed_numbers(factor_b);
      Ha0 = weighted(Ha0, by_a);
      Hb0 = weighted(Hb0, by_b);
      if (GROUPS > 1u) {
        Ha1 = weighted(Ha1, by_a);
        Hb1 = weighted(Hb1, by_b);
      }
      if (GROUPS > 2u) {
        Ha2 = weighted(Ha2, by_a);
        Hb2 = weighted(Hb2, by_b);
      }
      if (GROUPS > 3u) {
        Ha3 = weighted(Ha3, by_a);
        Hb3 = weighted(Hb3, by_b);
      }
    }
    let e_a = exp(a - about_a);
    let e_b = exp(b - about_b);
    total_a += dot(e_a, vec4f(1.0));
    total_b += dot(e_b, vec4f(1.0));
    let Ea = passed(e_a);
    let Eb = passed(e_b);
    Ha0 += K0 * Ea;
    Hb0 += K0 * Eb;
    if (GROUPS > 1u) {
      Ha1 += K1 * Ea;
      Hb1 += K1 * Eb;
    }
    if (GROUPS > 2u) {
      Ha2 += K2 * Ea;
      Hb2 += K2 * Eb;
    }
    if (GROUPS > 3u) {
      Ha3 += K3 * Ea;
      Hb3 += K3 * Eb;
    }
  }
  let share_a = passed_numbers(1.0 / total_a);
  let share_b = passed_numbers(1.0 / total_b);
  var outputs = array<mat4x4f, 8>(
    weighted(Ha0, share_a), weighted(Hb0, share_b), weighted(Ha1, share_a), weighted(Hb1, share_b),
    weighted(Ha2, share_a), weighted(Hb2, share_b), weighted(Ha3, share_a), weighted(Hb3, share_b),
  );
  for (var i = 0u; i < 8u * GROUPS; i++) {
    let row = i0 + i % 8u;
    let c = i / 8u * 4u + lane;
    if (row < params.n && 4u * c < params.p) {
      let to = column + row * params.ld + 4u * c;
      let four = outputs[i / 4u][i % 4u];
      heads[to] = four.x;
      heads[to + 1u] = four.y;
      heads[to + 2u] = four.z;
      heads[to + 3u] = four.w;
    }
  }
}
