// assemble_tokens — puts the class token in front of the embedded patches and adds the positions: Z⁰.
//
//   Z[0,:] = cls + positions[0,:],   Z[i,:] = embedded[i−1,:] + positions[i,:],   mask_token for a hidden patch's embedding
//
//   embedded   : (n−1) × ld
//   cls        : d
//   positions  : n × d
//   mask_token : d
//   hidden     : n − 1   1 where CRATE-MAE shall not see the patch, else 0
//   Z          : n × ld
//
// Source: Ma-Lab-Berkeley/CRATE model/crate.py, CRATE.forward; model/crate_ae, forward_encoder (masks before positions are added).
// Grid: x over channels, y over tokens; one invocation writes one entry.
// CPU reference: embedPatches in src/model/patchEmbed.ts.

override WIDTH: u32 = 64u; // invocations a workgroup

struct Params {
  n: u32,  // tokens, the class token included
  d: u32,  // token width
  ld: u32, // row stride of embedded and Z
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> embedded: array<f32>;
@group(0) @binding(2) var<storage, read> cls: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<f32>;
@group(0) @binding(4) var<storage, read> mask_token: array<f32>;
@group(0) @binding(5) var<storage, read> hidden: array<f32>;
@group(0) @binding(6) var<storage, read_write> Z: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y;
  let j = id.x;
  if (j >= params.d || i >= params.n) { return; }
  var value = 0.0;
  if (i == 0u) {
    value = cls[j];
  } else if (hidden[i - 1u] != 0.0) {
    value = mask_token[j];
  } else {
    value = embedded[(i - 1u) * params.ld + j];
  }
  Z[i * params.ld + j] = value + positions[i * params.d + j];
}
