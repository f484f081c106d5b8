// TensorFlow.js: the released graph in its ops, maps with their bias fused as its converter does it.

import * as tf from '@tensorflow/tfjs-core';

const THREADS = 2;

export async function open({ contender, kind, task }) {
  if (kind === 'logdet') throw new Error('has neither a determinant nor a Cholesky factorisation');
  if (contender === 'tfjs-wasm') {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths('/tfjs-wasm/');
    wasm.setThreadsCount(THREADS);
    await tf.setBackend('wasm');
  } else {
    await import('@tensorflow/tfjs-backend-webgpu');
    await tf.setBackend('webgpu');
  }
  await tf.ready();
  if (tf.getBackend() !== contender.slice('tfjs-'.length)) throw new Error(`runs on ${tf.getBackend()} instead`);
  const given = await task;
  return kind === 'model' ? openModel(given) : openProduct(given);
}

/** A value of tf.tidy read back. */
async function readBack(compute) {
  const result = tf.tidy(compute);
  const values = await result.data();
  result.dispose();
  return { values };
}

function openProduct({ A, B, rows, depth, cols }) {
  const a = tf.tensor2d(A, [rows, depth]);
  const b = tf.tidy(() => tf.transpose(tf.tensor2d(B, [cols, depth])));
  async function repeat(times) {
    for (let i = 1; i < times; i++) tf.matMul(a, b).dispose();
    return readBack(() => tf.matMul(a, b));
  }
  return { run: () => repeat(1), repeat };
}

function openModel({ config, weights, image }) {
  const { imageSize: side, patchSize: P, classes, d, K, p, eta, lambda, pool } = config;
  const grid = side / P;
  const N = grid * grid;
  const n = N + 1;
  const patch = 3 * P * P;
  const inner = K * p;
  /** A Linear's weight, one output a row, as inputs × outputs. */
  const map = (weight, bias, outputs, inputs) => ({
    kernel: tf.tidy(() => tf.transpose(tf.tensor2d(weight, [outputs, inputs]))),
    bias: bias ? tf.tensor1d(bias) : undefined,
  });
  const norm = (weight, bias) => ({ weight: tf.tensor1d(weight), bias: tf.tensor1d(bias) });
  const patchNorm = norm(weights.patchNormWeight, weights.patchNormBias);
  const embed = map(weights.embedWeight, weights.embedBias, d, patch);
  const embedNorm = norm(weights.embedNormWeight, weights.embedNormBias);
  const cls = tf.tensor2d(weights.cls, [1, d]);
  const positions = tf.tensor2d(weights.positions, [n, d]);
  const layers = weights.layers.map((layer) => ({
    norm1: norm(layer.norm1Weight, layer.norm1Bias),
    U: map(layer.U, null, inner, d),
    W: map(layer.W, layer.b, d, inner),
    norm2: norm(layer.norm2Weight, layer.norm2Bias),
    D: tf.tensor2d(layer.D, [d, d]),
  }));
  const headNorm = norm(weights.headNormWeight, weights.headNormBias);
  const head = map(weights.headWeight, weights.headBias, classes, d);

  const linear = (x, { kernel, bias }) => (bias ? tf.fused.matMul({ a: x, b: kernel, bias }) : tf.matMul(x, kernel));
  const layerNorm = (x, { weight, bias }) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const scale = tf.rsqrt(tf.add(variance, 1e-5));
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), scale), weight), bias);
  };
  function layerForward(Z, layer) {
    const ZU = linear(layerNorm(Z, layer.norm1), layer.U);
    const w = tf.transpose(tf.reshape(ZU, [n, K, p]), [1, 0, 2]);
    const A = tf.softmax(tf.mul(tf.matMul(w, w, false, true), p ** -0.5));
    const heads = tf.reshape(tf.transpose(tf.matMul(A, w), [1, 0, 2]), [n, inner]);
    const X = layerNorm(tf.add(linear(heads, layer.W), Z), layer.norm2);
    const grad1 = tf.matMul(tf.matMul(X, layer.D, false, true), layer.D);
    const grad2 = tf.matMul(X, layer.D);
    return tf.relu(tf.add(X, tf.sub(tf.mul(tf.sub(grad2, grad1), eta), eta * lambda)));
  }
  function forward() {
    const picture = tf.tensor(image, [3, grid, P, grid, P]);
    const patches = tf.reshape(tf.transpose(picture, [1, 3, 2, 4, 0]), [N, patch]);
    const embedded = layerNorm(linear(layerNorm(patches, patchNorm), embed), embedNorm);
    const tokens = tf.add(tf.concat([cls, embedded], 0), positions);
    const Z = layers.reduce(layerForward, tokens);
    const pooled = pool === 'cls' ? tf.slice(Z, [0, 0], [1, d]) : tf.mean(Z, 0, true);
    return linear(layerNorm(pooled, headNorm), head);
  }
  return { run: () => readBack(forward) };
}
