// quad_probe — whether four neighbours along x are a quad and pass numbers round, in the shape in which gemm_quad and ssa_quad use it.
//
//   out[i] = Σ_r (Σ_l (l + 1) X[r, q + l] + 5 X[r, q + (i mod 4) xor 1] + 6 X[r, q + (i mod 4) xor 2]),   l = 0 … 3
//
//   q = i − i mod 4, i < inside up to a whole quad
//
//   X   : rounds × count
//   out : count   the quads beyond `inside` write nothing
//
// Source: WGSL, "Subgroup built-in functions"; which invocations a quad is made of is left to the device, so it is asked (quads.ts).
// Grid: x over invocations.
// CPU reference: quadSums in src/math/probes.ts.

enable subgroups;
// Whole quads leave together and run loops of the same length, which the compiler cannot know.
diagnostic(off, subgroup_uniformity);

override WIDTH: u32 = 16u; // invocations a workgroup, a multiple of 4

struct Params {
  count: u32,
  rounds: u32,
  inside: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> X: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x / 4u * 4u < params.inside) {
    let weights = vec4f(1.0, 2.0, 3.0, 4.0);
    var sum = 0.0;
    for (var r = 0u; r < params.rounds; r++) {
      let own = X[r * params.count + id.x];
      let all = vec4f(quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
      sum += dot(all, weights) + 5.0 * quadSwapX(own) + 6.0 * quadSwapY(own);
    }
    out[id.x] = sum;
  }
}
