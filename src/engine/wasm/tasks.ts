// Work that threads share: a list of tasks in the shared memory, each some calls of kernels, which whoever is free takes one by one. Nobody
// waits for a thread that is late, except for the task that it has taken.
//
// Taking a task is one atomic subtraction from the number that is left; below one there is none. The list is written while none is left, so
// a thread can take no task of a list that is half written.

import {
  atomic,
  type Expr,
  f32,
  f64,
  i32,
  type Params,
  type ValueType,
  type WasmFunction,
  wasmFunction,
} from './assembler.ts';

/** What lies where behind the list's address, in bytes; what different threads write is a cache line apart. */
export const LIST = {
  /** Tasks that nobody has taken; below 1: none. */
  left: 0,
  /** Tasks that are done, and whether somebody sleeps until there are more. */
  done: 64,
  awaited: 68,
  /** Rung, by adding 1, when there is work or the end. */
  bell: 128,
  /** Threads that sleep until the bell rings. */
  sleepers: 132,
  /** 1: threads shall go. */
  end: 136,
  /** 1: a thread broke in a task. */
  broken: 140,
  /** How many threads may work, this one included. */
  lanes: 192,
  /** Bytes from one thread's own scratch to the next one's. */
  stride: 196,
  /** Addresses of tasks. */
  tasks: 256,
} as const;

/** A call: kernel and whether another follows (MORE); which arguments are addresses in a thread's own scratch, as bits; arguments. */
const CALL_BYTES = 64;
const ARGUMENTS = 8;
const MORE = 256;
/** Tasks and calls that a list holds. */
const MOST_TASKS = 2048;
const MOST_CALLS = 4096;
const CALLS = LIST.tasks + 4 * MOST_TASKS;
export const LIST_BYTES = CALLS + CALL_BYTES * MOST_CALLS;

/** Looks at the list before a thread falls asleep: about a tenth of a millisecond. */
const LOOKS = 40_000;

/** Beyond every address: an address of the first thread's scratch to which this is added stands for the same place of the thread at work. */
const OWN = 2 ** 40;
/** Marks an address as one of the thread's own scratch. Alone it is still the first thread's: WebAssembly takes the lower 32 bits. */
export const own = (address: number): number => address + OWN;

const sizeOf = (type: ValueType): number => (type === 'f64' ? 8 : 4);

/** Where each argument lies in a call. */
function layoutOf(params: Params): readonly { readonly name: string; readonly type: ValueType; readonly at: number }[] {
  let next = ARGUMENTS;
  const layout = Object.entries(params).map(([name, type]) => {
    const at = next;
    next += sizeOf(type);
    return { name, type, at };
  });
  if (next > CALL_BYTES) throw new RangeError(`a call takes ${next} bytes, there are ${CALL_BYTES}`);
  return layout;
}

