import { expect, test } from 'vitest';
import { createLatest, createNewestOnly } from './latest.ts';

test('a newer ticket makes the older stale and aborts it', () => {
  const next = createLatest();
  const first = next();
  expect(first.isCurrent()).toBe(true);
  const second = next();
  expect(first.isCurrent()).toBe(false);
  expect(first.signal.aborted).toBe(true);
  expect(second.isCurrent()).toBe(true);
});

test('while one job runs only the newest of those that wait is run', async () => {
  const newestOnly = createNewestOnly();
  const begun: string[] = [];
  let finishFirst: (value: string) => void = () => undefined;
  const first = newestOnly(() => {
    begun.push('first');
    return new Promise<string>((resolve) => {
      finishFirst = resolve;
    });
  });
  const job = (name: string) => async () => {
    begun.push(name);
    return name;
  };
  const second = newestOnly(job('second'));
  const third = newestOnly(job('third'));
  expect(await second).toBeUndefined();
  expect(begun).toEqual(['first']);
  finishFirst('first');
  expect(await first).toBe('first');
  expect(await third).toBe('third');
  expect(begun).toEqual(['first', 'third']);
});

test('a job that fails is its caller’s to handle and does not stop the next', async () => {
  const newestOnly = createNewestOnly();
  await expect(newestOnly(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await newestOnly(async () => 1)).toBe(1);
});
