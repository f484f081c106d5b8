// Writes the bytes of a WebAssembly module: the few instructions that the kernels of this folder use, typed by what they leave on the
// stack, and functions whose parameters have names. Not a compiler: what is written is what is emitted, in that order.
//
// Encodings: WebAssembly core specification, sections 5.3 to 5.5; relaxed-SIMD proposal for the fused product and sum; threads proposal
// for what is atomic and for shared memories.

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

/** Bytes; a function stands for its index in the module. */
type Code = readonly (number | Code | WasmFunction)[];

/** Instructions that leave one value. */
export interface Expr<T extends ValueType> {
  readonly type: T;
  readonly code: Code;
}

/** A variable of a function; reading it is an expression. */
export interface Local<T extends ValueType> extends Expr<T> {
  readonly index: number;
}

/** Numbers stand for constants. */
export type Value<T extends ValueType> = T extends 'v128' ? Expr<T> : Expr<T> | number;

const VALUE_TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const EMPTY_BLOCK = 0x40;
const LOOP = 0x03;
const IF = 0x04;
const END = 0x0b;
const BR_IF = 0x0d;
const CALL = 0x10;
const DROP = 0x1a;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const FUNCTION = 0x60;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const bytesOf = (array: Float32Array | Float64Array | Int32Array): number[] => [...new Uint8Array(array.buffer)];
const simdCode = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** An atomic instruction on an i32 and what it reads from the stack. */
const atomicCode = (opcode: number): number[] => [0xfe, opcode, 2, 0];

function codeOf<T extends ValueType>(type: T, value: Value<T>): Code {
  if (typeof value !== 'number') return value.code;
  if (type === 'i32') return [0x41, ...signed(value)];
  if (type === 'f32') return [0x43, ...bytesOf(Float32Array.of(value))];
  return [0x44, ...bytesOf(Float64Array.of(value))];
}

export const constant = <T extends 'i32' | 'f32' | 'f64'>(type: T, value: number): Expr<T> => ({
  type,
  code: codeOf(type, value as Value<T>),
});

type Unary<A extends ValueType, R extends ValueType> = (a: Value<A>) => Expr<R>;
type Binary<A extends ValueType, R extends ValueType> = (a: Value<A>, b: Value<A>) => Expr<R>;

const unary =
  <A extends ValueType, R extends ValueType>(of: A, result: R, opcode: readonly number[]): Unary<A, R> =>
  (a) => ({ type: result, code: [codeOf(of, a), opcode] });

const binary =
  <A extends ValueType, R extends ValueType>(of: A, result: R, opcode: readonly number[]): Binary<A, R> =>
  (a, b) => ({ type: result, code: [codeOf(of, a), codeOf(of, b), opcode] });

/** An address in bytes and a constant beyond it. `alignment` is log₂ of the bytes that engines may count on. */
const loading =
  <T extends ValueType>(type: T, opcode: readonly number[], alignment: number) =>
  (address: Value<'i32'>, offset = 0): Expr<T> => ({
    type,
    code: [codeOf('i32', address), opcode, alignment, unsigned(offset)],
  });

const vectorOp = (opcode: number): Binary<'v128', 'v128'> => binary('v128', 'v128', simdCode(opcode));

export const i32 = {
  add: binary('i32', 'i32', [0x6a]),
  sub: binary('i32', 'i32', [0x6b]),
  mul: binary('i32', 'i32', [0x6c]),
  and: binary('i32', 'i32', [0x71]),
  shrU: binary('i32', 'i32', [0x76]),
  eq: binary('i32', 'i32', [0x46]),
  ltU: binary('i32', 'i32', [0x49]),
  gtS: binary('i32', 'i32', [0x4a]),
  leU: binary('i32', 'i32', [0x4d]),
  geU: binary('i32', 'i32', [0x4f]),
  isZero: unary('i32', 'i32', [0x45]),
  load: loading('i32', [0x28], 2),
};

