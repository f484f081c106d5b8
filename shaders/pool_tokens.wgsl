// pool_tokens — the row that the class head reads: the class token, or the mean of all n tokens.
//
//   MEAN 0: pooled = Z[0,:],   MEAN 1: pooled = (1/n) Σ_i Z[i,:], the class token included
//
//   Z      : n × ld   the last layer's tokens, at z_offset
//   pooled : ld
//
// Source: Ma-Lab-Berkeley/CRATE model/crate.py, CRATE.forward (pool).
// Grid: x over channels.
// CPU reference: classHead in src/model/classHead.ts.

override WIDTH: u32 = 64u; // invocations a workgroup
override MEAN: u32 = 0u;

struct Params {
  n: u32,  // tokens
  d: u32,  // token width
  ld: u32, // row stride of Z
  z_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> Z: array<f32>;
@group(0) @binding(2) var<storage, read_write> pooled: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.d) { return; }
  var sum = Z[params.z_offset + id.x];
  if (MEAN == 1u) {
    for (var i = 1u; i < params.n; i++) { sum += Z[params.z_offset + i * params.ld + id.x]; }
    sum /= f32(params.n);
  }
  pooled[id.x] = sum;
}
