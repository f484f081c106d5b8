import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FIXTURES } from '../model/fixtures/golden.ts';
import { CheckpointError, type CheckpointErrorCode } from './errors.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const micro = (form: string): Uint8Array => readFileSync(`${FIXTURES}/crate_micro/checkpoint${form}.safetensors`);

/** A file with this header (text or object) and so many data bytes. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

/** The error that reading gives; fails when it reads. */
function refusal(file: Uint8Array): CheckpointError {
  try {
    readSafetensors(file);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('the file was read');
}

describe('reading', () => {
  const whole = readSafetensors(micro(''));

  test('names, shapes and numbers of a checkpoint', () => {
    expect(whole.tensors.size).toBe(36);
    const positions = whole.tensors.get('pos_embedding');
    expect(positions).toMatchObject({ dtype: 'F32', shape: [1, 65, 48], count: 65 * 48 });
    expect(positions?.f32()).toHaveLength(65 * 48);
  });

  test('an unaligned data section in another order holds the same', () => {
    const unaligned = readSafetensors(micro('_unaligned'));
    expect(unaligned.tensors.size).toBe(whole.tensors.size);
    for (const [name, tensor] of whole.tensors) expect(unaligned.tensors.get(name)?.f32()).toEqual(tensor.f32());
    expect(Object.keys(unaligned.metadata).length).toBeGreaterThan(0);
  });

  // Relative rounding of 11 and 8 bits, halved.
  test.each([
    { form: '_fp16', dtype: 'F16', bound: 2 ** -11 },
    { form: '_bf16', dtype: 'BF16', bound: 2 ** -8 },
  ])('$dtype is the F32 file rounded', ({ form, dtype, bound }) => {
    const rounded = readSafetensors(micro(form));
    for (const [name, tensor] of whole.tensors) {
      const other = rounded.tensors.get(name);
      expect(other?.dtype).toBe(dtype);
      const values = other?.f32() ?? new Float32Array(0);
      // 2^-25: half a step of the smallest halves.
      const isOff = (value: number, i: number): boolean =>
        !(Math.abs((values[i] ?? Number.NaN) - value) <= bound * Math.abs(value) + 2 ** -25);
      expect(tensor.f32().filter(isOff), name).toHaveLength(0);
    }
  });

  test('F64, an empty tensor, a scalar, and a part of a larger buffer', () => {
    const file = fileOf(
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
    const { tensors } = readSafetensors(padded.subarray(3, 3 + file.length));
    expect(Array.from(tensors.get('a')?.f32() ?? [])).toEqual([0.5, -3]);
    expect(tensors.get('none')?.f32()).toHaveLength(0);
    expect(Array.from(tensors.get('one')?.f32() ?? [])).toEqual([7]);
  });

  test('integers may be listed but not read as weights', () => {
    const { tensors } = readSafetensors(fileOf({ steps: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8));
    expect(() => tensors.get('steps')?.f32()).toThrow(
      'Tensor steps holds I64 numbers; weights must be F32, F16, BF16 or F64.',
    );
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
    { what: 'header not JSON', file: fileOf('{"a": [1,}      ', 8), code: 'malformed', says: 'it is not JSON' },
    {
      what: 'array header',
      file: fileOf('[1, 2, 3, 4, 5]', 8),
      code: 'not-safetensors',
      says: 'does not begin with "{"',
    },
    {
      what: 'no fields',
      file: fileOf({ a: { dtype: 'F32' } }, 8),
      code: 'malformed',
      says: 'tensor a lacks dtype, shape',
    },
    { what: 'null entry', file: fileOf({ aaaaaa: null }, 8), code: 'malformed', says: 'tensor aaaaaa lacks' },
    {
      what: 'unknown dtype',
      file: fileOf({ a: { ...f32([1], 0, 4), dtype: 'Q4' } }, 4),
      code: 'malformed',
      says: 'dtype Q4',
    },
    {
      what: 'bytes ≠ shape',
      file: fileOf({ a: f32([3], 0, 8) }, 8),
      code: 'malformed',
      says: 'has 8 bytes, F32 [3] needs 12',
    },
    { what: 'negative side', file: fileOf({ a: f32([-1], 0, 4) }, 4), code: 'malformed', says: 'shape [-1]' },
    { what: 'backward offsets', file: fileOf({ a: f32([1], 4, 0) }, 4), code: 'malformed', says: 'offsets [4, 0]' },
    {
      what: 'three offsets',
      file: fileOf({ a: { ...f32([1], 0, 4), data_offsets: [0, 4, 8] } }, 8),
      code: 'malformed',
      says: 'offsets [0, 4, 8]',
    },
    {
      what: 'overlap',
      file: fileOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8),
      code: 'malformed',
      says: 'tensors a and b overlap',
    },
    { what: 'past the end', file: fileOf({ a: f32([2], 4, 12) }, 8), code: 'truncated', says: 'tensor a ends at byte' },
    {
      what: 'a name twice',
      file: fileOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        8,
      ),
      code: 'malformed',
      says: 'tensor a is listed twice',
    },
    { what: 'metadata no table', file: fileOf({ __metadata__: { a: 1 } }, 8), code: 'malformed', says: '__metadata__' },
    {
      what: 'absurd header length',
      file: new Uint8Array(64).fill(0xff),
      code: 'not-safetensors',
      says: 'no plausible header length',
    },
  ];
  test.each(cases)('$what', ({ file, code, says }) => {
    const error = refusal(file);
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  test('every shorter piece of a file is refused, none crashes', () => {
    const file = writeSafetensors([{ name: 'a', dtype: 'F32', shape: [4], data: new Float32Array(4) }]);
    for (let length = 0; length < file.length; length++) {
      expect(['truncated', 'not-safetensors']).toContain(refusal(file.subarray(0, length)).code);
    }
  });
});

describe('other files are named', () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content.padEnd(64));
  const bytes = (...start: number[]): Uint8Array => Uint8Array.from({ length: 64 }, (_, i) => start[i] ?? 0);
  test.each([
    { file: text('<!DOCTYPE html><html>'), says: 'a web page' },
    { file: text('\n <html lang="en">'), says: 'a web page' },
    { file: text('version https://git-lfs.github.com/spec/v1\noid'), says: 'Git LFS pointer' },
    { file: bytes(0x50, 0x4b, 3, 4), says: 'PyTorch files are not read yet; convert it: python -c' },
    { file: bytes(0x80, 2, 0x8a, 0x0a), says: 'a Python pickle' },
    { file: bytes(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), says: 'a NumPy array' },
    { file: text('GGUF'), says: 'a GGUF file' },
    { file: new Uint8Array(0), says: 'it has only 0 bytes' },
  ])('$says', ({ file, says }) => {
    const error = refusal(file);
    expect(error.code).toBe('not-safetensors');
    expect(error.message).toContain(says);
  });

  test('a header length that begins like a pickle is no pickle', () => {
    // 0x0280 = 640 bytes of header.
    const header = `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`.padEnd(640);
    expect(readSafetensors(fileOf(header, 4)).tensors.has('a')).toBe(true);
  });
});

describe('writing', () => {
  test('what is written is read back: F32 exactly, F16 rounded, text beside it', () => {
    const data = Float32Array.of(1, -0.5, 1 / 3, 1e-7);
    const file = writeSafetensors(
      [
        { name: 'half', dtype: 'F16', shape: [3], data: data.subarray(0, 3) },
        { name: 'full', dtype: 'F32', shape: [2, 2], data },
      ],
      { note: 'two tensors' },
    );
    const { tensors, metadata } = readSafetensors(file);
    expect(metadata).toEqual({ note: 'two tensors' });
    expect(tensors.get('full')?.f32()).toEqual(data);
    expect(tensors.get('full')?.shape).toEqual([2, 2]);
    const half = tensors.get('half')?.f32() ?? new Float32Array(0);
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
