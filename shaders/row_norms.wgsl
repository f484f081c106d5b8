// row_norms — one over the squared length of each token's head vector, for unit-normalised coding rates.
//
//   inverse[layer, k, i] = 1 / ‖Z[layer, i, columns k·p …]‖²,   0 for a zero vector, which so stays zero
//
//   Z       : layers × n × ld
//   inverse : layers × K × n
//
// Source: unit normalisation in vis_utils/coding_rate.py of Ma-Lab-Berkeley/CRATE (there a zero vector gives NaN).
// Grid: x over tokens, y over heads, z over layers; one invocation a vector.
// CPU reference: unitRows in src/math/matrix.ts.

override WIDTH: u32 = 64u;  // invocations a workgroup
override ALIGNED: u32 = 0u; // 1: each vector begins at a multiple of 4, and is zero from its end to the next one

struct Params {
  n: u32,        // tokens
  p: u32,        // head width, or d for the whole token
  ld: u32,       // row stride of Z
  z_offset: u32, // first entry of the first layer
  z_stride: u32, // entries a layer
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> Z: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> inverse: array<f32>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (id.x >= params.n) { return; }
  let first = params.z_offset + id.z * params.z_stride + id.x * params.ld + id.y * params.p;
  var squares = 0.0;
  if (ALIGNED == 1u) {
    for (var c = 0u; c < params.p; c += 4u) {
      let z = Z[(first + c) / 4u];
      squares += dot(z, z);
    }
  } else {
    for (var at = first; at < first + params.p; at++) {
      let z = Z[at / 4u][at % 4u];
      squares += z * z;
    }
  }
  inverse[(id.z * groups.y + id.y) * params.n + id.x] = select(0.0, 1.0 / max(squares, 1e-37), squares > 0.0);
}
