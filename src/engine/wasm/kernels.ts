// The module of all kernels, and its functions called with named parameters. Addresses are bytes in the module's memory, sizes and strides
// are entries.

import {
  f32x4,
  type MultiplyAdd,
  multiplyAdd,
  v128,
  type WasmFunction,
  wasmFunction,
  wasmModule,
} from './assembler.ts';
import { rateKernels } from './codingRates.ts';
import { layerNorm } from './layerNorm.ts';
import { copy, pack } from './pack.ts';
import { product } from './product.ts';
import { softmaxRows } from './softmax.ts';
import { sparsity } from './sparsity.ts';
import { type TaskWriter, taskFunctions, taskWriter } from './tasks.ts';

const declarations = (madd: MultiplyAdd) => ({
  product: product(madd),
  pack,
  copy,
  layerNorm,
  softmaxRows: softmaxRows(madd),
  sparsity,
  ...rateKernels(madd),
});

type Declarations = ReturnType<typeof declarations>;
type Arguments<F> = F extends WasmFunction<infer P> ? { readonly [N in keyof P]: number } : never;

/** Each kernel by its name in `declarations`. */
export type Kernels = { readonly [N in keyof Declarations]: (given: Arguments<Declarations[N]>) => void };
type Call = (given: Readonly<Record<string, number>>) => void;

const validates = (functions: readonly WasmFunction[]): boolean =>
  typeof WebAssembly === 'object' && WebAssembly.validate(wasmModule(functions));

/** Whether WebAssembly is there with 128-bit SIMD: Chrome 91, Firefox 89, Safari 16.4 and later. */
export const wasmSimdSupported = (): boolean =>
  validates([wasmFunction('probe', { at: 'i32' }, (f, { at }) => f.store(at, f32x4.nearest(v128.load(at))))]);

/** Whether a product and a sum may be one instruction: relaxed SIMD, Chrome 114 and later. */
export const relaxedSimdSupported = (): boolean =>
  validates([
    wasmFunction('probe', { at: 'i32' }, (f, { at }) => {
      f.store(at, multiplyAdd(true).f32x4(v128.load(at), v128.load(at), v128.load(at)));
    }),
  ]);

/** Whether a memory can be shared by threads: everywhere that has SIMD, in a page that is cross-origin isolated. */
export function sharedMemorySupported(): boolean {
  return typeof SharedArrayBuffer === 'function' && WebAssembly.validate(wasmModule(taskFunctions([]), true));
}

export interface KernelModule {
  /** What another thread instantiates. */
  readonly module: WebAssembly.Module;
  /** The kernels on a memory. */
  on(memory: WebAssembly.Memory): Promise<Kernels>;
}

/** Tasks of kernels in a memory that threads share; `list` is where they lie (tasks.ts). */
export interface SharedKernels {
  readonly kernels: Kernels;
  /** Each call becomes part of the task that `writer` is at. */
  readonly recording: Kernels;
  readonly writer: TaskWriter;
  /** Takes tasks until none is left. */
  work(): void;
  /** Whether so many tasks are done, after so many looks at most. */
  finish(count: number, looks: number): boolean;
}

export interface SharedKernelModule {
  readonly module: WebAssembly.Module;
  on(memory: WebAssembly.Memory, list: number): Promise<SharedKernels>;
}

type Exported = (...values: (number | undefined)[]) => number | undefined;

const kernelsBy = (of: Declarations, make: (fn: WasmFunction, index: number) => Call): Kernels =>
  Object.fromEntries(
    Object.entries<WasmFunction>(of).map(([key, fn], index) => [key, make(fn, index)]),
  ) as unknown as Kernels;

function callsOf(of: Declarations, { exports }: WebAssembly.Instance): Kernels {
  return kernelsBy(of, ({ name, params }) => {
    const call = exports[name] as Exported;
    const names = Object.keys(params);
    return (given) => {
      call(...names.map((param) => given[param]));
    };
  });
}

/** Compiles the kernels: a few KB, some milliseconds. */
export async function compileKernels(relaxed: boolean = relaxedSimdSupported()): Promise<KernelModule> {
  const kernels = declarations(multiplyAdd(relaxed));
  const module = await WebAssembly.compile(wasmModule(Object.values(kernels)));
  return {
    module,
    on: async (memory) => callsOf(kernels, await WebAssembly.instantiate(module, { env: { memory } })),
  };
}

/** The same kernels for a shared memory, and what threads work by. */
export async function compileSharedKernels(relaxed: boolean = relaxedSimdSupported()): Promise<SharedKernelModule> {
  const kernels = declarations(multiplyAdd(relaxed));
  const functions: WasmFunction[] = Object.values(kernels);
  const module = await WebAssembly.compile(wasmModule([...functions, ...taskFunctions(functions)], true));
  return {
    module,
    async on(memory, list) {
      const instance = await WebAssembly.instantiate(module, { env: { memory } });
      const [work, finish] = ['work', 'finish'].map((name) => instance.exports[name]) as [Exported, Exported];
      const writer = taskWriter(memory, list, functions);
      return {
        kernels: callsOf(kernels, instance),
        recording: kernelsBy(kernels, (_, index) => (given) => writer.call(index, given)),
        writer,
        work: () => {
          work(list, 0);
        },
        finish: (count, looks) => finish(list, count, looks) === 1,
      };
    },
  };
}
