// Times runs by the device's own clock.

import { type Dispatch, USAGE_COPY_DST, USAGE_COPY_SRC, USAGE_MAP_READ } from './kernel.ts';

const USAGE_QUERY_RESOLVE = 0x0200;

export interface GpuClock {
  /** Milliseconds of each group of dispatches, run in order in one submit. Browsers may round to 0.1 ms. */
  time(groups: readonly (readonly Dispatch[])[]): Promise<readonly number[]>;
  destroy(): void;
}

/** null where the device has no clock. `most`: groups a call, up to 2048. */
export function createGpuClock(device: GPUDevice, most: number): GpuClock | null {
  if (!device.features.has('timestamp-query')) return null;
  const size = 16 * most;
  const querySet = device.createQuerySet({ label: 'clock', type: 'timestamp', count: 2 * most });
  const resolved = device.createBuffer({ label: 'clock', size, usage: USAGE_QUERY_RESOLVE | USAGE_COPY_SRC });
  const staging = device.createBuffer({ label: 'clock', size, usage: USAGE_MAP_READ | USAGE_COPY_DST });
  return {
    async time(groups) {
      if (groups.length > most) throw new RangeError(`${groups.length} groups, the clock takes ${most}`);
      const encoder = device.createCommandEncoder({ label: 'clock' });
      groups.forEach((group, i) => {
        const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
        const pass = encoder.beginComputePass({ label: 'clock', timestampWrites });
        for (const dispatch of group) dispatch.encode(pass);
        pass.end();
      });
      encoder.resolveQuerySet(querySet, 0, 2 * groups.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * groups.length);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(1, 0, 16 * groups.length);
      const ticks = new BigUint64Array(staging.getMappedRange(0, 16 * groups.length).slice(0));
      staging.unmap();
      // Nanoseconds; a clock that a power state has set back counts as nothing.
      return groups.map((_, i) => Math.max(0, Number((ticks[2 * i + 1] as bigint) - (ticks[2 * i] as bigint))) / 1e6);
    },
    destroy() {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}
