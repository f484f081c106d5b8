// peak_bytes — reads a buffer once, front to back, and adds it up: how fast the device reads what no cache holds.
//
//   sums[g, i] = Σ of the vec4s i, i + WIDTH, i + 2 WIDTH … of the g-th part of X
//
//   X    : groups × per_group vec4s   each workgroup reads one part, four loads under way
//   sums : groups × WIDTH             one number an invocation, so that no load can be left out
//
// Source: the memory roof of the roofline model (Williams, Waterman, Patterson, CACM 52(4), 2009).
// Grid: x over parts, one workgroup each.
// CPU reference: laneSums in src/math/probes.ts.

override WIDTH: u32 = 128u; // invocations a workgroup

struct Params {
  per_group: u32, // vec4s a part, a multiple of 4 · WIDTH
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> X: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let end = (group.x + 1u) * params.per_group;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var at = group.x * params.per_group + local.x; at < end; at += 4u * WIDTH) {
    s0 += X[at];
    s1 += X[at + WIDTH];
    s2 += X[at + 2u * WIDTH];
    s3 += X[at + 3u * WIDTH];
  }
  let sum = (s0 + s1) + (s2 + s3);
  sums[group.x * WIDTH + local.x] = (sum.x + sum.y) + (sum.z + sum.w);
}
