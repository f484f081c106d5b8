// What unpacking may cost in all: reads of a packed entry start anew each time, and many tensors may share one.

import { expect, test } from 'vitest';
import { bytesSource } from './source.ts';
import { zipOf } from './testFiles.ts';
import { readZip } from './zip.ts';

const MIB = 2 ** 20;
const archive = (deflate: boolean): Uint8Array => zipOf([{ name: 'w', data: new Uint8Array(MIB).fill(7), deflate }]);

test.each([
  { what: 'ends of a large entry', begin: MIB - 1 },
  { what: 'a few bytes', begin: 0 },
])('$what cannot be unpacked over and over', async ({ begin }) => {
  const entry = (await readZip(bytesSource(archive(true)), 10 * MIB)).get('w');
  const read = () => entry?.read(begin, 1) ?? Promise.reject(new Error('no entry'));
  for (let i = 0; i < 3; i++) expect(await read()).toEqual(Uint8Array.of(7));
  await expect(
    (async () => {
      await read();
      await read();
    })(),
  ).rejects.toMatchObject({
    code: 'too-large',
    message:
      'The zip archive packs too many bytes into too many parts. Save the file again with torch.save or numpy.savez.',
  });
});

test('what is stored as it is may be read as often as one likes', async () => {
  const entry = (await readZip(bytesSource(archive(false)), 0)).get('w');
  for (let i = 0; i < 100; i++) expect(await entry?.read(MIB - 1, 1)).toEqual(Uint8Array.of(7));
});
