// Asks a device once whether the kernels by quads (gemm_quad, ssa_quad) compute on it what they say.

import { quadSums } from '../math/probes.ts';
import { USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ, USAGE_STORAGE } from './kernel.ts';
import { kernelOn } from './kernelOn.ts';
import { quadProbe } from './kernels/index.ts';

const asked = new WeakMap<GPUDevice, Promise<boolean>>();

/**
 * Whether the device has subgroups, and four neighbours along x are a quad in workgroups as wide as the kernels': WGSL leaves to the device
 * which invocations a quad is made of. Asked once a device, by quad_probe; a device that does not compile it has none.
 */
export function hasQuads(device: GPUDevice): Promise<boolean> {
  if (!device.features.has('subgroups')) return Promise.resolve(false);
  const known =
    asked.get(device) ??
    Promise.all([4, 16].map((width) => probe(device, width))).then(
      (answers) => answers.every(Boolean),
      () => false,
    );
  asked.set(device, known);
  return known;
}

const COUNT = 64;
const ROUNDS = 5;
/** Ends within a quad, which then is taken whole. */
const INSIDE = 45;

async function probe(device: GPUDevice, WIDTH: number): Promise<boolean> {
  const kernel = await kernelOn(device, quadProbe, { WIDTH });
  // Whole numbers, whose sums are exact in any order.
  const X = Float32Array.from({ length: ROUNDS * COUNT }, (_, i) => (i * 37) % 101);
  const size = 4 * COUNT;
  const input = device.createBuffer({ label: 'quad test', size: X.byteLength, usage: USAGE_STORAGE | USAGE_COPY_DST });
  const out = device.createBuffer({ label: 'quad test', size, usage: USAGE_STORAGE | USAGE_COPY_SRC });
  const staging = device.createBuffer({ label: 'quad test', size, usage: USAGE_MAP_READ | USAGE_COPY_DST });
  device.queue.writeBuffer(input, 0, X);
  const params = { count: COUNT, rounds: ROUNDS, inside: INSIDE };
  const dispatch = kernel.dispatch(params, { X: input, out }, [COUNT / WIDTH, 1, 1]);
  try {
    const encoder = device.createCommandEncoder({ label: 'quad test' });
    const pass = encoder.beginComputePass();
    dispatch.encode(pass);
    pass.end();
    encoder.copyBufferToBuffer(out, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const got = new Float32Array(staging.getMappedRange());
    return quadSums(X, COUNT, ROUNDS, INSIDE).every((sum, i) => sum === got[i]);
  } finally {
    dispatch.destroy();
    for (const buffer of [input, out, staging]) buffer.destroy();
  }
}
