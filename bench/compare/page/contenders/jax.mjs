// jax-js: the released graph under jit, on WebGPU. Arrays are counted references: passing one gives it away, `.ref` keeps it.

import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree } from '@jax-js/jax';

export async function open({ kind, task }) {
  const devices = await init('webgpu');
  if (!devices.includes('webgpu')) throw new Error('found no WebGPU');
  defaultDevice('webgpu');
  return { model: openModel, product: openProduct, logdet: openLogdet }[kind](await task);
}

const matrix = (values, ...shape) => np.array(values).reshape(shape);

function openProduct({ A, B, rows, depth, cols }) {
  const a = matrix(A, rows, depth);
  const b = np.array(transposed(B, cols, depth)).reshape([depth, cols]);
  const multiply = jit((x, y) => np.matmul(x, y));
  async function repeat(times) {
    // A result that nobody waits for is never computed.
    const results = Array.from({ length: times }, () => multiply(a.ref, b.ref));
    await Promise.all(results.slice(1).map((each) => blockUntilReady(each)));
    const values = await results[0].data();
    for (const each of results.slice(1)) each.dispose();
    return { values };
  }
  return { run: () => repeat(1), repeat };
}

function transposed(values, rows, columns) {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return out;
}

/** ½ logdet(M) = Σ ln L_jj with M = L Lᵀ: its slogdet, which pivots, is slower. */
function openLogdet({ ZU, n, K, p, eps2 }) {
  const tokens = matrix(ZU, n, K, p);
  const rates = jit((x) => {
    const W = x.transpose([1, 0, 2]);
    const grams = np.matmul(W.ref.transpose([0, 2, 1]), W);
    const M = np.eye(p).add(grams.mul(p / (n * eps2)));
    return np.log(np.linalg.cholesky(M).diagonal(0, -2, -1)).sum(-1);
  });
  return { run: async () => ({ values: await rates(tokens.ref).data() }) };
}

function openModel({ config, weights, image }) {
  const { imageSize: side, patchSize: P, classes, d, K, p, eta, lambda, pool } = config;
  const grid = side / P;
  const N = grid * grid;
  const patch = 3 * P * P;
  const inner = K * p;
  const map = (weight, bias, outputs, inputs) => ({
    kernel: np.array(transposed(weight, outputs, inputs)).reshape([inputs, outputs]),
    ...(bias ? { bias: np.array(bias) } : {}),
  });
  const norm = (weight, bias) => ({ weight: np.array(weight), bias: np.array(bias) });
  const parameters = {
    patchNorm: norm(weights.patchNormWeight, weights.patchNormBias),
    embed: map(weights.embedWeight, weights.embedBias, d, patch),
    embedNorm: norm(weights.embedNormWeight, weights.embedNormBias),
    cls: matrix(weights.cls, 1, d),
    positions: matrix(weights.positions, N + 1, d),
    layers: weights.layers.map((layer) => ({
      norm1: norm(layer.norm1Weight, layer.norm1Bias),
      U: map(layer.U, null, inner, d),
      W: map(layer.W, layer.b, d, inner),
      norm2: norm(layer.norm2Weight, layer.norm2Bias),
      D: matrix(layer.D, d, d),
    })),
    headNorm: norm(weights.headNormWeight, weights.headNormBias),
    head: map(weights.headWeight, weights.headBias, classes, d),
  };

  const linear = (x, { kernel, bias }) => {
    const product = np.matmul(x, kernel);
    return bias ? product.add(bias) : product;
  };
  const layerNorm = (x, { weight, bias }) => nn.standardize(x, -1).mul(weight).add(bias);
  function layerForward(Z, { norm1, U, W, norm2, D }) {
    const ZU = linear(layerNorm(Z.ref, norm1), U);
    const w = ZU.reshape([N + 1, K, p]).transpose([1, 0, 2]);
    const A = nn.softmax(np.matmul(w.ref, w.ref.transpose([0, 2, 1])).mul(p ** -0.5), -1);
    const heads = np
      .matmul(A, w)
      .transpose([1, 0, 2])
      .reshape([N + 1, inner]);
    const X = layerNorm(linear(heads, W).add(Z), norm2);
    const grad1 = np.matmul(np.matmul(X.ref, D.ref.transpose()), D.ref);
    const grad2 = np.matmul(X.ref, D);
    return nn.relu(
      X.add(
        grad2
          .sub(grad1)
          .mul(eta)
          .sub(eta * lambda),
      ),
    );
  }
  const forward = jit((all, picture) => {
    const patches = picture.reshape([3, grid, P, grid, P]).transpose([1, 3, 2, 4, 0]).reshape([N, patch]);
    const embedded = layerNorm(linear(layerNorm(patches, all.patchNorm), all.embed), all.embedNorm);
    const tokens = np.concatenate([all.cls, embedded], 0).add(all.positions);
    const Z = all.layers.reduce(layerForward, tokens);
    const pooled = pool === 'cls' ? Z.slice([0, 1]) : Z.mean(0, { keepdims: true });
    return linear(layerNorm(pooled, all.headNorm), all.head);
  });
  return { run: async () => ({ values: await forward(tree.ref(parameters), np.array(image)).data() }) };
}
