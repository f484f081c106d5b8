// Every form in which a CRATE is saved gives the same tensors: the reference files of the released code, and forms built here.

import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { FIXTURES } from '../model/fixtures/golden.ts';
import { openCheckpoint } from './open.ts';
import { safetensorsInMemory } from './safetensors.ts';
import { type ByteSource, blobSource, bytesSource } from './source.ts';
import type { Container, TensorFile } from './tensorFile.ts';
import { bytesOf, floats, little, py, storageOf, tensorOf, torchLegacy, torchZip, zipOf } from './testFiles.ts';
import { WHOLE_MODULE } from './unwrap.ts';

const fixture = (path: string): Uint8Array => readFileSync(`${FIXTURES}/${path}`);
const open = (bytes: Uint8Array): Promise<TensorFile> => openCheckpoint(bytesSource(bytes));

/** Bits of f32 numbers, so that NaN equals itself and 0 differs from −0. */
const bitsOf = (values: Float32Array | undefined): Uint32Array =>
  new Uint32Array((values ?? new Float32Array(0)).slice().buffer);

async function numbersOf(file: TensorFile): Promise<Record<string, number[]>> {
  const numbers: Record<string, number[]> = {};
  for (const [name, tensor] of file.tensors) numbers[name] = Array.from(await tensor.f32());
  return numbers;
}

describe('the reference checkpoint', () => {
  const forms: readonly {
    readonly file: string;
    readonly container: Container;
    readonly wrapper: readonly string[];
    readonly prefix?: string;
    readonly rounded?: string;
    readonly metadata?: TensorFile['metadata'];
  }[] = [
    { file: 'checkpoint.pth', container: 'pytorch-zip', wrapper: [] },
    { file: 'checkpoint_torch2_layout.pth', container: 'pytorch-zip', wrapper: [] },
    {
      file: 'checkpoint.pth.tar',
      container: 'pytorch-zip',
      wrapper: ['state_dict'],
      prefix: 'module.',
      metadata: { epoch: 200, arch: 'CRATE_tiny', best_acc1: 66.6875 },
    },
    { file: 'checkpoint_finetune.t7', container: 'pytorch-zip', wrapper: ['model'], prefix: 'module.' },
    { file: 'checkpoint_legacy.pth', container: 'pytorch-legacy', wrapper: [] },
    {
      file: 'checkpoint_legacy.pth.tar',
      container: 'pytorch-legacy',
      wrapper: ['state_dict'],
      prefix: 'module.',
      metadata: { epoch: 90, best_acc1: 71.25 },
    },
    { file: 'checkpoint_fp16.pth', container: 'pytorch-zip', wrapper: [], rounded: 'checkpoint_fp16.safetensors' },
    { file: 'checkpoint_bf16.pth', container: 'pytorch-zip', wrapper: [], rounded: 'checkpoint_bf16.safetensors' },
    { file: 'checkpoint.safetensors', container: 'safetensors', wrapper: [] },
  ];

  test.each(forms)('$file', async ({ file, container, wrapper, prefix = '', rounded, metadata = {} }) => {
    const expected = safetensorsInMemory(fixture(`crate_micro/${rounded ?? 'checkpoint.safetensors'}`));
    const opened = await open(fixture(`crate_micro/${file}`));
    expect(opened).toMatchObject({ container, wrapper, metadata });
    expect(Object.keys(opened.metadata)).toEqual(Object.keys(metadata));
    expect(opened.tensors.size).toBe(expected.size);
    for (const [name, { dtype, shape, f32 }] of expected) {
      const tensor = opened.tensors.get(prefix + name);
      expect(tensor, name).toMatchObject({ dtype, shape, count: f32().length });
      expect(bitsOf(await tensor?.f32()), name).toEqual(bitsOf(f32()));
    }
  });

  test('a storage is read where it lies, and nothing else', async () => {
    const file = bytesSource(fixture('crate_micro/checkpoint.pth'));
    const ranges: [number, number][] = [];
    const counting: ByteSource = {
      size: file.size,
      read(offset, length) {
        ranges.push([offset, length]);
        return file.read(offset, length);
      },
    };
    const { tensors } = await openCheckpoint(counting);
    ranges.length = 0;
    await tensors.get('cls_token')?.f32();
    // Its local header, then its numbers.
    expect(ranges).toEqual([
      [expect.any(Number), 30],
      [expect.any(Number), 4 * 48],
    ]);
  });

  test('a Blob is read as well', async () => {
    const blob = new Blob([fixture('crate_micro/checkpoint.pth') as Uint8Array<ArrayBuffer>]);
    const { tensors } = await openCheckpoint(blobSource(blob), 'checkpoint.pth');
    expect(await tensors.get('cls_token')?.f32()).toHaveLength(48);
  });

  test('a file that goes away is said to', async () => {
    const { size, read } = bytesSource(fixture('crate_micro/checkpoint.pth'));
    let isThere = true;
    const { tensors } = await openCheckpoint({
      size,
      read: (offset, length) =>
        isThere ? read(offset, length) : Promise.reject(new DOMException('', 'NotReadableError')),
    });
    isThere = false;
    await expect(tensors.get('cls_token')?.f32()).rejects.toMatchObject({
      code: 'unreadable',
      message:
        'The file can no longer be read: it was changed, moved or taken away since it was chosen. Choose it again.',
    });
  });
});

