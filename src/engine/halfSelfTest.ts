// Asks a device once whether its gemm reads halves exactly.

import { readHalves } from '../checkpoint/halfFloat.ts';
import { USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ, USAGE_STORAGE } from './kernel.ts';
import { PLAIN_PRODUCT, productOn } from './productKernel.ts';

const tested = new WeakMap<GPUDevice, Promise<boolean>>();

/**
 * Whether gemm reads every finite half exactly on this device; WGSL lets `unpack2x16float` flush subnormals to zero. Asked once a
 * device: 4 unit rows times all 65536 halves must give them back.
 */
export function readsHalvesExactly(device: GPUDevice): Promise<boolean> {
  const known = tested.get(device) ?? test(device);
  tested.set(device, known);
  known.catch(() => tested.delete(device));
  return known;
}

async function test(device: GPUDevice): Promise<boolean> {
  const [rows, cols] = [4, 1 << 14];
  // Infinities and NaNs, exponent 31, become 0.
  const halves = Uint16Array.from({ length: 1 << 16 }, (_, half) => ((half & 0x7c00) === 0x7c00 ? 0 : half));
  const variant = { hasNorm: false, isTransposed: false, isHalf: true };
  const kernel = await productOn(device, { kernel: 'register', isSoftware: true }, variant, [rows, cols, 1]);
  const buffers: GPUBuffer[] = [];
  const buffer = (size: number, usage: number): GPUBuffer => {
    const made = device.createBuffer({ label: 'half test', size, usage });
    buffers.push(made);
    return made;
  };
  const [A, B, none] = [64, halves.byteLength, 16].map((size) => buffer(size, USAGE_STORAGE | USAGE_COPY_DST));
  const C = buffer(rows * cols * 4, USAGE_STORAGE | USAGE_COPY_SRC);
  const staging = buffer(rows * cols * 4, USAGE_MAP_READ | USAGE_COPY_DST);
  if (!A || !B || !none) throw new Error('no buffers');
  device.queue.writeBuffer(
    A,
    0,
    Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
  );
  device.queue.writeBuffer(B, 0, halves);
  const dispatch = kernel.dispatch(
    { ...PLAIN_PRODUCT, rows, cols, depth4: 1, ld_b4: 1, ld_c: cols },
    { A, B, bias: none, residual: none, norm_weight: none, norm_bias: none, C },
    1,
  );
  try {
    const encoder = device.createCommandEncoder({ label: 'half test' });
    const pass = encoder.beginComputePass();
    dispatch.encode(pass);
    pass.end();
    encoder.copyBufferToBuffer(C, 0, staging, 0, rows * cols * 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const got = new Float32Array(staging.getMappedRange());
    // Row r of C holds halves r, r + 4, …; −0 may come back as 0.
    return readHalves(halves).every((value, at) => value === got[(at % 4) * cols + (at >> 2)]);
  } finally {
    dispatch.destroy();
    for (const made of buffers) made.destroy();
  }
}
