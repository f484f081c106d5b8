// What PyTorch's pickles are made of: storages by persistent id, and tensors as layouts over them. The builders here are all that a
// pickle can have called.

import {
  type Builder,
  type BuilderTools,
  entriesWork,
  PickleGlobal,
  PickleObject,
  type PickleRules,
} from './pickle.ts';
import { isCount, type Layout } from './strided.ts';
import type { Dtype } from './tensorFile.ts';

/** A block of numbers that tensors are views of; the numbers themselves lie elsewhere in the file. */
export class TorchStorage {
  readonly key: string;
  /** Null: bytes without a kind (torch ≥ 2's UntypedStorage). */
  readonly dtype: Dtype | null;
  /** Entries; bytes where there is no kind. */
  readonly count: number;
  /** First entry within the block of that key: above 0 in views of legacy files. */
  readonly start: number;
  constructor(key: string, dtype: Dtype | null, count: number, start = 0) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
    this.start = start;
  }
}

/** A tensor as the pickle describes it, not yet held against the file. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly dtype: Dtype;
  readonly layout: Layout;
  constructor(storage: TorchStorage, dtype: Dtype, layout: Layout) {
    this.storage = storage;
    this.dtype = dtype;
    this.layout = layout;
  }
}

const STORAGES: ReadonlyMap<string, Dtype | null> = new Map<string, Dtype | null>([
  ['Double', 'F64'],
  ['Float', 'F32'],
  ['Half', 'F16'],
  ['BFloat16', 'BF16'],
  ['Long', 'I64'],
  ['Int', 'I32'],
  ['Short', 'I16'],
  ['Char', 'I8'],
  ['Byte', 'U8'],
  ['Bool', 'BOOL'],
  ['Untyped', null],
  ['_Untyped', null],
]);

const DTYPES: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ['torch.float64', 'F64'],
  ['torch.float32', 'F32'],
  ['torch.float16', 'F16'],
  ['torch.bfloat16', 'BF16'],
  ['torch.int64', 'I64'],
  ['torch.int32', 'I32'],
  ['torch.int16', 'I16'],
  ['torch.int8', 'I8'],
  ['torch.uint64', 'U64'],
  ['torch.uint32', 'U32'],
  ['torch.uint16', 'U16'],
  ['torch.uint8', 'U8'],
  ['torch.bool', 'BOOL'],
  ['torch.float8_e4m3fn', 'F8_E4M3'],
  ['torch.float8_e5m2', 'F8_E5M2'],
]);

/** Of "torch.FloatStorage", "torch.cuda.FloatStorage", "torch.storage.UntypedStorage"; undefined: not read (complex, quantised). */
function storageDtype(name: string): Dtype | null | undefined {
  const [, kind = ''] = /^torch\.(?:cuda\.|storage\.)?(\w+)Storage$/.exec(name) ?? [];
  return STORAGES.get(kind);
}

/** Stands where a storage or tensor stood whose kind of numbers is not read. */
const notRead = (): PickleObject => new PickleObject('torch.Tensor', []);

function rebuildTensor(args: readonly unknown[], dtype: Dtype | null, tools: BuilderTools): TorchTensor | PickleObject {
  const { refuse, spend } = tools;
  const [storage, offset, shape, strides] = args;
  if (storage instanceof PickleObject) return notRead();
  if (!(storage instanceof TorchStorage)) throw refuse('a tensor has no storage');
  const isLayout =
    isCount(offset) &&
    Array.isArray(shape) &&
    Array.isArray(strides) &&
    shape.length === strides.length &&
    shape.length <= 64 &&
    [...shape, ...strides].every(isCount);
  if (!isLayout) throw refuse('a tensor has no proper offset, shape and strides');
  const kind = dtype ?? storage.dtype;
  if (kind === null) throw refuse('a tensor has no kind of numbers');
  spend(20 + 2 * shape.length);
  return new TorchTensor(storage, kind, { offset, shape: [...shape], strides: [...strides] });
}

const rebuildTyped: Builder = (args, tools) => rebuildTensor(args, null, tools);

