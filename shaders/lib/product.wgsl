// What both products, gemm.wgsl and gemm_tile.wgsl, share: reading the right factor, statistics of a row, and the epilogue. Appended to
// a kernel's text, whose overrides NORM, TRANSPOSED and HALF, params and buffers it uses.

/** Entries 4i … 4i + 3 of B. */
fn four(i: u32) -> vec4f {
  if (HALF == 1u) {
    let eight = B[i / 2u];
    let pairs = select(eight.xy, eight.zw, i % 2u == 1u);
    return vec4f(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
  }
  return bitcast<vec4f>(B[i]);
}

/** Mean and 1/√(σ² + eps) of the row of A that begins at `row`, mean first, then the squared deviations: no cancellation. */
fn row_stats(row: u32) -> vec2f {
  var sums = vec4f();
  for (var q = 0u; q < params.depth4; q++) { sums += A[row + q]; }
  let mean = dot(sums, vec4f(1.0)) / f32(params.width);
  var squares = vec4f();
  for (var q = 0u; q < params.depth4; q++) {
    // Padding, which is zero, deviates but does not count.
    let deviation = select(vec4f(), A[row + q] - mean, vec4u(4u * q) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width));
    squares += deviation * deviation;
  }
  return vec2f(mean, 1.0 / sqrt(dot(squares, vec4f(1.0)) / f32(params.width) + params.eps));
}

/**
 * The epilogue and the store of 4 × 4 entries from row i0, column j0; column r of `block` is row i0 + r of C. `means` and `scales` are
 * those four rows' statistics where NORM is 1.
 */
fn store(block: mat4x4f, i0: u32, j0: u32, batch: u32, means: vec4f, scales: vec4f) {
  // What is read at a changing place must be a variable, or each read would copy the whole of it.
  var product = block;
  var mean = means;
  var scale = scales;
  let epilogue = params.epilogue;
  let has_residual = epilogue == 2u || epilogue == 3u || epilogue == 5u;
  var shift = vec4f();
  if (epilogue != 0u && epilogue != 4u) {
    let at = params.bias_offset + j0;
    shift = vec4f(bias[at], bias[at + 1u], bias[at + 2u], bias[at + 3u]);
  }
  var sums = vec4f();
  if (NORM == 1u) {
    let at = params.sums_offset + j0;
    sums = vec4f(bias[at], bias[at + 1u], bias[at + 2u], bias[at + 3u]);
  }
  for (var r = 0u; r < min(4u, params.rows - min(i0, params.rows)); r++) {
    var value = product[r];
    if (NORM == 1u) { value = (value - mean[r] * sums) * scale[r]; }
    value += shift;
    var x = vec4f();
    if (has_residual) {
      let at = params.residual_offset + (i0 + r) * params.ld_residual + j0;
      x = vec4f(residual[at], residual[at + 1u], residual[at + 2u], residual[at + 3u]);
      if (NORM == 1u) {
        let norm = params.norm_offset4 + j0 / 4u;
        x = (x - mean[r]) * scale[r] * norm_weight[norm] + norm_bias[norm];
      }
    }
    if (epilogue == 2u) { value += x; }
    if (epilogue == 3u || epilogue == 4u) { value = max(x + params.eta * value - params.threshold, vec4f()); }
    if (epilogue == 5u) { value = x - value; }
    let to = params.c_offset + batch * params.c_stride + (i0 + r) * params.ld_c + j0;
    // Columns beyond the last are read as whatever lies there and not stored.
    if (j0 < params.cols) { C[to] = value.x; }
    if (j0 + 1u < params.cols) { C[to + 1u] = value.y; }
    if (j0 + 2u < params.cols) { C[to + 2u] = value.z; }
    if (j0 + 3u < params.cols) { C[to + 3u] = value.w; }
  }
}
