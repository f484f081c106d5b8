import { expect, test } from 'vitest';
import { seeded } from '../math/random.ts';
import { sha256, sha256Here } from './sha256.ts';

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('the digest of "abc" as FIPS 180 prints it', async () => {
  const bytes = new TextEncoder().encode('abc');
  expect(await sha256(bytes)).toBe(ABC);
  expect(sha256Here(bytes)).toBe(ABC);
});

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003])(
  'the digest that plain http gets equals the browser’s own, %i bytes',
  async (length) => {
    const random = seeded(length);
    const bytes = Uint8Array.from({ length }, () => Math.floor(256 * random()));
    expect(sha256Here(bytes)).toBe(await sha256(bytes));
  },
);