test('a reader that does not arrive is said to', async () => {
  vi.resetModules();
  vi.doMock('./torchLegacy.ts', () => {
    throw new TypeError('Failed to fetch dynamically imported module');
  });
  try {
    const { openCheckpoint: openAlone } = await import('./open.ts');
    await expect(openAlone(bytesSource(fixture('crate_micro/checkpoint_legacy.pth')))).rejects.toMatchObject({
      code: 'unreadable',
      message:
        'The part of the page that reads such files did not arrive: there is no network, or the page was renewed after you had opened it. Reload the page.',
    });
  } finally {
    vi.doUnmock('./torchLegacy.ts');
    vi.resetModules();
  }
});

describe('corner cases of torch.save', () => {
  const expected = safetensorsInMemory(fixture('format_edge_cases/expected.safetensors'));
  const plain = JSON.parse(new TextDecoder().decode(fixture('format_edge_cases/expected.json'))) as Record<
    string,
    unknown
  >;

  test.each(['edge.pth', 'edge_proto4.pth', 'edge_legacy.pth'])('%s', async (file) => {
    const { tensors, metadata } = await open(fixture(`format_edge_cases/${file}`));
    expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, { dtype, shape, f32 }] of expected) {
      expect(tensors.get(name), name).toMatchObject({ dtype, shape });
      expect(bitsOf(await tensors.get(name)?.f32()), name).toEqual(bitsOf(f32()));
    }
    for (const [path, value] of Object.entries(plain)) {
      if (path.startsWith('edge_numpy')) continue;
      const ours = metadata[path];
      // The reference writes numbers that JSON readers might round as text; ours are text beyond 2^53 only.
      if (Array.isArray(value)) expect(JSON.parse(String(ours)), path).toEqual(value);
      else if (typeof value === 'string') expect(String(ours), path).toBe(value);
      else expect(ours, path).toBe(value);
    }
  });

  test('bytes are contiguous, of the dtype of the file', async () => {
    const { tensors } = await open(fixture('format_edge_cases/edge.pth'));
    const file = fixture('format_edge_cases/expected.safetensors');
    const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    for (const [name, { data_offsets: offsets }] of Object.entries(header)) {
      const [begin, end] = offsets.map((offset) => 8 + headerLength + offset);
      expect(await tensors.get(name)?.bytes(), name).toEqual(new Uint8Array(file.subarray(begin, end)));
    }
  });

  test('numpy values are passed over', async () => {
    const { tensors, wrapper } = await open(fixture('format_edge_cases/edge_numpy.pth'));
    expect(wrapper).toEqual(['state_dict']);
    expect(Array.from((await tensors.get('w')?.f32()) ?? [])).toEqual(
      (plain['edge_numpy.state_dict.w'] as number[][]).flat(),
    );
  });
});

