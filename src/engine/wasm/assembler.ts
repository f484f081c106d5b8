// Writes the bytes of a WebAssembly module: the few instructions that the kernels of this folder use, typed by what they leave on the
// stack, and functions whose parameters have names. Not a compiler: what is written is what is emitted, in that order.
//
// Encodings: WebAssembly core specification, sections 5.3 to 5.5; relaxed-SIMD proposal for the fused product and sum.

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

type Code = readonly (number | Code)[];

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
  ltU: binary('i32', 'i32', [0x49]),
  geU: binary('i32', 'i32', [0x4f]),
  isZero: unary('i32', 'i32', [0x45]),
};

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
};

export const v128 = {
  load: loading('v128', simdCode(0), 2),
  /** One f32, four times. */
  load32Splat: loading('v128', simdCode(9), 2),
  /** One f64, twice. */
  load64Splat: loading('v128', simdCode(10), 3),
  /** Eight bytes, then zeros. */
  load64Zero: loading('v128', simdCode(0x5d), 2),
  zero: { type: 'v128', code: [simdCode(12), Array(16).fill(0)] } as Expr<'v128'>,
};

type Lanes = 0 | 1 | 2 | 3;

export const f32x4 = {
  splat: unary('f32', 'v128', simdCode(0x13)),
  lane: (a: Expr<'v128'>, lane: Lanes): Expr<'f32'> => ({ type: 'f32', code: [a.code, simdCode(0x1f), lane] }),
  nearest: unary('v128', 'v128', simdCode(0x6a)),
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
  /** Of f32 lanes, towards zero; NaN becomes 0. */
  truncate: unary('v128', 'v128', simdCode(0xf8)),
};

export const f64x2 = {
  splat: unary('f64', 'v128', simdCode(0x14)),
  lane: (a: Expr<'v128'>, lane: 0 | 1): Expr<'f64'> => ({ type: 'f64', code: [a.code, simdCode(0x21), lane] }),
  /** The first two f32 lanes. */
  promoteLow: unary('v128', 'v128', simdCode(0x5f)),
  add: vectorOp(0xf0),
  mul: vectorOp(0xf2),
};

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
  let code: (number | Code)[] = [];
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
const flat = (code: Code): number[] => (code as number[]).flat(Number.POSITIVE_INFINITY);

/** A module that imports the memory `env.memory` and exports the functions. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params, result }) => [
    FUNCTION,
    ...list(Object.values(params).map((type) => [VALUE_TYPE[type]])),
    ...list(result ? [[VALUE_TYPE[result.type]]] : []),
  ]);
  const memory = [...text('env'), ...text('memory'), 2, 0, ...unsigned(1)];
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
