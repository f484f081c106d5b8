import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { seldom } from './progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('five a second, and the newest always', () => {
  const heard: number[] = [];
  const tell = seldom((bytes) => heard.push(bytes));
  for (let bytes = 1; bytes <= 105; bytes++) {
    tell(bytes, 1000);
    vi.advanceTimersByTime(10);
  }
  // The first at once, then one each 200 ms.
  expect(heard).toEqual([1, 20, 40, 60, 80, 100]);
  vi.advanceTimersByTime(1000);
  expect(heard.at(-1)).toBe(105);
});

test('the end is told at once, and nothing of before after it', () => {
  const heard: number[] = [];
  const tell = seldom((bytes) => heard.push(bytes));
  tell(1, 10);
  tell(5, 10);
  tell(10, 10);
  expect(heard).toEqual([1, 10]);
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual([1, 10]);
});

test('nobody listens', () => {
  expect(() => seldom(undefined)(1, 1)).not.toThrow();
});
