import { expect, test } from 'vitest';
import { bestMs } from './gpuTimer.ts';
import type { Dispatch } from './kernel.ts';

const DISPATCH = {} as Dispatch;
const STEP = 0.1;

/** A clock in steps, of a kernel that takes so many ms, the first time ten more. */
function stepped(each: number) {
  const asked: number[] = [];
  return {
    asked,
    async time(_: Dispatch, times: number): Promise<number> {
      asked.push(times);
      return Math.floor((times * each + (asked.length === 1 ? 10 * each : 0)) / STEP) * STEP;
    },
  };
}

test.each([0.005, 0.01, 0.03, 0.06, 0.15, 0.9, 3, 50])(
  'a kernel of %f ms by a clock that steps by 0.1 ms, within 3 %',
  async (each) => {
    const clock = stepped(each);
    const ms = await bestMs(clock, DISPATCH, { rounds: 3 });
    expect(Math.abs(ms / each - 1)).toBeLessThan(0.03);
    // Two rounds more than the one that was long enough.
    expect(clock.asked.slice(-3)).toEqual(Array.from({ length: 3 }, () => clock.asked.at(-1)));
  },
);

test('the best round counts, and a signal ends it', async () => {
  const times = [50, 9, 8, 7, 9];
  expect(await bestMs({ time: async () => times.shift() ?? 0 }, DISPATCH, { rounds: 4 })).toBe(7);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(bestMs(stepped(5), DISPATCH, { rounds: 3, signal })).rejects.toThrow('enough');
});
