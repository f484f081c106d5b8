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

/** A round that is timed lasts at least so long: a browser's clock steps by up to 0.1 ms. */
const ROUND_MS = 4;
const MOST_TIMES = 1024;

/**
 * Milliseconds of a dispatch, the best of some rounds; before them it runs ever more often in a row, until a round is long enough for the
 * clock. `signal` ends it between rounds.
 */
export async function bestMs(
  timer: Pick<Timer, 'time'>,
  dispatch: Dispatch,
  { rounds, signal }: { readonly rounds: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  // The first one warms up.
  await timer.time(dispatch, 1);
  let times = 1;
  let ms = await timer.time(dispatch, times);
  // A clock in steps may show nothing at first.
  while (ms < ROUND_MS && times < MOST_TIMES) {
    times = Math.min(MOST_TIMES, Math.max(2 * times, Math.ceil((times * ROUND_MS) / Math.max(ms, 0.05))));
    ms = await timer.time(dispatch, times);
  }
  let best = ms / times;
  for (let round = 1; round < rounds; round++) {
    signal?.throwIfAborted();
    best = Math.min(best, (await timer.time(dispatch, times)) / times);
  }
  return Math.max(best, 1e-6);
}