const rebuildUntyped: Builder = (args, tools) => {
  const dtype = args[6];
  const kind = dtype instanceof PickleGlobal ? DTYPES.get(dtype.name) : undefined;
  return kind === undefined ? notRead() : rebuildTensor(args, kind, tools);
};

const first: Builder = (args) => args[0] ?? null;

const listOf: Builder = (args, tools) => {
  const [values = []] = args;
  if (!Array.isArray(values)) throw tools.refuse('a list is made of something that is none');
  tools.spend(values.length);
  return [...values];
};

/** Of nothing, of another dict, or of pairs as Python 2 wrote an OrderedDict. */
const dictOf: Builder = (args, tools) => {
  const source = args.find((arg) => arg instanceof Map || (Array.isArray(arg) && arg.length > 0));
  if (source instanceof Map) tools.spend(entriesWork(0, source.size));
  if (source === undefined || source instanceof Map) return new Map(source);
  const pairs = source as readonly unknown[];
  tools.spend(entriesWork(0, pairs.length));
  const isPairs = pairs.every((pair): pair is [unknown, unknown] => Array.isArray(pair) && pair.length === 2);
  if (!isPairs) throw tools.refuse('a dict is made of something that is no pairs');
  return new Map(pairs as [unknown, unknown][]);
};

/** A tensor of a subclass, or with attributes: func, class, args, state. */
const rebuildFromType: Builder = ([func, , args], tools) => {
  const builder = func instanceof PickleGlobal ? BUILDERS.get(func.name) : undefined;
  // Itself not: a chain of them would be a recursion as deep as the file likes.
  if (!builder || builder === rebuildFromType || !Array.isArray(args)) return notRead();
  return builder(args, tools);
};

export const BUILDERS: ReadonlyMap<string, Builder> = new Map<string, Builder>([
  ['torch._utils._rebuild_tensor', rebuildTyped],
  ['torch._utils._rebuild_tensor_v2', rebuildTyped],
  ['torch._utils._rebuild_tensor_v3', rebuildUntyped],
  ['torch._utils._rebuild_parameter', first],
  ['torch._utils._rebuild_parameter_with_state', first],
  ['torch._tensor._rebuild_from_type_v2', rebuildFromType],
  ['torch.Size', listOf],
  ['collections.OrderedDict', dictOf],
  ['collections.defaultdict', dictOf],
  ...['builtins', '__builtin__'].flatMap((module): [string, Builder][] => [
    [`${module}.dict`, dictOf],
    [`${module}.list`, listOf],
    [`${module}.tuple`, listOf],
    [`${module}.set`, listOf],
    [`${module}.frozenset`, listOf],
  ]),
]);

/** Longest key of a storage; PyTorch's are numbers of up to twenty digits. */
const MAX_KEY = 200;

/** ('storage', type, key, location, count) with, in legacy files, (view key, offset, count) or None after it; ('module', class, …). */
function persistent(id: unknown, { refuse }: BuilderTools): unknown {
  if (!Array.isArray(id)) throw refuse('a persistent id is no tuple');
  const [what, type, key, , count, view] = id as readonly unknown[];
  if (what === 'module') return type ?? null;
  if (what !== 'storage' || !(type instanceof PickleGlobal)) throw refuse('a persistent id names no storage');
  const isKey = typeof key === 'number' || (typeof key === 'string' && key.length <= MAX_KEY);
  if (!isCount(count) || !isKey) {
    throw refuse('a storage has no proper key and size');
  }
  const dtype = storageDtype(type.name);
  if (dtype === undefined) return notRead();
  if (!Array.isArray(view)) return new TorchStorage(String(key), dtype, count);
  const [, start, viewCount] = view as readonly unknown[];
  if (!isCount(start) || !isCount(viewCount) || start + viewCount > count)
    throw refuse('a view lies outside its storage');
  return new TorchStorage(String(key), dtype, viewCount, start);
}

export const TORCH_RULES: PickleRules = { builders: BUILDERS, persistent };
