// ONNX files as torch.onnx.export would leave them: a small protobuf writer (onnx.proto3's field numbers) and two graphs.

const FLOAT = 1;
const INT64 = 7;
const OPSET = 17;
const IR_VERSION = 8;

const concat = (parts) => Buffer.concat(parts);

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const integer = (field, value) => concat([varint(field << 3), varint(value)]);
const bytes = (field, body) => concat([varint((field << 3) | 2), varint(body.length), body]);
const text = (field, value) => bytes(field, Buffer.from(value));
function float(field, value) {
  const body = Buffer.alloc(4);
  body.writeFloatLE(value);
  return concat([varint((field << 3) | 5), body]);
}

const tensor = (name, dims, type, raw) =>
  concat([...dims.map((dim) => integer(1, dim)), integer(2, type), text(8, name), bytes(9, raw)]);

function attribute(name, value) {
  if (Array.isArray(value)) return concat([text(1, name), ...value.map((each) => integer(8, each)), integer(20, 7)]);
  if (typeof value === 'bigint') return concat([text(1, name), integer(3, value), integer(20, 2)]);
  return concat([text(1, name), float(2, value), integer(20, 1)]);
}

const valueInfo = (name, dims) => {
  const shape = concat(dims.map((dim) => bytes(1, integer(1, dim))));
  return concat([text(1, name), bytes(2, bytes(1, concat([integer(1, FLOAT), bytes(2, shape)])))]);
};

/** A graph under construction. Integers among attributes are BigInts, floats are numbers. */
function graph() {
  const nodes = [];
  const initializers = [];
  let count = 0;
  const g = {
    /** An initializer; returns its name. */
    weight(name, dims, values) {
      const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      initializers.push(bytes(5, tensor(name, dims, FLOAT, raw)));
      return name;
    },
    scalar: (value) => g.weight(`scalar${count++}`, [], new Float32Array([value])),
    integers(values, dims = [values.length]) {
      const name = `integers${count++}`;
      const raw = Buffer.from(BigInt64Array.from(values, BigInt).buffer);
      initializers.push(bytes(5, tensor(name, dims, INT64, raw)));
      return name;
    },
    /** A node of one output; returns the output's name. */
    op(type, inputs, attributes = {}, output = `v${count++}`) {
      nodes.push(
        bytes(
          1,
          concat([
            ...inputs.map((input) => text(1, input)),
            text(2, output),
            text(3, `${type}_${output}`),
            text(4, type),
            ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
          ]),
        ),
      );
      return output;
    },
    model(input, inputDims, output, outputDims) {
      const body = concat([
        ...nodes,
        text(2, 'crate'),
        ...initializers,
        bytes(11, valueInfo(input, inputDims)),
        bytes(12, valueInfo(output, outputDims)),
      ]);
      return concat([
        integer(1, IR_VERSION),
        text(2, 'crate-explorer-bench'),
        bytes(7, body),
        bytes(8, integer(2, OPSET)),
      ]);
    },
  };
  return g;
}

/** rows × columns turned into columns × rows: what constant folding makes of `weight.t()`. */
export function transposed(values, rows, columns) {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return out;
}

/** The released CRATE (model/crate.py): 1 × 3 × side × side 'image' to 1 × classes 'logits', ISTA by its three products. */
export function crateOnnx(config, weights) {
  const { imageSize: side, patchSize: P, classes, d, K, p, eta, lambda, pool } = config;
  const grid = side / P;
  const N = grid * grid;
  const n = N + 1;
  const patch = 3 * P * P;
  const inner = K * p;
  const g = graph();
  const norm = (x, name, weight, bias) =>
    g.op(
      'LayerNormalization',
      [x, g.weight(`${name}.weight`, [weight.length], weight), g.weight(`${name}.bias`, [bias.length], bias)],
      { axis: -1n, epsilon: 1e-5 },
    );
  const linear = (x, name, weight, bias, outputs, inputs) => {
    const product = g.op('MatMul', [
      x,
      g.weight(`${name}.weight_t`, [inputs, outputs], transposed(weight, outputs, inputs)),
    ]);
    return bias ? g.op('Add', [product, g.weight(`${name}.bias`, [outputs], bias)]) : product;
  };
  const reshape = (x, dims) => g.op('Reshape', [x, g.integers(dims)]);
  const transpose = (x, perm) => g.op('Transpose', [x], { perm });

  // b c (h p1) (w p2) -> b (h w) (p1 p2 c)
  let Z = reshape(transpose(reshape('image', [1, 3, grid, P, grid, P]), [0, 2, 4, 3, 5, 1]), [1, N, patch]);
  Z = norm(Z, 'patchNorm', weights.patchNormWeight, weights.patchNormBias);
  Z = linear(Z, 'embed', weights.embedWeight, weights.embedBias, d, patch);
  Z = norm(Z, 'embedNorm', weights.embedNormWeight, weights.embedNormBias);
  Z = g.op('Concat', [g.weight('cls', [1, 1, d], weights.cls), Z], { axis: 1n });
  Z = g.op('Add', [Z, g.weight('positions', [1, n, d], weights.positions)]);
  const [scale, step, threshold] = [g.scalar(p ** -0.5), g.scalar(eta), g.scalar(eta * lambda)];
  weights.layers.forEach((layer, l) => {
    const name = `layers.${l}`;
    const X1 = norm(Z, `${name}.norm1`, layer.norm1Weight, layer.norm1Bias);
    const ZU = linear(X1, `${name}.U`, layer.U, null, inner, d);
    const w = transpose(reshape(ZU, [1, n, K, p]), [0, 2, 1, 3]);
    const S = g.op('Mul', [g.op('MatMul', [w, transpose(w, [0, 1, 3, 2])]), scale]);
    const heads = g.op('MatMul', [g.op('Softmax', [S], { axis: -1n }), w]);
    const joined = reshape(transpose(heads, [0, 2, 1, 3]), [1, n, inner]);
    Z = g.op('Add', [linear(joined, `${name}.W`, layer.W, layer.b, d, inner), Z]);
    const X = norm(Z, `${name}.norm2`, layer.norm2Weight, layer.norm2Bias);
    const D = g.weight(`${name}.D`, [d, d], layer.D);
    const Dt = g.weight(`${name}.D_t`, [d, d], transposed(layer.D, d, d));
    const grad1 = g.op('MatMul', [g.op('MatMul', [X, Dt]), D]);
    const grad2 = g.op('MatMul', [X, D]);
    const update = g.op('Sub', [g.op('Mul', [g.op('Sub', [grad2, grad1]), step]), threshold]);
    Z = g.op('Relu', [g.op('Add', [X, update])]);
  });
  const pooled =
    pool === 'cls'
      ? g.op('Gather', [Z, g.integers([0], [])], { axis: 1n })
      : g.op('ReduceMean', [Z], { axes: [1], keepdims: 0n });
  const features = norm(pooled, 'headNorm', weights.headNormWeight, weights.headNormBias);
  g.op(
    'Gemm',
    [
      features,
      g.weight('head.weight', [classes, d], weights.headWeight),
      g.weight('head.bias', [classes], weights.headBias),
    ],
    { transB: 1n },
    'logits',
  );
  return g.model('image', [1, 3, side, side], 'logits', [1, classes]);
}

/** A · B with B, depth × cols, in the file. */
export function productOnnx({ rows, depth, cols, B }) {
  const g = graph();
  g.op('MatMul', ['A', g.weight('B', [depth, cols], transposed(B, cols, depth))], {}, 'C');
  return g.model('A', [rows, depth], 'C', [rows, cols]);
}
