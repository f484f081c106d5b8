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
import { cholesky, identityPlus } from './cholesky.ts';
import { gram, inverseNorms, packColumns, packRows } from './gram.ts';
import { layerNorm } from './layerNorm.ts';
import { pack } from './pack.ts';
import { product } from './product.ts';
import { softmaxRows } from './softmax.ts';

const declarations = (madd: MultiplyAdd) => ({
  product: product(madd),
  pack,
  layerNorm,
  softmaxRows: softmaxRows(madd),
  inverseNorms: inverseNorms(madd),
  packColumns,
  packRows,
  gram: gram(madd),
  identityPlus,
  cholesky: cholesky(madd),
});

type Declarations = ReturnType<typeof declarations>;
type Arguments<F> = F extends WasmFunction<infer P> ? { readonly [N in keyof P]: number } : never;

/** Each kernel by its name in `declarations`; what it returns is 0 where its declaration says nothing. */
export type Kernels = { readonly [N in keyof Declarations]: (given: Arguments<Declarations[N]>) => number };

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

export interface KernelModule {
  /** The kernels on a memory. */
  on(memory: WebAssembly.Memory): Promise<Kernels>;
}

/** Compiles the kernels: a few KB, some milliseconds. */
export async function compileKernels(relaxed: boolean = relaxedSimdSupported()): Promise<KernelModule> {
  const functions = declarations(multiplyAdd(relaxed));
  const module = await WebAssembly.compile(wasmModule(Object.values(functions)));
  return {
    async on(memory) {
      const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
      const kernels: Record<string, (given: Readonly<Record<string, number>>) => number> = {};
      for (const [key, { name, params }] of Object.entries<WasmFunction>(functions)) {
        const call = exports[name] as (...values: (number | undefined)[]) => number | undefined;
        const names = Object.keys(params);
        kernels[key] = (given) => call(...names.map((param) => given[param])) ?? 0;
      }
      return kernels as unknown as Kernels;
    },
  };
}
