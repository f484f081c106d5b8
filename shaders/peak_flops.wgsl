// peak_flops — chains of multiply-adds in registers and nothing else: how much the device computes at most.
//
//   out[i] = Σ_c x_c,   each x_c put through x ← a x + b, 4 · rounds times, from x_c = i mod 16 + c,   c = 0 … 15
//
//   out : invocations   one number each, so that no chain can be left out
//
// Source: the compute roof of the roofline model (Williams, Waterman, Patterson, CACM 52(4), 2009).
// Grid: x over invocations.
// CPU reference: fmaChains in src/math/probes.ts.

override WIDTH: u32 = 64u; // invocations a workgroup

struct Params {
  rounds: u32, // of four multiply-adds a chain
  a: f32,      // known at run time only, so that no compiler shortens a chain
  b: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

// Four steps of four chains.
fn four(x: vec4f, a: vec4f, b: vec4f) -> vec4f {
  return fma(fma(fma(fma(x, a, b), a, b), a, b), a, b);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(params.a);
  let b = vec4f(params.b);
  let start = f32(id.x % 16u) + vec4f(0.0, 1.0, 2.0, 3.0);
  var x0 = start;
  var x1 = start + 4.0;
  var x2 = start + 8.0;
  var x3 = start + 12.0;
  for (var round = 0u; round < params.rounds; round++) {
    x0 = four(x0, a, b);
    x1 = four(x1, a, b);
    x2 = four(x2, a, b);
    x3 = four(x3, a, b);
  }
  let sum = (x0 + x1) + (x2 + x3);
  out[id.x] = (sum.x + sum.y) + (sum.z + sum.w);
}
