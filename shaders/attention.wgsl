// attention — the attention matrices themselves, for a view that asks, or the class token's rows of every layer.
//
//   S_k[i,j] = ⟨w_i, w_j⟩ p^−½,   A_k = softmax_j(S_k),   w_i = ZU[i, head k]
//
//   ZU : layers × n × ld     all heads side by side
//   A  : layers × K × rows × n   rows first_row … first_row + rows − 1 of each head; S in its place when SOFTMAX is 0
//
// Source: Attention of Ma-Lab-Berkeley/CRATE model/crate.py.
// Grid: x over rows, y over heads, z over layers; one workgroup writes one row.
// CPU reference: attention in src/model/mssa.ts.

override WIDTH: u32 = 64u;  // invocations a workgroup
override SOFTMAX: u32 = 1u; // 1: A, 0: S
override ALIGNED: u32 = 0u; // 1: p, ld, zu_offset and zu_stride are multiples of 4

const LOWEST = -3.4028234e38;

struct Params {
  n: u32,         // tokens
  p: u32,         // head width
  ld: u32,        // row stride of ZU
  first_row: u32,
  rows: u32,
  zu_offset: u32, // first entry of the first layer
  zu_stride: u32, // entries a layer
  a_offset: u32,  // first entry of A
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ZU: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> A: array<f32>;

var<workgroup> lanes: array<f32, WIDTH>;

/** ⟨w_i, w_j⟩ of the vector that begins at i with four that begin at j: the first one is read once for all. */
fn products(i: u32, j: vec4u) -> vec4f {
  var sums = vec4f();
  if (ALIGNED == 1u) {
    for (var c = 0u; c < params.p / 4u; c++) {
      let at = j / 4u + c;
      sums += ZU[i / 4u + c] * mat4x4f(ZU[at.x], ZU[at.y], ZU[at.z], ZU[at.w]);
    }
  } else {
    for (var c = 0u; c < params.p; c++) {
      let at = j + c;
      sums += one(i + c) * vec4f(one(at.x), one(at.y), one(at.z), one(at.w));
    }
  }
  return sums;
}

fn one(i: u32) -> f32 { return ZU[i / 4u][i % 4u]; }

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let lane = local.x;
  let column = params.zu_offset + group.z * params.zu_stride + group.y * params.p;
  let query = column + (params.first_row + group.x) * params.ld;
  let row = params.a_offset + ((group.z * groups.y + group.y) * params.rows + group.x) * params.n;
  let scale = inverseSqrt(f32(params.p));
  var highest = LOWEST;
  for (var first = lane; first < params.n; first += 4u * WIDTH) {
    let j = first + WIDTH * vec4u(0u, 1u, 2u, 3u);
    // Tokens beyond the last are read as the last one and not stored.
    var scores = products(query, column + min(j, vec4u(params.n - 1u)) * params.ld) * scale;
    for (var q = 0u; q < 4u && first + q * WIDTH < params.n; q++) {
      A[row + first + q * WIDTH] = scores[q];
      highest = max(highest, scores[q]);
    }
  }
  if (SOFTMAX == 1u) {
    lanes[lane] = highest;
    workgroupBarrier();
    for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
      if (lane < reach) { lanes[lane] = max(lanes[lane], lanes[lane + reach]); }
      workgroupBarrier();
    }
    highest = lanes[0];
    workgroupBarrier();
    var sum = 0.0;
    for (var j = lane; j < params.n; j += WIDTH) {
      let e = exp(A[row + j] - highest);
      A[row + j] = e;
      sum += e;
    }
    lanes[lane] = sum;
    workgroupBarrier();
    for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
      if (lane < reach) { lanes[lane] += lanes[lane + reach]; }
      workgroupBarrier();
    }
    let inverse = 1.0 / lanes[0];
    for (var j = lane; j < params.n; j += WIDTH) { A[row + j] *= inverse; }
  }
}
