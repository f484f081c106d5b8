// layer_norm — normalises each row to mean 0 and variance 1, then scales and shifts each channel.
//
//   Y[i,j] = (X[i,j] − μ_i) / √(σ_i² + eps) · weight[j] + bias[j],   σ² biased
//
//   X, Y         : rows × ld   rows of `width` values
//   weight, bias : width       of this norm, at `norm_offset`
//
// Source: torch.nn.LayerNorm as in PreNorm of Ma-Lab-Berkeley/CRATE model/crate.py (eps 1e-5).
// Grid: x over rows; one workgroup a row, mean first, then the squared deviations (two passes: no cancellation).
// CPU reference: layerNorm in src/model/layerNorm.ts.

override WIDTH: u32 = 64u; // invocations a row

struct Params {
  width: u32,       // channels
  ld: u32,          // row stride
  x_offset: u32,    // first entry of X
  y_offset: u32,    // first entry of Y
  norm_offset: u32, // first entry of weight and bias
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> X: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> Y: array<f32>;

var<workgroup> lanes: array<f32, WIDTH>;

/** Sum over the workgroup; every invocation must call it. Uses `lanes`. */
fn sum_of(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  lanes[lane] = value;
  workgroupBarrier();
  for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
    if (lane < reach) { lanes[lane] += lanes[lane + reach]; }
    workgroupBarrier();
  }
  return lanes[0];
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let x_row = params.x_offset + group.x * params.ld;
  let y_row = params.y_offset + group.x * params.ld;
  var sum = 0.0;
  for (var j = lane; j < params.width; j += WIDTH) { sum += X[x_row + j]; }
  let mean = sum_of(sum, lane) / f32(params.width);
  var squares = 0.0;
  for (var j = lane; j < params.width; j += WIDTH) {
    let deviation = X[x_row + j] - mean;
    squares += deviation * deviation;
  }
  let scale = 1.0 / sqrt(sum_of(squares, lane) / f32(params.width) + params.eps);
  for (var j = lane; j < params.width; j += WIDTH) {
    let normal = (X[x_row + j] - mean) * scale;
    Y[y_row + j] = normal * weight[params.norm_offset + j] + bias[params.norm_offset + j];
  }
}
