// Every wrong file gives its sentence, at once, and runs nothing.

import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { CheckpointError } from './errors.ts';
import { readWhole } from './testReading.ts';
import { WRONG_FILES } from './wrongFiles.ts';

test('names are unique', () => {
  expect(new Set(WRONG_FILES.map(({ name }) => name)).size).toBe(WRONG_FILES.length);
});

test.each(WRONG_FILES)('$name: $what', async ({ name, bytes, sentence }) => {
  const file = bytes();
  const start = performance.now();
  const error = await readWhole(file, name).then(
    () => new Error('the file was read'),
    (reason: unknown) => reason,
  );
  const ms = performance.now() - start;
  expect(error).toBeInstanceOf(CheckpointError);
  const { message } = error as CheckpointError;
  if (typeof sentence === 'string') expect(message).toBe(sentence);
  else expect(message).toMatch(sentence);
  // Against hangs: the slowest takes some 800 ms on two busy cores.
  expect(ms).toBeLessThan(2000);
});

afterAll(() => {
  expect(existsSync('/tmp/crate-explorer-was-here')).toBe(false);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});
