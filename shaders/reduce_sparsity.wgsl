// reduce_sparsity — how many entries of a layer's tokens are not zero, and the sum of their absolute values.
//
//   sparsity[layer] = (#{Z ≠ 0}, Σ|Z|)
//
//   Z        : layers × n × ld   the padding columns are zero and count as zero
//   sparsity : layers × 2, at out_offset
//
// Source: cal_sparsity in Ma-Lab-Berkeley/CRATE vis_utils (share of exact zeros of Z^{ℓ+1}).
// Grid: x over layers; one workgroup a layer, tree reduction.
// CPU reference: nonzeroCount in src/model/sparsity.ts.

override WIDTH: u32 = 64u; // invocations a layer

struct Params {
  size4: u32,      // n · ld, entries a layer, / 4
  z_offset4: u32,  // first entry of the first layer / 4
  out_offset: u32, // first entry of sparsity
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> Z: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sparsity: array<f32>;

var<workgroup> counts: array<u32, WIDTH>;
var<workgroup> sums: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let z0 = params.z_offset4 + group.x * params.size4;
  var count = vec4u();
  var sum = vec4f();
  for (var e = lane; e < params.size4; e += WIDTH) {
    let value = Z[z0 + e];
    count += select(vec4u(), vec4u(1u), value != vec4f());
    sum += abs(value);
  }
  counts[lane] = count.x + count.y + count.z + count.w;
  sums[lane] = sum.x + sum.y + sum.z + sum.w;
  workgroupBarrier();
  for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
    if (lane < reach) {
      counts[lane] += counts[lane + reach];
      sums[lane] += sums[lane + reach];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    sparsity[params.out_offset + group.x * 2u] = f32(counts[0]);
    sparsity[params.out_offset + group.x * 2u + 1u] = sums[0];
  }
}
