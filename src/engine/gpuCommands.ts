// How the engine talks to its device: one job at a time, a submit, a read-back, and a loss of the device said as such.

import { EngineError } from './engine.ts';
import { capturing, mib } from './gpuBuffers.ts';
import { type Dispatch, USAGE_COPY_DST, USAGE_MAP_READ } from './kernel.ts';

export interface Commands {
  readonly device: GPUDevice;
  inTurn<T>(job: () => Promise<T>): Promise<T>;
  /** @throws EngineError 'device-lost' */
  orLost<T>(job: () => Promise<T>): Promise<T>;
  /** @throws EngineError 'device-lost' when the device is known to be gone */
  checkLost(): void;
  /** Runs the dispatches in one pass, and then `copy`. */
  submit(dispatches: readonly Dispatch[], copy: (encoder: GPUCommandEncoder) => void): void;
  /** The first bytes of a staging buffer once what was submitted is done. @throws EngineError 'device-lost', 'forward-failed' */
  mapped(staging: GPUBuffer, bytes: number): Promise<Float32Array>;
  /** `length` floats from `first` on, after `before`. @throws EngineError 'device-lost', 'forward-failed', 'out-of-memory' */
  readRange(buffer: GPUBuffer, first: number, length: number, before?: readonly Dispatch[]): Promise<Float32Array>;
}

export function createCommands(device: GPUDevice): Commands {
  let fault: string | null = null;
  let isLost = false;
  let queue: Promise<unknown> = Promise.resolve();
  device.addEventListener('uncapturederror', (event) => {
    fault = event.error.message;
  });
  void device.lost.then(() => {
    isLost = true;
  });

  /** One job at a time: a read-back never meets another's staging buffer. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = queue.then(job, job);
    queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  const lost = (cause?: ErrorOptions): EngineError => new EngineError('device-lost', 'The GPU device was lost.', cause);

  /** Whether the device is gone. A failing command and `device.lost` report a loss in either order, so it waits a little. */
  const isGone = (): Promise<boolean> =>
    Promise.race([device.lost.then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 50, false))]);

  /** Runs a job that makes what replaces something; a loss of the device is said as such. */
  async function orLost<T>(job: () => Promise<T>): Promise<T> {
    let made: T;
    try {
      made = await job();
    } catch (cause) {
      if (await isGone()) throw lost({ cause });
      throw cause;
    }
    // On a lost device everything above succeeds without doing anything.
    if (isLost) throw lost();
    return made;
  }

  function checkLost(): void {
    if (isLost) throw lost();
  }

  function submit(dispatches: readonly Dispatch[], copy: (encoder: GPUCommandEncoder) => void): void {
    const encoder = device.createCommandEncoder({ label: 'crate' });
    const pass = encoder.beginComputePass({ label: 'crate' });
    for (const dispatch of dispatches) dispatch.encode(pass);
    pass.end();
    copy(encoder);
    device.queue.submit([encoder.finish()]);
  }

  async function mapped(staging: GPUBuffer, bytes: number): Promise<Float32Array> {
    try {
      await staging.mapAsync(1, 0, bytes);
    } catch (cause) {
      if (await isGone()) throw lost({ cause });
      throw new EngineError('forward-failed', `Reading back from the GPU failed. ${fault ?? ''}`.trim(), { cause });
    }
    const values = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    if (fault !== null) {
      const sentence = `The GPU refused a command: ${fault}`;
      fault = null;
      throw new EngineError('forward-failed', sentence);
    }
    return values;
  }

  /** `length` floats from `first` on, after `before`; what has to be made for it goes again. */
  function readRange(
    buffer: GPUBuffer,
    first: number,
    length: number,
    before: readonly Dispatch[] = [],
  ): Promise<Float32Array> {
    const bytes = length * 4;
    return capturing(device, `Reading back needs ${mib(bytes)} of GPU memory, more than there is.`, async () => {
      const staging = device.createBuffer({ label: 'read', size: bytes, usage: USAGE_MAP_READ | USAGE_COPY_DST });
      try {
        submit(before, (encoder) => encoder.copyBufferToBuffer(buffer, first * 4, staging, 0, bytes));
        return await mapped(staging, bytes);
      } finally {
        staging.destroy();
      }
    });
  }

  return { device, inTurn, orLost, checkLost, submit, mapped, readRange };
}
