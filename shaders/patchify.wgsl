// patchify — cuts a planar picture into patches, one a row, channel fastest.
//
//   patches[i, (u·P + v)·3 + c] = image[c, gy·P + u, gx·P + v],   i = gy·grid + gx
//
//   image   : 3 × side × side   normalised RGB planes
//   patches : grid² × ld        rows of 3P² values, zero beyond
//
// Source: `b c (h p1) (w p2) -> b (h w) (p1 p2 c)` of Ma-Lab-Berkeley/CRATE model/crate.py.
// Grid: x over the values of a patch, y over patches; one invocation copies one value.
// CPU reference: cutPatches in src/model/patchEmbed.ts.

override WIDTH: u32 = 64u; // invocations a workgroup

struct Params {
  side: u32,  // picture side, px
  P: u32,     // patch side, px
  grid: u32,  // patches a side
  ld: u32,    // row stride of patches, ≥ 3P²
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> patches: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let i = id.y;
  if (j >= 3u * params.P * params.P) { return; }
  let c = j % 3u;
  let v = (j / 3u) % params.P;
  let u = j / (3u * params.P);
  let y = (i / params.grid) * params.P + u;
  let x = (i % params.grid) * params.P + v;
  patches[i * params.ld + j] = image[(c * params.side + y) * params.side + x];
}