/** On an i32 of a memory that threads share: what one of them writes before, the others see after. */
export const atomic = {
  load: unary('i32', 'i32', atomicCode(0x10)),
  /** Adds to what lies at an address and leaves what lay there. */
  add: binary('i32', 'i32', atomicCode(0x1e)),
  /** Wakes so many who sleep there; leaves how many did. */
  notify: binary('i32', 'i32', atomicCode(0x00)),
  /** Sleeps until somebody notifies of the address; not at all when another number than `expected` lies there. */
  wait: (address: Value<'i32'>, expected: Value<'i32'>): Expr<'i32'> => ({
    type: 'i32',
    code: [codeOf('i32', address), codeOf('i32', expected), WITHOUT_END, atomicCode(0x01)],
  }),
};
/** −1 ns, an i64. */
const WITHOUT_END: Code = [0x42, 0x7f];

export const f32 = {
  load: loading('f32', [0x2a], 2),
  add: binary('f32', 'f32', [0x92]),
  div: binary('f32', 'f32', [0x95]),
  sqrt: unary('f32', 'f32', [0x91]),
  max: binary('f32', 'f32', [0x97]),
  fromU32: unary('i32', 'f32', [0xb3]),
};

export const f64 = {
  load: loading('f64', [0x2b], 3),
  add: binary('f64', 'f64', [0xa0]),
  sub: binary('f64', 'f64', [0xa1]),
  mul: binary('f64', 'f64', [0xa2]),
  div: binary('f64', 'f64', [0xa3]),
  sqrt: unary('f64', 'f64', [0x9f]),
  gt: binary('f64', 'i32', [0x64]),
  le: binary('f64', 'i32', [0x65]),
  promote: unary('f32', 'f64', [0xbb]),
  fromI32: unary('i32', 'f64', [0xb7]),
};

export const v128 = {
  load: loading('v128', simdCode(0), 2),
  /** One f32, four times. */
  load32Splat: loading('v128', simdCode(9), 2),
  /** One f64, twice. */
  load64Splat: loading('v128', simdCode(10), 3),
  /** Eight bytes, then zeros. */
  load64Zero: loading('v128', simdCode(0x5d), 2),
  /** The first lane of a, and an f64 from memory as the second. */
  withSecond: (a: Expr<'v128'>, address: Value<'i32'>): Expr<'v128'> => ({
    type: 'v128',
    code: [codeOf('i32', address), a.code, simdCode(0x57), 3, 0, 1],
  }),
  zero: { type: 'v128', code: [simdCode(12), Array(16).fill(0)] } as Expr<'v128'>,
};

type Lanes = 0 | 1 | 2 | 3;

export const f32x4 = {
  splat: unary('f32', 'v128', simdCode(0x13)),
  lane: (a: Expr<'v128'>, lane: Lanes): Expr<'f32'> => ({ type: 'f32', code: [a.code, simdCode(0x1f), lane] }),
  nearest: unary('v128', 'v128', simdCode(0x6a)),
  abs: unary('v128', 'v128', simdCode(0xe0)),
  /** −1 in lanes that differ, else 0. */
  ne: vectorOp(0x42),
  add: vectorOp(0xe4),
  sub: vectorOp(0xe5),
  mul: vectorOp(0xe6),
  /** a < b ? b : a, one instruction on every machine; NaN in a stays. */
  pmax: vectorOp(0xeb),
};

export const i32x4 = {
  splat: unary('i32', 'v128', simdCode(0x11)),
  shl: (a: Expr<'v128'>, bits: number): Expr<'v128'> => ({
    type: 'v128',
    code: [a.code, codeOf('i32', bits), simdCode(0xab)],
  }),
  add: vectorOp(0xae),
  sub: vectorOp(0xb1),
  lane: (a: Expr<'v128'>, lane: Lanes): Expr<'i32'> => ({ type: 'i32', code: [a.code, simdCode(0x1b), lane] }),
  /** Of f32 lanes, towards zero; NaN becomes 0. */
  truncate: unary('v128', 'v128', simdCode(0xf8)),
};

