// layer_norm — normalises each row to mean 0 and variance 1, then scales and shifts each channel.
//
//   Y[i,j] = (X[i,j] − μ_i) / √(σ_i² + eps) · weight[j] + bias[j],   σ² biased
//
//   X, Y         : layers × rows × 4·ld4   rows of `width` values, padded with zeros
//   weight, bias : layers × 4·ld4          of this norm, padded too
//
// Source: torch.nn.LayerNorm as in PreNorm of Ma-Lab-Berkeley/CRATE model/crate.py (eps 1e-5).
// Grid: x over blocks of WIDTH/4 rows, z over layers; four invocations a row, mean first, then the squared deviations (two passes: no
// cancellation). Where a product follows at once, gemm.wgsl does the same on the way (NORM).
// CPU reference: layerNorm in src/model/layerNorm.ts.

override WIDTH: u32 = 64u; // invocations a workgroup

const SHARE = 4u; // invocations a row
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Params {
  rows: u32,
  width: u32,        // channels
  ld4: u32,          // row stride / 4
  x_offset4: u32,    // first entry of X / 4
  y_offset4: u32,    // first entry of Y / 4
  norm_offset4: u32, // first entry of weight and bias / 4
  x_stride4: u32,    // from one layer to the next, / 4
  y_stride4: u32,
  norm_stride4: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> X: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> Y: array<vec4f>;

var<workgroup> sums: array<f32, WIDTH>;
var<workgroup> squares: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let part = local.x % SHARE;
  let first = local.x - part; // this row's lanes
  let row = group.x * (WIDTH / SHARE) + local.x / SHARE;
  let x_row = params.x_offset4 + group.z * params.x_stride4 + min(row, params.rows - 1u) * params.ld4;
  let width = vec4u(params.width);
  var sum = vec4f();
  for (var q = part; q < params.ld4; q += SHARE) { sum += X[x_row + q]; }
  sums[local.x] = dot(sum, vec4f(1.0));
  workgroupBarrier();
  let mean = (sums[first] + sums[first + 1u] + sums[first + 2u] + sums[first + 3u]) / f32(params.width);
  var square = vec4f();
  for (var q = part; q < params.ld4; q += SHARE) {
    // Padding deviates but does not count.
    let deviation = select(vec4f(), X[x_row + q] - mean, vec4u(4u * q) + FOUR < width);
    square += deviation * deviation;
  }
  squares[local.x] = dot(square, vec4f(1.0));
  workgroupBarrier();
  let all = squares[first] + squares[first + 1u] + squares[first + 2u] + squares[first + 3u];
  let scale = 1.0 / sqrt(all / f32(params.width) + params.eps);
  if (row < params.rows) {
    let y_row = params.y_offset4 + group.z * params.y_stride4 + row * params.ld4;
    let norm = params.norm_offset4 + group.z * params.norm_stride4;
    for (var q = part; q < params.ld4; q += SHARE) {
      let y = (X[x_row + q] - mean) * scale * weight[norm + q] + bias[norm + q];
      Y[y_row + q] = select(vec4f(), y, vec4u(4u * q) + FOUR < width);
    }
  }
}
