// This project's WebGPU engine, as the page's worker calls it.

import { openGpu } from '../../../../src/engine/device.ts';
import { createGpuEngine } from '../../../../src/engine/gpuEngine.ts';
import { choleskyShape } from '../../../../src/engine/gpuPipelines.ts';
import { kernelOn } from '../../../../src/engine/kernelOn.ts';
import { choleskyGroups, gramGroups } from '../../../../src/engine/kernels/grids.ts';
import * as kernels from '../../../../src/engine/kernels/index.ts';
import { productOn } from '../../../../src/engine/productKernel.ts';
import { hasQuads } from '../../../../src/engine/quads.ts';
import { engineRunner } from './engineRunner.mjs';

export async function open({ contender, kind, task }) {
  const gpu = openGpu(navigator.gpu);
  // Answered below; a refusal shall not count as unhandled while the task is on its way.
  gpu.catch(() => undefined);
  if (kind === 'model') return engineRunner(createGpuEngine(await gpu), await task, contender.endsWith('-measured'));
  return parts[kind]((await gpu).device, await task);
}

const USAGE = { read: 0x1 | 0x8, storage: 0x80 | 0x8 | 0x4 };

function upload(device, label, values) {
  const buffer = device.createBuffer({ label, size: Math.max(16, values.byteLength), usage: USAGE.storage });
  device.queue.writeBuffer(buffer, 0, values);
  return buffer;
}

/** Dispatches that end in the first `length` floats of `out`: one pass, one submit, one read-back, however often. */
function gpuRunner(device, dispatches, out, length) {
  const staging = device.createBuffer({ label: 'results', size: length * 4, usage: USAGE.read });
  async function repeat(times) {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < times; i++) for (const dispatch of dispatches) dispatch.encode(pass);
    pass.end();
    encoder.copyBufferToBuffer(out, 0, staging, 0, length * 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    return { values };
  }
  return { run: () => repeat(1), repeat };
}

const parts = {
  /** A Bᵀ by the kernel that the forward pass multiplies with. */
  async product(device, { A, B, rows, depth, cols }) {
    const variant = { hasNorm: false, isTransposed: false, isHalf: false };
    // As on any software adapter.
    const use = { kernel: (await hasQuads(device)) ? 'quad' : 'register', isSoftware: true };
    const kernel = await productOn(device, use, variant, [rows, cols, 1]);
    const zeros = upload(device, 'zeros', new Float32Array(4));
    const C = upload(device, 'C', new Float32Array(rows * cols));
    const params = Object.fromEntries(Object.keys(kernels.gemm.params).map((name) => [name, 0]));
    const dispatch = kernel.dispatch(
      { ...params, rows, cols, depth4: depth / 4, ld_b4: depth / 4, ld_c: cols },
      {
        A: upload(device, 'A', A),
        B: upload(device, 'B', B),
        bias: zeros,
        residual: zeros,
        norm_weight: zeros,
        norm_bias: zeros,
        C,
      },
      1,
    );
    return gpuRunner(device, [dispatch], C, rows * cols);
  },

  /** ½ logdet(I + p/(n ε²) ZU_kᵀ ZU_k) of every head, p ≤ n: gram and cholesky_logdet as for R^c, of the raw tokens. */
  async logdet(device, { ZU, n, K, p, eps2 }) {
    const shape = choleskyShape(p, true);
    // As on any software adapter.
    const GRAM = { WIDTH: 4, BLOCK: 8 };
    const [gram, cholesky] = await Promise.all([
      kernelOn(device, kernels.gram, { WIDTH: GRAM.WIDTH, ALIGNED: p % 4 === 0 ? 1 : 0 }),
      kernelOn(device, kernels.choleskyLogdet, shape),
    ]);
    const M = upload(device, 'M', new Float32Array(2 * K * p * p));
    const rates = upload(device, 'rates', new Float32Array(K));
    const inverse = upload(device, 'inverse', new Float32Array(K * n));
    const grams = gram.dispatch(
      { n, p, K, ld: K * p, w_offset: 0, w_stride: 0, m: p, m_offset: 0, heads: K },
      { W: upload(device, 'ZU', ZU), inverse, M },
      gramGroups(p, K, GRAM),
    );
    const logdets = cholesky.dispatch(
      { m: p, heads: K, of_tokens: 0, batch: K, m_offset4: 0, rate_offset: 0, alpha: p / (n * eps2) },
      { M, rates },
      choleskyGroups(K, shape),
    );
    return gpuRunner(device, [grams, logdets], rates, K);
  },
};
