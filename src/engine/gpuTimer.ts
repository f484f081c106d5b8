// How long a kernel takes when it runs many times in one submit.

import { createGpuClock } from './gpuClock.ts';
import type { Dispatch } from './kernel.ts';

export interface Timer {
  /** Milliseconds of a dispatch run `times` times in one pass. */
  time(dispatch: Dispatch, times: number): Promise<number>;
  destroy(): void;
}

/** By the device's own clock where it has one, else by ours around a submit. */
export function createTimer(device: GPUDevice): Timer {
  const clock = createGpuClock(device, 1);
  const byDevice = async (dispatch: Dispatch, times: number): Promise<number> => {
    const [ms = 0] = (await clock?.time([Array.from({ length: times }, () => dispatch)])) ?? [];
    return ms;
  };
  const byUs = async (dispatch: Dispatch, times: number): Promise<number> => {
    const begin = performance.now();
    const encoder = device.createCommandEncoder({ label: 'timer' });
    const pass = encoder.beginComputePass();
    for (let i = 0; i < times; i++) dispatch.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begin;
  };
  return { time: clock ? byDevice : byUs, destroy: () => clock?.destroy() };
}
