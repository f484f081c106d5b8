import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FIXTURES } from '../model/fixtures/golden.ts';
import { CheckpointError, type CheckpointErrorCode } from './errors.ts';
import { readSafetensors, safetensorsInMemory, writeSafetensors } from './safetensors.ts';
import { bytesSource } from './source.ts';
import type { TensorFile } from './tensorFile.ts';
import { safetensorsOf } from './testFiles.ts';

const micro = (form: string): Uint8Array => readFileSync(`${FIXTURES}/crate_micro/checkpoint${form}.safetensors`);

const read = (file: Uint8Array): Promise<TensorFile> => readSafetensors(bytesSource(file));

/** The error that reading gives; fails when it reads. */
async function refusal(file: Uint8Array): Promise<CheckpointError> {
  const error: unknown = await read(file).then(
    () => new Error('the file was read'),
    (reason: unknown) => reason,
  );
  if (error instanceof CheckpointError) return error;
  throw error;
}

describe('reading', () => {
  test('names, shapes and numbers of a checkpoint', async () => {
    const whole = await read(micro(''));
    expect(whole).toMatchObject({ container: 'safetensors', wrapper: [] });
    expect(whole.tensors.size).toBe(36);
    const positions = whole.tensors.get('pos_embedding');
    expect(positions).toMatchObject({ dtype: 'F32', shape: [1, 65, 48], count: 65 * 48 });
    expect(await positions?.f32()).toHaveLength(65 * 48);
    expect(await positions?.bytes()).toHaveLength(4 * 65 * 48);
  });

  test('an unaligned data section in another order holds the same', async () => {
    const [whole, unaligned] = [await read(micro('')), await read(micro('_unaligned'))];
    expect(unaligned.tensors.size).toBe(whole.tensors.size);
    for (const [name, tensor] of whole.tensors) {
      expect(await unaligned.tensors.get(name)?.f32()).toEqual(await tensor.f32());
    }
    expect(Object.keys(unaligned.metadata).length).toBeGreaterThan(0);
  });

  // Relative rounding of 11 and 8 bits, halved.
  test.each([
    { form: '_fp16', dtype: 'F16', bound: 2 ** -11 },
    { form: '_bf16', dtype: 'BF16', bound: 2 ** -8 },
  ])('$dtype is the F32 file rounded', async ({ form, dtype, bound }) => {
    const [whole, rounded] = [await read(micro('')), await read(micro(form))];
    for (const [name, tensor] of whole.tensors) {
      const other = rounded.tensors.get(name);
      expect(other?.dtype).toBe(dtype);
      const values = (await other?.f32()) ?? new Float32Array(0);
      // 2^-25: half a step of the smallest halves.
      const isOff = (value: number, i: number): boolean =>
        !(Math.abs((values[i] ?? Number.NaN) - value) <= bound * Math.abs(value) + 2 ** -25);
      expect((await tensor.f32()).filter(isOff), name).toHaveLength(0);
    }
  });

  test('F64, an empty tensor, a scalar, and a part of a larger buffer', async () => {
    const file = safetensorsOf(
      {
        a: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
        none: { dtype: 'F32', shape: [0, 3], data_offsets: [16, 16] },
        one: { dtype: 'F32', shape: [], data_offsets: [16, 20] },
      },
      20,
    );
    const data = new DataView(file.buffer, file.length - 20);
    data.setFloat64(0, 0.5, true);
    data.setFloat64(8, -3, true);
    data.setFloat32(16, 7, true);
    const padded = new Uint8Array(file.length + 5);
    padded.set(file, 3);
    const part = padded.subarray(3, 3 + file.length);
    const { tensors } = await read(part);
    expect(await tensors.get('a')?.f32()).toEqual(Float32Array.of(0.5, -3));
    expect(await tensors.get('none')?.f32()).toHaveLength(0);
    expect(await tensors.get('one')?.f32()).toEqual(Float32Array.of(7));
    const inMemory = safetensorsInMemory(part);
    expect(inMemory.get('a')?.f32()).toEqual(Float32Array.of(0.5, -3));
    expect(inMemory.get('one')?.f32()).toEqual(Float32Array.of(7));
  });

  test('integers are read, too', async () => {
    const { tensors } = await read(safetensorsOf({ steps: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8));
    expect(await tensors.get('steps')?.f32()).toEqual(Float32Array.of(0));
  });

  test('the header alone is read before a tensor is asked for', async () => {
    const ranges: [number, number][] = [];
    const { size, read: readRange } = bytesSource(micro(''));
    const { tensors } = await readSafetensors({
      size,
      read(offset, length) {
        ranges.push([offset, length]);
        return readRange(offset, length);
      },
    });
    const headerEnd = Math.max(...ranges.map(([offset, length]) => offset + length));
    expect(headerEnd).toBeLessThan(4096);
    ranges.length = 0;
    await tensors.get('cls_token')?.f32();
    expect(ranges).toEqual([[expect.any(Number), 4 * 48]]);
  });
});

describe('a damaged file is refused with its cause', () => {
  const f32 = (shape: number[], from: number, to: number) => ({ dtype: 'F32', shape, data_offsets: [from, to] });
  const cases: readonly { what: string; file: Uint8Array; code: CheckpointErrorCode; says: string }[] = [
    {
      what: 'cut data',
      file: micro('').subarray(0, 60_000),
      code: 'truncated',
      says: 'it has 60000 bytes, but tensor',
    },
    { what: 'cut header', file: micro('').subarray(0, 100), code: 'truncated', says: 'its header alone ends at byte' },
    { what: 'header not JSON', file: safetensorsOf('{"a": [1,}      ', 8), code: 'malformed', says: 'it is not JSON' },
    {
      what: 'array header',
      file: safetensorsOf('[1, 2, 3, 4, 5]', 8),
      code: 'not-a-checkpoint',
      says: 'does not begin with "{"',
    },
    {
      what: 'no fields',
      file: safetensorsOf({ a: { dtype: 'F32' } }, 8),
      code: 'malformed',
      says: 'tensor a lacks dtype, shape',
    },
    { what: 'null entry', file: safetensorsOf({ aaaaaa: null }, 8), code: 'malformed', says: 'tensor aaaaaa lacks' },
    {
      what: 'unknown dtype',
      file: safetensorsOf({ a: { ...f32([1], 0, 4), dtype: 'Q4' } }, 4),
      code: 'malformed',
      says: 'dtype Q4',
    },
    {
      what: 'bytes ≠ shape',
      file: safetensorsOf({ a: f32([3], 0, 8) }, 8),
      code: 'malformed',
      says: 'has 8 bytes, F32 [3] needs 12',
    },
    { what: 'negative side', file: safetensorsOf({ a: f32([-1], 0, 4) }, 4), code: 'malformed', says: 'shape [-1]' },
    {
      what: 'backward offsets',
      file: safetensorsOf({ a: f32([1], 4, 0) }, 4),
      code: 'malformed',
      says: 'offsets [4, 0]',
    },
    {
      what: 'three offsets',
      file: safetensorsOf({ a: { ...f32([1], 0, 4), data_offsets: [0, 4, 8] } }, 8),
      code: 'malformed',
      says: 'offsets [0, 4, 8]',
    },
    {
      what: 'overlap',
      file: safetensorsOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8),
      code: 'malformed',
      says: 'tensors a and b overlap',
    },
    {
      what: 'past the end',
      file: safetensorsOf({ a: f32([2], 4, 12) }, 8),
      code: 'truncated',
      says: 'tensor a ends at byte',
    },
    {
      what: 'a name twice',
      file: safetensorsOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        8,
      ),
      code: 'malformed',
      says: 'tensor a is listed twice',
    },
    {
      what: 'metadata no table',
      file: safetensorsOf({ __metadata__: { a: 1 } }, 8),
      code: 'malformed',
      says: '__metadata__',
    },
    {
      what: 'absurd header length',
      file: new Uint8Array(64).fill(0xff),
      code: 'not-a-checkpoint',
      says: 'claim a header of 18446744073709551615 bytes',
    },
  ];
  test.each(cases)('$what', async ({ file, code, says }) => {
    const error = await refusal(file);
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  test('every shorter piece of a file is refused, none crashes', async () => {
    const file = writeSafetensors([{ name: 'a', dtype: 'F32', shape: [4], data: new Float32Array(4) }]);
    for (let length = 0; length < file.length; length++) {
      expect(['truncated', 'not-a-checkpoint']).toContain((await refusal(file.subarray(0, length))).code);
    }
  });
});

describe('writing', () => {
  test('what is written is read back: F32 exactly, F16 rounded, text beside it', async () => {
    const data = Float32Array.of(1, -0.5, 1 / 3, 1e-7);
    const file = writeSafetensors(
      [
        { name: 'half', dtype: 'F16', shape: [3], data: data.subarray(0, 3) },
        { name: 'full', dtype: 'F32', shape: [2, 2], data },
      ],
      { note: 'two tensors' },
    );
    const { tensors, metadata } = await read(file);
    expect(metadata).toEqual({ note: 'two tensors' });
    expect(await tensors.get('full')?.f32()).toEqual(data);
    expect(tensors.get('full')?.shape).toEqual([2, 2]);
    const half = (await tensors.get('half')?.f32()) ?? new Float32Array(0);
    expect(Array.from(half.subarray(0, 2))).toEqual([1, -0.5]);
    expect(half[2]).toBe(0.333251953125);
  });

  test('the data section is aligned to 8 bytes', () => {
    const file = writeSafetensors([{ name: 'abc', dtype: 'F16', shape: [1], data: Float32Array.of(1) }]);
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  test('a shape that does not fit is a mistake of the caller', () => {
    const tensor = { name: 'a', dtype: 'F32', shape: [3], data: new Float32Array(2) } as const;
    expect(() => writeSafetensors([tensor])).toThrow('a holds 2 numbers, [3] needs 3');
  });
});