/** Functions that work on a list; `kernels` may be called. */
export function taskFunctions(kernels: readonly WasmFunction[]) {
  const work = wasmFunction('work', { list: 'i32', lane: 'i32' }, (f, { list, lane }) => {
    const [task, call, own, head, marks] = f.locals('i32', 'i32', 'i32', 'i32', 'i32');
    f.while(i32.gtS(atomic.load(list), 0), () => {
      f.set(task, atomic.add(list, -1));
      f.when(i32.gtS(task, 0), () => {
        f.set(own, i32.mul(lane, i32.load(list, LIST.stride)));
        f.set(call, i32.load(i32.add(list, i32.mul(task, 4)), LIST.tasks - 4));
        f.set(head, MORE);
        f.while(i32.and(head, MORE), () => {
          f.set(head, i32.load(call));
          f.set(marks, i32.load(call, 4));
          kernels.forEach((kernel, index) => {
            f.when(i32.eq(i32.and(head, MORE - 1), index), () => {
              const given = layoutOf(kernel.params).map(({ name, type, at }, bit) => {
                if (type === 'f32') return [name, f32.load(call, at)];
                if (type === 'f64') return [name, f64.load(call, at)];
                const offset = i32.mul(own, i32.and(i32.shrU(marks, bit), 1));
                return [name, i32.add(i32.load(call, at), offset)];
              });
              f.call(kernel, Object.fromEntries(given) as Record<string, Expr<ValueType>>);
            });
          });
          f.advance(call, CALL_BYTES);
        });
        f.drop(atomic.add(i32.add(list, LIST.done), 1));
        f.when(atomic.load(i32.add(list, LIST.awaited)), () => f.drop(atomic.notify(i32.add(list, LIST.done), 1)));
      });
    });
  });
  /** What a thread does until the end: works, looks for work for a while, sleeps. */
  const serve = wasmFunction('serve', { list: 'i32', lane: 'i32' }, (f, { list, lane }) => {
    const [bell, looks] = f.locals('i32', 'i32');
    const at = (field: number) => i32.add(list, field);
    f.while(i32.isZero(atomic.load(at(LIST.end))), () => {
      // Before looking: work that comes after the last look has rung the bell since.
      f.set(bell, atomic.load(at(LIST.bell)));
      f.set(looks, LOOKS);
      f.while(looks, () => {
        f.set(looks, i32.sub(looks, 1));
        f.when(i32.gtS(atomic.load(list), 0), () => {
          f.when(i32.ltU(lane, i32.load(list, LIST.lanes)), () => {
            f.call(work, { list, lane });
            f.set(looks, LOOKS);
          });
        });
      });
      f.drop(atomic.add(at(LIST.sleepers), 1));
      f.drop(atomic.wait(at(LIST.bell), bell));
      f.drop(atomic.add(at(LIST.sleepers), -1));
    });
  });
  /** 1 when so many tasks are done, 0 when they were not after so many looks. */
  const finish = wasmFunction('finish', { list: 'i32', count: 'i32', looks: 'i32' }, (f, { list, count, looks }) => {
    const done = atomic.load(i32.add(list, LIST.done));
    f.while(i32.and(i32.ltU(done, count), i32.ltU(0, looks)), () => f.set(looks, i32.sub(looks, 1)));
    f.result(i32.geU(done, count));
  });
  return [work, serve, finish];
}

/** Writes tasks into a list. */
export interface TaskWriter {
  /** Begins an empty list. */
  begin(): void;
  /** One more task, which the calls until the next one are of. */
  task(): void;
  call(kernel: number, given: Readonly<Record<string, number>>): void;
  /** Tasks so far. */
  count(): number;
  /** Whether another task of so many calls may not fit. */
  isFull(calls: number): boolean;
}

export function taskWriter(memory: WebAssembly.Memory, list: number, kernels: readonly WasmFunction[]): TaskWriter {
  const view = new DataView(memory.buffer, list, LIST_BYTES);
  const layouts = kernels.map(({ params }) => layoutOf(params));
  let tasks = 0;
  let calls = 0;
  let isFirst = true;
  return {
    begin() {
      tasks = 0;
      calls = 0;
    },
    task() {
      view.setInt32(LIST.tasks + 4 * tasks, list + CALLS + CALL_BYTES * calls, true);
      tasks++;
      isFirst = true;
    },
    call(kernel, given) {
      const at = CALLS + CALL_BYTES * calls;
      if (calls === MOST_CALLS) throw new RangeError('a task has too many calls');
      if (!isFirst) view.setInt32(at - CALL_BYTES, view.getInt32(at - CALL_BYTES, true) | MORE, true);
      let marks = 0;
      layouts[kernel]?.forEach(({ name, type, at: offset }, bit) => {
        const value = given[name] as number;
        if (type === 'f32') view.setFloat32(at + offset, value, true);
        else if (type === 'f64') view.setFloat64(at + offset, value, true);
        else {
          if (value >= OWN) marks |= 1 << bit;
          view.setInt32(at + offset, value, true);
        }
      });
      view.setInt32(at, kernel, true);
      view.setInt32(at + 4, marks, true);
      calls++;
      isFirst = false;
    },
    count: () => tasks,
    isFull: (most) => tasks === MOST_TASKS || calls + most > MOST_CALLS,
  };
}