export const f64x2 = {
  splat: unary('f64', 'v128', simdCode(0x14)),
  lane: (a: Expr<'v128'>, lane: 0 | 1): Expr<'f64'> => ({ type: 'f64', code: [a.code, simdCode(0x21), lane] }),
  /** The first two f32 lanes. */
  promoteLow: unary('v128', 'v128', simdCode(0x5f)),
  /** The last two f32 lanes. */
  promoteHigh: (a: Expr<'v128'>): Expr<'v128'> =>
    f64x2.promoteLow({ type: 'v128', code: [a.code, a.code, simdCode(0x0d), HIGH_HALF] }),
  add: vectorOp(0xf0),
  sub: vectorOp(0xf1),
  mul: vectorOp(0xf2),
  div: vectorOp(0xf3),
  sqrt: unary('v128', 'v128', simdCode(0xef)),
};
/** Bytes of a shuffle. */
const HIGH_HALF: Code = Array.from({ length: 16 }, (_, i) => 8 + (i % 8));

/** All four lanes by an operation on two. */
export const acrossLanes = (op: Binary<'f32', 'f32'>, a: Expr<'v128'>): Expr<'f32'> =>
  op(op(f32x4.lane(a, 0), f32x4.lane(a, 1)), op(f32x4.lane(a, 2), f32x4.lane(a, 3)));

const ternary =
  (opcode: number) =>
  (a: Expr<'v128'>, b: Expr<'v128'>, c: Expr<'v128'>): Expr<'v128'> => ({
    type: 'v128',
    code: [a.code, b.code, c.code, simdCode(opcode)],
  });

/** a·b + c by lanes. */
export interface MultiplyAdd {
  readonly f32x4: (a: Expr<'v128'>, b: Expr<'v128'>, c: Expr<'v128'>) => Expr<'v128'>;
  readonly f64x2: (a: Expr<'v128'>, b: Expr<'v128'>, c: Expr<'v128'>) => Expr<'v128'>;
}

/** Rounded once where the machine can (relaxed SIMD, which not every browser has), else a product and a sum. */
export const multiplyAdd = (relaxed: boolean): MultiplyAdd =>
  relaxed
    ? { f32x4: ternary(0x105), f64x2: ternary(0x107) }
    : { f32x4: (a, b, c) => f32x4.add(f32x4.mul(a, b), c), f64x2: (a, b, c) => f64x2.add(f64x2.mul(a, b), c) };

/** Names and types of a function's parameters, in order. */
export type Params = Readonly<Record<string, ValueType>>;
type Locals<P extends Params> = { readonly [N in keyof P]: Local<P[N]> };

/** Statements of a function, in the order they are called. */
export interface Body {
  /** New variables, one for each type given; they are zero at first. */
  locals<const T extends readonly ValueType[]>(...types: T): { readonly [I in keyof T]: Local<T[I]> };
  set<T extends ValueType>(local: Local<T>, value: Value<T>): void;
  /** local += bytes. */
  advance(local: Local<'i32'>, by: Value<'i32'>): void;
  store(address: Value<'i32'>, value: Expr<ValueType>, offset?: number): void;
  when(condition: Expr<'i32'>, body: () => void): void;
  /** Tests before the first round and after each. */
  while(condition: Expr<'i32'>, body: () => void): void;
  /** A function of the same module that leaves nothing. */
  call<P extends Params>(of: WasmFunction<P>, given: { readonly [N in keyof P]: Value<P[N]> }): void;
  /** For what an expression does beside leaving a value. */
  drop(value: Expr<ValueType>): void;
  /** What the function leaves at its end. */
  result(value: Expr<'i32'>): void;
}

const STORE: Readonly<Record<ValueType, Code>> = {
  i32: [0x36, 2],
  f32: [0x38, 2],
  f64: [0x39, 3],
  v128: [simdCode(11), 2],
};

export interface WasmFunction<P extends Params = Params> {
  readonly name: string;
  readonly params: P;
  /** i32 when the function leaves a number, else nothing. */
  readonly result: Expr<'i32'> | null;
  readonly locals: readonly ValueType[];
  readonly code: Code;
}

