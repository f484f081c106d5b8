// Compiled kernels, kept by device: the next model on the same device takes over what the last one compiled.

import { compileKernel, type Kernel, type KernelDeclaration, type ScalarType } from './kernel.ts';

export type Compiled<D extends { params: object; reads: readonly string[]; writes: readonly string[] }> = Kernel<
  keyof D['params'] & string,
  D['reads'][number] | D['writes'][number]
>;

// A kernel's pipeline depends on its constants alone.
const compiled = new WeakMap<GPUDevice, Map<string, Promise<Kernel>>>();

/** compileKernel, once a device, kernel and set of constants. @throws EngineError 'shader-invalid' */
export function kernelOn<
  P extends Readonly<Record<string, ScalarType>>,
  R extends string,
  W extends string,
  C extends string,
>(
  device: GPUDevice,
  declaration: KernelDeclaration<P, R, W, C>,
  constants: Partial<Record<NoInfer<C>, number>> = {},
): Promise<Kernel<keyof P & string, R | W>> {
  const known = compiled.get(device) ?? new Map<string, Promise<Kernel>>();
  compiled.set(device, known);
  const key = `${declaration.name} ${JSON.stringify(Object.entries({ ...declaration.constants, ...constants }).sort())}`;
  const kernel = known.get(key) ?? compileKernel(device, declaration, constants);
  known.set(key, kernel);
  kernel.catch(() => known.delete(key));
  return kernel;
}
