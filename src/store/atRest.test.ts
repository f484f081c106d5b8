import { afterEach, expect, test, vi } from 'vitest';
import { atRest } from './atRest.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A browser whose idle periods last so many ms each, one after the other. */
function idleFor(periods: number[]): void {
  vi.stubGlobal('requestIdleCallback', (callback: IdleRequestCallback, options: { timeout: number }) => {
    const ms = periods.shift();
    if (ms !== undefined) queueMicrotask(() => callback({ didTimeout: false, timeRemaining: () => ms }));
    else setTimeout(() => callback({ didTimeout: true, timeRemaining: () => 0 }), options.timeout);
  });
}

test('idle periods between two frames are passed over', async () => {
  const periods = [7, 12, 49, 49];
  idleFor(periods);
  await atRest();
  expect(periods).toEqual([49]);
});

test('a page that does not come to rest is waited for 5 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  idleFor([7]);
  let isOver = false;
  void atRest().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(4900);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(isOver).toBe(true);
});

test('a browser that does not tell is waited for 1 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  let isOver = false;
  void atRest().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(900);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(isOver).toBe(true);
});