/** A function of named parameters, of what `write` calls. */
export function wasmFunction<const P extends Params>(
  name: string,
  params: P,
  write: (body: Body, params: Locals<P>) => void,
): WasmFunction<P> {
  const names = Object.keys(params);
  const locals: ValueType[] = [];
  let result: Expr<'i32'> | null = null;
  const variable = <T extends ValueType>(type: T, index: number): Local<T> => ({
    type,
    index,
    code: [LOCAL_GET, unsigned(index)],
  });
  let code: (number | Code | WasmFunction)[] = [];
  /** What `write` emits, apart from what was emitted before. */
  const within = (inner: () => void): Code => {
    const outer = code;
    code = [];
    inner();
    const written = code;
    code = outer;
    return written;
  };
  const body: Body = {
    locals(...types) {
      const made = types.map((type, i) => variable(type, names.length + locals.length + i));
      locals.push(...types);
      return made as { [I in keyof typeof types]: Local<(typeof types)[I]> };
    },
    set(local, value) {
      code.push(codeOf(local.type, value), LOCAL_SET, unsigned(local.index));
    },
    advance(local, by) {
      body.set(local, i32.add(local, by));
    },
    store(address, value, offset = 0) {
      code.push(codeOf('i32', address), value.code, STORE[value.type], unsigned(offset));
    },
    when(condition, inner) {
      code.push(condition.code, IF, EMPTY_BLOCK, within(inner), END);
    },
    while(condition, inner) {
      const round: Code = [LOOP, EMPTY_BLOCK, within(inner), condition.code, BR_IF, 0, END];
      code.push(condition.code, IF, EMPTY_BLOCK, round, END);
    },
    call(of, given) {
      for (const [param, type] of Object.entries(of.params)) code.push(codeOf(type, given[param] as Value<ValueType>));
      code.push(CALL, of as unknown as WasmFunction);
    },
    drop(value) {
      code.push(value.code, DROP);
    },
    result(value) {
      result = value;
    },
  };
  const given = Object.fromEntries(names.map((param, i) => [param, variable(params[param] as ValueType, i)]));
  write(body, given as Locals<P>);
  return { name, params, result, locals, code };
}

const sized = (bytes: readonly number[]): number[] => unsigned(bytes.length).concat(bytes);
const list = (items: readonly (readonly number[])[]): number[] => unsigned(items.length).concat(...items);
const text = (value: string): number[] => sized([...new TextEncoder().encode(value)]);
const section = (id: number, bytes: readonly number[]): number[] => [id].concat(sized(bytes));
const isCode = (part: Code | WasmFunction): part is Code => Array.isArray(part);
/** What 32 bits address, in pages. */
const MOST_PAGES = 2 ** 16;

/** A module that imports the memory `env.memory`, one that threads share or not, and exports the functions. */
export function wasmModule(functions: readonly WasmFunction[], isShared = false): Uint8Array<ArrayBuffer> {
  const flat = (code: Code): number[] => {
    const out: number[] = [];
    const append = (part: number | Code | WasmFunction): void => {
      if (typeof part === 'number') out.push(part);
      else if (isCode(part)) part.forEach(append);
      else out.push(...unsigned(functions.indexOf(part)));
    };
    append(code);
    return out;
  };
  const types = functions.map(({ params, result }) => [
    FUNCTION,
    ...list(Object.values(params).map((type) => [VALUE_TYPE[type]])),
    ...list(result ? [[VALUE_TYPE[result.type]]] : []),
  ]);
  const limits = isShared ? [3, ...unsigned(1), ...unsigned(MOST_PAGES)] : [0, ...unsigned(1)];
  const memory = [...text('env'), ...text('memory'), 2, ...limits];
  const bodies = functions.map(({ locals, code, result }) => {
    const declared = list(locals.map((type) => [1, VALUE_TYPE[type]]));
    return sized(declared.concat(flat(code), result ? flat(result.code) : [], END));
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d],
    ...[1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]);
}
