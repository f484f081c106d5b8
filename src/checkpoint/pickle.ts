// A pickle machine that runs nothing. A pickle is a program for a stack: it may name any function of Python and have it called. Here a
// name is a name: a short list of builders makes containers and tensors, everything else becomes an inert object that remembers what it
// was called with. Python's dicts become Maps, so that no key reaches a prototype; lists, tuples and sets become arrays.
// Opcodes: CPython's Lib/pickletools.py, protocols 0 to 5.

import { CheckpointError, shown } from './errors.ts';
import { latin1 } from './latin1.ts';

/** A class or function by its name, e.g. "torch._utils._rebuild_tensor_v2". */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What a call made that no builder knows. */
export class PickleObject {
  /** Of the class or function that would have been called. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** What __setstate__ or __dict__ would have been given: a Map by attribute, as a rule. */
  state: unknown = null;
  /** Set by key, as of a dict. */
  readonly entries = new Map<unknown, unknown>();
  /** Appended, as to a list. */
  readonly items: unknown[] = [];
  constructor(name: string, args: readonly unknown[]) {
    this.name = name;
    this.args = args;
  }
}

/** Makes a value in place of a call. */
export type Builder = (args: readonly unknown[], tools: BuilderTools) => unknown;

export interface BuilderTools {
  /** Is told how many entries are copied. */
  spend(entries: number): void;
  /** The error for arguments that do not fit. */
  refuse(why: string): CheckpointError;
}

export interface PickleRules {
  readonly builders: ReadonlyMap<string, Builder>;
  /** What a persistent id stands for. */
  readonly persistent: (id: unknown, tools: BuilderTools) => unknown;
}

/** Steps and copied entries in all; a checkpoint with optimizer takes some ten thousand. It bounds memory, too. */
const MAX_WORK = 5_000_000;
/** What a dict, an inert object, a storage or a view of bytes costs in steps, for they take that much more memory. */
const OBJECT_WORK = 10;
/** Bytes of a name or of an integer that cost a step. */
const BYTES_A_STEP = 4;
/** Entries that a dict already has which cost each further one a step: a file may choose keys that a hash table finds slowly. */
const ENTRIES_A_STEP = 64;
/** Open brackets; Python itself stops at about 1000. */
const MAX_MARKS = 1000;
/** Bytes of a name, or of an integer. */
const MAX_NAME = 1000;
/** Bytes of a text in a line. */
const MAX_LINE = 1_000_000;
/** Bytes of any other text: browsers hold none of twice as much. */
const MAX_TEXT = 2 ** 28;