describe('other forms of torch.save', () => {
  const vector = (key: string, count = 2) => tensorOf({ key, count, shape: [count], strides: [1] });

  test('big-endian numbers', async () => {
    const big = new Uint8Array(8);
    new DataView(big.buffer).setFloat32(0, 1.5);
    new DataView(big.buffer).setFloat32(4, -2);
    const order = [{ name: 'model/byteorder', data: bytesOf('big') }];
    const file = await open(torchZip(py.pickle(py.dict({ w: vector('0') })), { 0: big }, order));
    expect(await numbersOf(file)).toEqual({ w: [1.5, -2] });
    expect(await file.tensors.get('w')?.bytes()).toEqual(floats(1.5, -2));
  });

  test('an archive packed again, in a folder of its own', async () => {
    const parts = [
      { name: 'runs/archive/data.pkl', data: py.pickle(py.dict({ w: vector('0', 300) })) },
      { name: 'runs/archive/data/0', data: floats(...Array.from({ length: 300 }, (_, i) => i)) },
    ];
    const file = await open(zipOf(parts.map((part) => ({ ...part, deflate: true }))));
    expect((await numbersOf(file))['w']).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test('an archive with the wide fields of files above 4 GB', async () => {
    const parts = [
      { name: 'm/data.pkl', data: py.pickle(py.dict({ w: vector('0') })) },
      { name: 'm/data/0', data: floats(1, 2) },
    ];
    expect(await numbersOf(await open(zipOf(parts, { zip64: true })))).toEqual({ w: [1, 2] });
  });

  test('a part of a packed storage', async () => {
    const numbers = floats(...Array.from({ length: 50_000 }, (_, i) => i));
    const slice = tensorOf({ key: '0', count: 50_000, offset: 30_000, shape: [3], strides: [2] });
    const file = await open(
      zipOf([
        { name: 'm/data.pkl', data: py.pickle(py.dict({ w: slice })) },
        { name: 'm/data/0', data: numbers, deflate: true },
      ]),
    );
    expect(await numbersOf(file)).toEqual({ w: [30_000, 30_002, 30_004] });
  });

  test('tensors of torch 2 over storages without a kind', async () => {
    const tensor = py.call(
      'torch._utils',
      '_rebuild_tensor_v3',
      bytesOf(
        py.tuple(
          py.text('storage'),
          py.global('torch.storage', 'UntypedStorage'),
          py.text('0'),
          py.text('cuda:3'),
          py.int(12),
        ),
        'Q',
      ),
      py.int(1),
      py.tuple(py.int(2)),
      py.tuple(py.int(1)),
      Uint8Array.of(0x89),
      py.call('collections', 'OrderedDict'),
      py.global('torch', 'float32'),
    );
    const file = await open(torchZip(py.pickle(py.dict({ w: tensor })), { 0: floats(1, 2, 3) }));
    expect(await numbersOf(file)).toEqual({ w: [2, 3] });
  });

  test('a tensor of a subclass, and one of a kind that is not read beside', async () => {
    const args = py.tuple(
      storageOf({ key: '0', count: 1 }),
      py.int(0),
      py.tuple(py.int(1)),
      py.tuple(py.int(1)),
      Uint8Array.of(0x89),
      py.dict({}),
    );
    const subclass = py.call(
      'torch._tensor',
      '_rebuild_from_type_v2',
      py.global('torch._utils', '_rebuild_tensor_v2'),
      py.global('my.code', 'MyParameter'),
      args,
      py.dict({}),
    );
    const complex = tensorOf({ key: '1', type: 'ComplexFloatStorage', count: 1, shape: [1], strides: [1] });
    const file = await open(
      torchZip(py.pickle(py.dict({ w: subclass, c: complex })), { 0: floats(5), 1: floats(1, 1) }),
    );
    expect(await numbersOf(file)).toEqual({ w: [5] });
  });

  test('views in a legacy file', async () => {
    const view = py.tuple(py.text('99'), py.int(1), py.int(2));
    const whole = tensorOf({ key: '7', count: 4, shape: [4], strides: [1], view: py.none });
    const part = tensorOf({ key: '7', count: 4, shape: [2], strides: [1], view });
    const file = await open(torchLegacy(py.pickle(py.dict({ whole, part })), { 7: floats(1, 2, 3, 4) }));
    expect(await numbersOf(file)).toEqual({ whole: [1, 2, 3, 4], part: [2, 3] });
  });

  test('pickle.dump of a state dict, whose storages are files of their own', async () => {
    const inner = torchLegacy(py.pickle(storageOf({ key: '5', count: 2 })), { 5: floats(8, 9) });
    const storage = py.call('torch.storage', '_load_from_bytes', bytesOf('B', little(inner.length, 4), inner));
    const tensor = py.call(
      'torch._utils',
      '_rebuild_tensor_v2',
      storage,
      py.int(0),
      py.tuple(py.int(2)),
      py.tuple(py.int(1)),
      Uint8Array.of(0x89),
      py.dict({}),
    );
    expect(await numbersOf(await open(py.pickle(py.dict({ w: tensor }))))).toEqual({ w: [8, 9] });
  });

  test('a whole module', async () => {
    const module = (name: string, attributes: Record<string, Uint8Array>) =>
      py.object(
        'model.crate',
        name,
        py.dict({
          training: py.none,
          _parameters: py.dict({}),
          _buffers: py.dict({}),
          _modules: py.dict({}),
          ...attributes,
        }),
      );
    const norm = module('LayerNorm', { _parameters: py.dict({ weight: vector('0'), bias: py.none }) });
    const root = module('CRATE', {
      dim: py.int(48),
      _parameters: py.dict({ cls_token: vector('1') }),
      _buffers: py.dict({ kept: vector('2'), passing: vector('3') }),
      _non_persistent_buffers_set: py.call('builtins', 'set', py.list(py.text('passing'))),
      _modules: py.dict({ layers: module('Sequential', { _modules: py.dict({ 0: norm }) }) }),
    });
    const storages = { 0: floats(1, 2), 1: floats(3, 4), 2: floats(5, 6), 3: floats(7, 8) };
    const bare = await open(torchZip(py.pickle(root), storages));
    expect(bare.wrapper).toEqual([WHOLE_MODULE]);
    expect(bare.metadata).toEqual({ [WHOLE_MODULE]: 'model.crate.CRATE' });
    expect(await numbersOf(bare)).toEqual({ cls_token: [3, 4], kept: [5, 6], 'layers.0.weight': [1, 2] });
    const wrapped = await open(torchZip(py.pickle(py.dict({ model: root, epoch: py.int(3) })), storages));
    expect(wrapped.wrapper).toEqual(['model', WHOLE_MODULE]);
    expect(wrapped.metadata).toEqual({ [`model.${WHOLE_MODULE}`]: 'model.crate.CRATE', epoch: 3 });
    expect([...wrapped.tensors.keys()]).toEqual([...bare.tensors.keys()]);
  });
});

test('keys that name prototypes are keys like others', async () => {
  const file = await open(
    torchZip(
      py.pickle(
        py.dict({
          ['__proto__']: py.text('text'),
          constructor: py.dict({ prototype: py.int(1) }),
          hasOwnProperty: tensorOf({ key: '0', count: 1, shape: [1], strides: [1] }),
        }),
      ),
      { 0: floats(1) },
    ),
  );
  expect(Object.entries(file.metadata)).toEqual([
    ['__proto__', 'text'],
    ['constructor.prototype', 1],
  ]);
  expect([...file.tensors.keys()]).toEqual(['hasOwnProperty']);
  expect(Object.getPrototypeOf(file.metadata)).toBe(Object.prototype);
});

describe('files that PyTorch 1.13 wrote', () => {
  const expected = JSON.parse(new TextDecoder().decode(fixture('torch_forms/expected.json'))) as Record<
    string,
    readonly number[]
  >;

  test.each([
    { file: 'whole.pth', wrapper: [WHOLE_MODULE], prefix: '' },
    { file: 'whole_legacy.pth', wrapper: [WHOLE_MODULE], prefix: '' },
    { file: 'whole_parallel.pth', wrapper: [WHOLE_MODULE], prefix: 'module.' },
    { file: 'protocol5.pth', wrapper: [], prefix: '' },
    { file: 'protocol4_legacy.pth', wrapper: [], prefix: '' },
    { file: 'plain2.pkl', wrapper: [], prefix: '' },
    { file: 'plain4.pkl', wrapper: [], prefix: '' },
  ])('$file', async ({ file, wrapper, prefix }) => {
    const opened = await open(fixture(`torch_forms/${file}`));
    expect(opened.wrapper).toEqual(wrapper);
    const named = Object.entries(expected).map(([name, numbers]) => [prefix + name, numbers]);
    expect(await numbersOf(opened)).toEqual(Object.fromEntries(named));
  });

  test('with optimizer, scheduler and random state', async () => {
    const opened = await open(fixture('torch_forms/training.pth.tar'));
    expect(opened.wrapper).toEqual(['state_dict']);
    expect([...opened.tensors.keys()]).toEqual(Object.keys(expected));
    expect(opened.metadata).toEqual({ epoch: 1, arch: 'CRATE', best_acc1: Math.fround(66.7) });
  });

  test('with the optimizer as an object, and complex numbers beside', async () => {
    const opened = await open(fixture('torch_forms/objects.pth'));
    expect(opened.wrapper).toEqual(['net']);
    expect([...opened.tensors.keys()]).toEqual(Object.keys(expected));
    expect(opened.metadata).toEqual({});
  });

  test('TorchScript is named', async () => {
    await expect(open(fixture('torch_forms/script.pt'))).rejects.toThrow(/^This is a TorchScript program/);
  });
});
