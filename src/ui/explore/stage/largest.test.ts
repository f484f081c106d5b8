import { expect, test } from 'vitest';
import { seeded } from '../../../math/random.ts';
import { classLabel, largest } from './largest.ts';

test('a few of many are the same as the head of the sorted list, ties included', () => {
  const uniform = seeded(3);
  const values = Array.from({ length: 21842 }, () => Math.round(uniform() * 500));
  const sorted = Array.from(values.keys()).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  expect(largest(values, 20)).toEqual(sorted.slice(0, 20));
  expect(largest(values.slice(0, 30), 20)).toEqual(
    Array.from({ length: 30 }, (_, i) => i)
      .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
      .slice(0, 20),
  );
  expect(largest([2, 1], 5)).toEqual([0, 1]);
});

test('a class that nobody named is called by its number', () => {
  expect([classLabel('281', 281), classLabel('', 3), classLabel('tabby', 281)]).toEqual([
    'class 281',
    'class 3',
    'tabby',
  ]);
});