/** Modules and functions whose calls are programs: a file that wants one is refused, though nothing here would run it. */
const RUNS_CODE = new RegExp(
  [
    /^(?:os|posix|nt|subprocess|commands|popen2|sys|runpy|importlib|shutil|socket|pty|pdb|bdb|code|ctypes|webbrowser|pip|timeit)\./,
    /^(?:pickle|_pickle|dill|cloudpickle|marshal|multiprocessing|asyncio|cProfile|torch\.hub)\./,
    /^types\.(?:CodeType|FunctionType)$/,
    /^(?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|__import__|open|input|breakpoint|apply|globals|setattr|delattr)$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Steps that all pickles of one file may take together. */
export class PickleBudget {
  private spent = 0;

  /** @throws CheckpointError 'too-large' */
  spend(steps: number): void {
    this.spent += steps;
    if (this.spent > MAX_WORK) {
      throw new CheckpointError(
        'too-large',
        `The file's pickle takes more than ${MAX_WORK} steps, as no state dict does. Save the state dict alone with torch.save.`,
      );
    }
  }
}

/**
 * Runs one pickle from `start`; gives its value and where it ends. A file of several pickles gives them one budget.
 * @throws CheckpointError 'truncated', 'malformed', 'too-large', 'unsafe'
 */
export function unpickle(
  bytes: Uint8Array,
  rules: PickleRules,
  start = 0,
  budget = new PickleBudget(),
): { value: unknown; end: number } {
  return new Machine(bytes, rules, start, budget).run();
}

/** Steps that a dict takes for `count` more entries. */
export const entriesWork = (size: number, count: number): number =>
  count + Math.floor((count * (size + count / 2)) / ENTRIES_A_STEP);

const utf8Decoder = new TextDecoder();
const utf8 = (bytes: Uint8Array): string => utf8Decoder.decode(bytes);

/** Little-endian two's complement. A number where it is exact. */
function integerOf(bytes: Uint8Array): number | bigint {
  const words = new BigUint64Array(Math.ceil(bytes.length / 8));
  new Uint8Array(words.buffer).set(bytes);
  const value = words.reduceRight((high, word) => (high << 64n) | word, 0n);
  return exact(BigInt.asIntN(8 * bytes.length, value));
}

const exact = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

class Machine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly rules: PickleRules;
  private readonly tools: BuilderTools;
  private readonly budget: PickleBudget;
  at: number;
  private stack: unknown[] = [];
  /** Stacks below the marks. */
  private readonly below: unknown[][] = [];
  private readonly memo: unknown[] = [];
  private keptCount = 0;

  constructor(bytes: Uint8Array, rules: PickleRules, start: number, budget: PickleBudget) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.rules = rules;
    this.at = start;
    this.budget = budget;
    this.tools = { spend: (entries) => this.spend(entries), refuse: (why) => this.damaged(why) };
  }

  run(): { value: unknown; end: number } {
    for (;;) {
      const opcode = this.byte();
      this.spend(1);
      if (opcode === STOP) return { value: this.pop(), end: this.at };
      const step = STEPS[opcode];
      if (!step) throw this.damaged(`opcode 0x${opcode.toString(16).padStart(2, '0')} is unknown`);
      step(this);
    }
  }

  damaged(why: string): CheckpointError {
    return new CheckpointError(
      'malformed',
      `The file's pickle is damaged at byte ${this.at}: ${why}. Download or save the file again.`,
    );
  }

  spend(entries: number): void {
    this.budget.spend(entries);
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (!(end <= this.bytes.length)) {
      throw new CheckpointError(
        'truncated',
        `The file is cut short: its pickle ends in the middle, at byte ${this.bytes.length}. Download or copy it again.`,
      );
    }
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  byte(): number {
    const value = this.bytes[this.at];
    // Throws: nothing is left.
    if (value === undefined) return this.take(1)[0] as number;
    this.at++;
    return value;
  }

  /** A view of the next bytes, to be kept. */
  keptBytes(length: number): Uint8Array {
    this.spend(OBJECT_WORK);
    return this.take(length);
  }

  text(length: number, decode: (bytes: Uint8Array) => string): string {
    const taken = this.take(length);
    if (length > MAX_TEXT) throw this.damaged(`a text of ${length} bytes`);
    return decode(taken);
  }

  /** Unsigned, little-endian. */
  uint(size: 1 | 2 | 4 | 8): number {
    const { at } = this;
    this.take(size);
    if (size === 8) return Number(this.view.getBigUint64(at, true));
    return size === 4
      ? this.view.getUint32(at, true)
      : size === 2
        ? this.view.getUint16(at, true)
        : this.view.getUint8(at);
  }

  line(limit = MAX_NAME): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) this.take(Number.POSITIVE_INFINITY);
    if (end - this.at > limit) throw this.damaged(`a line of ${end - this.at} bytes where a name or number should be`);
    return utf8(this.take(end - this.at + 1).subarray(0, -1));
  }

  integer(size: number): number | bigint {
    if (size > MAX_NAME) throw this.damaged(`an integer of ${size} bytes`);
    this.spend(size / BYTES_A_STEP);
    return integerOf(this.take(size));
  }

  decimal(text: string): number | bigint {
    const digits = /^\s*([+-]?\d+)L?\s*$/.exec(text)?.[1];
    if (digits === undefined) throw this.damaged('an integer that is none');
    return exact(BigInt(digits.replace(/^\+/, '')));
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  top(): unknown {
    if (this.stack.length === 0) throw this.damaged('its stack is empty');
    return this.stack[this.stack.length - 1];
  }

  pop(): unknown {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  /** The values above the last mark. */
  popMark(): unknown[] {
    const values = this.stack;
    const below = this.below.pop();
    if (!below) throw this.damaged('a bracket is closed that was not opened');
    this.stack = below;
    this.spend(values.length);
    return values;
  }

  /** The last values pushed, in their order. */
  popLast(count: number): unknown[] {
    if (this.stack.length < count) throw this.damaged('its stack is empty');
    return this.stack.splice(this.stack.length - count, count);
  }

  mark(): void {
    if (this.below.length >= MAX_MARKS) throw this.damaged(`more than ${MAX_MARKS} brackets are open`);
    this.below.push(this.stack);
    this.stack = [];
  }

  get isEmpty(): boolean {
    return this.stack.length === 0;
  }

  /** Values kept so far. */
  get kept(): number {
    return this.keptCount;
  }

  recall(index: number): unknown {
    const value = index < this.memo.length ? this.memo[index] : NOT_KEPT;
    if (value === NOT_KEPT || value === undefined) {
      throw this.damaged(`it recalls value ${index}, which was not kept`);
    }
    return value;
  }

  globalOf(module: unknown, name: unknown): PickleGlobal {
    if (typeof name !== 'string' || typeof module !== 'string' || name.length + module.length > 2 * MAX_NAME) {
      throw this.damaged('a class or function has no name');
    }
    this.spend((name.length + module.length) / BYTES_A_STEP);
    return new PickleGlobal(`${module}.${name}`);
  }

  float(): number {
    const { at } = this;
    this.take(8);
    return this.view.getFloat64(at, false);
  }

  /** BUILD: kept, never applied. */
  setState(state: unknown): void {
    const target = this.top();
    if (target instanceof PickleObject) target.state = state;
  }

  private name(value: unknown): PickleGlobal {
    if (value instanceof PickleGlobal) return value;
    // The result of another call, such as getattr(…), called in turn: as inert as that.
    if (value instanceof PickleObject) return new PickleGlobal(`${value.name}(…)`.slice(0, MAX_NAME));
    throw this.damaged('something is called that is no function or class');
  }

  call(target: unknown, args: unknown): unknown {
    if (!Array.isArray(args)) throw this.damaged('a call has no list of arguments');
    const { name } = this.name(target);
    const builder = this.rules.builders.get(name);
    if (!builder && RUNS_CODE.test(name)) throw runsCode(name);
    // The name of an inert object is made anew where it is the result of another call.
    this.spend(OBJECT_WORK + name.length / BYTES_A_STEP);
    return builder ? builder(args, this.tools) : new PickleObject(name, args);
  }

  /** Key, value, key, value, … into the dict on top of the stack. */
  setEntries(values: readonly unknown[]): void {
    const target = this.top();
    this.fill(target instanceof PickleObject ? target.entries : target, values);
  }

  private fill(map: unknown, values: readonly unknown[]): void {
    if (!(map instanceof Map) || values.length % 2 === 1) {
      throw this.damaged('entries are set on something that is no dict');
    }
    this.spend(entriesWork(map.size, values.length / 2));
    for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
  }

  /** Behind the last value of the list on top of the stack. */
  append(values: readonly unknown[]): void {
    const target = this.top();
    const items = target instanceof PickleObject ? target.items : target;
    if (!Array.isArray(items)) throw this.damaged('values are appended to something that is no list');
    for (const value of values) items.push(value);
  }

  dict(values: readonly unknown[]): Map<unknown, unknown> {
    this.spend(OBJECT_WORK);
    const map = new Map<unknown, unknown>();
    this.fill(map, values);
    return map;
  }

  persistent(id: unknown): unknown {
    this.spend(OBJECT_WORK);
    return this.rules.persistent(id, this.tools);
  }

  /** Pickles number what they keep from 0, or from 1, without gaps: a gap costs what filling it would. */
  keep(index: number): void {
    if (!(Number.isSafeInteger(index) && index >= 0)) throw this.damaged('a value is kept under no number');
    const value = this.top();
    if (index > this.memo.length) {
      this.spend(index - this.memo.length);
      while (this.memo.length < index) this.memo.push(NOT_KEPT);
    }
    if (index === this.memo.length || this.memo[index] === NOT_KEPT) this.keptCount++;
    this.memo[index] = value;
  }
}

const STOP = 0x2e;
/** Stands in a gap of what was kept. */
const NOT_KEPT = Symbol('not kept');

type Step = (machine: Machine) => void;

/** What an opcode does, by opcode. */
const STEPS: readonly (Step | undefined)[] = (() => {
  const steps: (Step | undefined)[] = new Array(256).fill(undefined);
  const on = (opcode: number, step: Step): void => {
    steps[opcode] = step;
  };
  const pushes = (opcode: number, value: (machine: Machine) => unknown): void =>
    on(opcode, (machine) => machine.push(value(machine)));

  on(0x80, (machine) => {
    const protocol = machine.byte();
    if (protocol > 5) throw machine.damaged(`protocol ${protocol} is unknown`);
  });
  // FRAME: a hint for readers of streams.
  on(0x95, (machine) => void machine.take(8));
  on(0x28, (machine) => machine.mark());
  // POP: a value, or the mark where there is none above it.
  on(0x30, (machine) => void (machine.isEmpty ? machine.popMark() : machine.pop()));
  on(0x31, (machine) => void machine.popMark());
  pushes(0x32, (machine) => machine.top()); // DUP

  pushes(0x4e, () => null); // NONE
  pushes(0x88, () => true); // NEWTRUE
  pushes(0x89, () => false); // NEWFALSE
  // INT: 00 and 01 are how protocol 0 writes False and True.
  pushes(0x49, (machine) => {
    const text = machine.line();
    return text === '00' ? false : text === '01' ? true : machine.decimal(text);
  });
  pushes(0x4c, (machine) => machine.decimal(machine.line())); // LONG
  pushes(0x4a, (machine) => machine.uint(4) | 0); // BININT
  pushes(0x4b, (machine) => machine.uint(1)); // BININT1
  pushes(0x4d, (machine) => machine.uint(2)); // BININT2
  pushes(0x8a, (machine) => machine.integer(machine.uint(1))); // LONG1
  pushes(0x8b, (machine) => machine.integer(machine.uint(4))); // LONG4
  pushes(0x46, (machine) => Number(machine.line().replace(/^(-?)inf$/, '$1Infinity'))); // FLOAT
  pushes(0x47, (machine) => machine.float()); // BINFLOAT

  pushes(0x53, (machine) => machine.line(MAX_LINE).replace(/^(['"])(.*)\1$/, '$2')); // STRING, in quotes
  pushes(0x56, (machine) => machine.line(MAX_LINE)); // UNICODE
  pushes(0x54, (machine) => machine.text(machine.uint(4), latin1)); // BINSTRING, bytes of Python 2
  pushes(0x55, (machine) => machine.text(machine.uint(1), latin1)); // SHORT_BINSTRING
  pushes(0x58, (machine) => machine.text(machine.uint(4), utf8)); // BINUNICODE
  pushes(0x8c, (machine) => machine.text(machine.uint(1), utf8)); // SHORT_BINUNICODE
  pushes(0x8d, (machine) => machine.text(machine.uint(8), utf8)); // BINUNICODE8
  pushes(0x42, (machine) => machine.keptBytes(machine.uint(4))); // BINBYTES
  pushes(0x43, (machine) => machine.keptBytes(machine.uint(1))); // SHORT_BINBYTES
  pushes(0x8e, (machine) => machine.keptBytes(machine.uint(8))); // BINBYTES8
  pushes(0x96, (machine) => machine.keptBytes(machine.uint(8))); // BYTEARRAY8

  pushes(0x29, () => []); // EMPTY_TUPLE
  pushes(0x5d, () => []); // EMPTY_LIST
  pushes(0x8f, () => []); // EMPTY_SET
  pushes(0x74, (machine) => machine.popMark()); // TUPLE
  pushes(0x6c, (machine) => machine.popMark()); // LIST
  pushes(0x91, (machine) => machine.popMark()); // FROZENSET
  pushes(0x85, (machine) => machine.popLast(1)); // TUPLE1
  pushes(0x86, (machine) => machine.popLast(2)); // TUPLE2
  pushes(0x87, (machine) => machine.popLast(3)); // TUPLE3
  pushes(0x7d, (machine) => machine.dict([])); // EMPTY_DICT
  pushes(0x64, (machine) => machine.dict(machine.popMark())); // DICT
  on(0x61, (machine) => machine.append(machine.popLast(1))); // APPEND
  on(0x65, (machine) => machine.append(machine.popMark())); // APPENDS
  on(0x90, (machine) => machine.append(machine.popMark())); // ADDITEMS
  on(0x73, (machine) => machine.setEntries(machine.popLast(2))); // SETITEM
  on(0x75, (machine) => machine.setEntries(machine.popMark())); // SETITEMS

  on(0x70, (machine) => machine.keep(Number(machine.line()))); // PUT
  on(0x71, (machine) => machine.keep(machine.uint(1))); // BINPUT
  on(0x72, (machine) => machine.keep(machine.uint(4))); // LONG_BINPUT
  on(0x94, (machine) => machine.keep(machine.kept)); // MEMOIZE
  pushes(0x67, (machine) => machine.recall(Number(machine.line()))); // GET
  pushes(0x68, (machine) => machine.recall(machine.uint(1))); // BINGET
  pushes(0x6a, (machine) => machine.recall(machine.uint(4))); // LONG_BINGET

  pushes(0x63, (machine) => machine.globalOf(machine.line(), machine.line())); // GLOBAL
  pushes(0x93, (machine) => machine.globalOf(...(machine.popLast(2) as [unknown, unknown]))); // STACK_GLOBAL
  pushes(0x52, (machine) => machine.call(...(machine.popLast(2) as [unknown, unknown]))); // REDUCE
  pushes(0x81, (machine) => machine.call(...(machine.popLast(2) as [unknown, unknown]))); // NEWOBJ
  // NEWOBJ_EX: keyword arguments are left out.
  pushes(0x92, (machine) => machine.call(...(machine.popLast(3).slice(0, 2) as [unknown, unknown])));
  pushes(0x69, (machine) => machine.call(machine.globalOf(machine.line(), machine.line()), machine.popMark())); // INST
  pushes(0x6f, (machine) => {
    const [target, ...args] = machine.popMark();
    return machine.call(target, args);
  }); // OBJ
  on(0x62, (machine) => machine.setState(machine.pop())); // BUILD
  pushes(0x50, (machine) => machine.persistent(machine.line())); // PERSID
  pushes(0x51, (machine) => machine.persistent(machine.pop())); // BINPERSID
  return steps;
})();

const runsCode = (name: string): CheckpointError =>
  new CheckpointError(
    'unsafe',
    `The file would run ${shown(name)} when loaded in Python; nothing was run here. Do not load it elsewhere, and get the weights from a source that you trust.`,
  );
