import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { seeded } from '../math/random.ts';
import { sha256, sha256Of } from './sha256.ts';
import { bytesSource } from './source.ts';

function randomBytes(length: number): Uint8Array {
  const random = seeded(length);
  return Uint8Array.from({ length }, () => Math.floor(256 * random()));
}

test('the digest of "abc" as FIPS 180 prints it', async () => {
  const bytes = new TextEncoder().encode('abc');
  expect(await sha256(bytes)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003, 2 ** 22, 2 ** 22 + 1])(
  'the digest equals that of Node, %i bytes',
  async (length) => {
    const bytes = randomBytes(length);
    expect(await sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  },
);

test('progress comes after every piece, and other tasks run in between', async () => {
  const told: number[] = [];
  let tasks = 0;
  const counting = setInterval(() => tasks++, 0);
  await sha256Of(bytesSource(new Uint8Array(3 * 2 ** 22 + 5)), (bytes, total) => told.push(bytes / total));
  clearInterval(counting);
  expect(told).toHaveLength(4);
  expect(told.at(-1)).toBe(1);
  expect(tasks).toBeGreaterThan(0);
});

test('an abort ends it with the reason', async () => {
  const stop = new AbortController();
  const hashing = sha256Of(
    bytesSource(new Uint8Array(2 ** 24)),
    () => stop.abort(new Error('another file')),
    stop.signal,
  );
  await expect(hashing).rejects.toThrow('another file');
});
