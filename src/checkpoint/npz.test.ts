import { describe, expect, test } from 'vitest';
import { swapBytes } from './dtype.ts';
import { openCheckpoint } from './open.ts';
import { bytesSource } from './source.ts';
import type { TensorFile } from './tensorFile.ts';
import { bytesOf, floats, npyHeader, npyOf, type ZipPart, zipOf } from './testFiles.ts';

const open = (parts: readonly ZipPart[]): Promise<TensorFile> => openCheckpoint(bytesSource(zipOf(parts)));
const array = (descr: string, shape: readonly number[], data: ArrayBufferView<ArrayBuffer>, isFortran = false) =>
  npyOf(npyHeader(descr, shape, isFortran), new Uint8Array(data.buffer));

describe.each([{ deflate: false }, { deflate: true }])('savez, deflated: $deflate', ({ deflate }) => {
  test('names, shapes, numbers', async () => {
    const file = await open([
      { name: 'transformer.layers.0.weight.npy', data: array('<f4', [2, 3], floats(0, 1, 2, 3, 4, 5)), deflate },
      { name: 'temp.npy', data: array('<f4', [], floats(0.5)), deflate },
    ]);
    expect(file).toMatchObject({ container: 'npz', wrapper: [], metadata: {} });
    const weight = file.tensors.get('transformer.layers.0.weight');
    expect(weight).toMatchObject({ dtype: 'F32', shape: [2, 3], count: 6 });
    expect(await weight?.f32()).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    expect(await file.tensors.get('temp')?.f32()).toEqual(Float32Array.of(0.5));
  });

  test('Fortran order', async () => {
    const file = await open([{ name: 'w.npy', data: array('<f4', [2, 3], floats(0, 3, 1, 4, 2, 5), true), deflate }]);
    expect(await file.tensors.get('w')?.f32()).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
  });
});

test.each([
  ['<f8', 'F64', Float64Array.of(1, -2)],
  ['<i8', 'I64', BigInt64Array.of(1n, -2n)],
  ['<i4', 'I32', Int32Array.of(1, -2)],
  ['<i2', 'I16', Int16Array.of(1, -2)],
  ['|i1', 'I8', Int8Array.of(1, -2)],
] as const)('%s is read as %s', async (descr, dtype, data) => {
  const { tensors } = await open([{ name: 'w.npy', data: array(descr, [2], data) }]);
  expect(tensors.get('w')).toMatchObject({ dtype, shape: [2] });
  expect(await tensors.get('w')?.f32()).toEqual(Float32Array.of(1, -2));
});

test.each([
  ['<u8', BigUint64Array.of(1n, 2n)],
  ['<u4', Uint32Array.of(1, 2)],
  ['<u2', Uint16Array.of(1, 2)],
  ['|u1', Uint8Array.of(1, 2)],
  ['<f2', Uint16Array.of(0x3c00, 0x4000)],
] as const)('%s', async (descr, data) => {
  const { tensors } = await open([{ name: 'w.npy', data: array(descr, [2], data) }]);
  expect(await tensors.get('w')?.f32()).toEqual(Float32Array.of(1, 2));
});

test('booleans', async () => {
  const { tensors } = await open([{ name: 'w.npy', data: array('|b1', [2], Uint8Array.of(1, 0)) }]);
  expect(await tensors.get('w')?.f32()).toEqual(Float32Array.of(1, 0));
});

test('big-endian numbers', async () => {
  const data = floats(1, -2);
  swapBytes(data, 4);
  const { tensors } = await open([{ name: 'w.npy', data: npyOf(npyHeader('>f4', [2]), data) }]);
  expect(await tensors.get('w')?.f32()).toEqual(Float32Array.of(1, -2));
});

test.each([2, 3] as const)('version %i of the format', async (version) => {
  const { tensors } = await open([{ name: 'w.npy', data: npyOf(npyHeader('<f4', [1]), floats(3), version) }]);
  expect(await tensors.get('w')?.f32()).toEqual(Float32Array.of(3));
});

test('arrays of text are left out', async () => {
  const { tensors } = await open([
    { name: 'w.npy', data: array('<f4', [1], floats(3)) },
    { name: 'arch.npy', data: npyOf(npyHeader('<U5', []), bytesOf('c\0\0\0r\0\0\0a\0\0\0t\0\0\0e\0\0\0')) },
  ]);
  expect([...tensors.keys()]).toEqual(['w']);
});
