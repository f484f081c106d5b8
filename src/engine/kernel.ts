// Binds a WGSL kernel to TypeScript: a declaration names what the shader declares, `compileKernel` makes the pipeline, and
// `dispatch` prepares a run whose bind group and uniform data are made once and used for every picture.

import { EngineError } from './engine.ts';
import { shaderSource } from './shaderSource.ts';

export type ScalarType = 'u32' | 'f32';

export interface KernelDeclaration<
  Params extends Readonly<Record<string, ScalarType>> = Readonly<Record<string, ScalarType>>,
  Read extends string = string,
  Write extends string = string,
  Constant extends string = string,
> {
  /** File stem in shaders/, label of the pipeline, row of a timing table. */
  readonly name: string;
  /** Fields of the shader's `Params`, in its order. */
  readonly params: Params;
  /** Storage buffers read, in binding order after `params`. */
  readonly reads: readonly Read[];
  /** Storage buffers written, in binding order after `reads`. */
  readonly writes: readonly Write[];
  /** `override` constants with the shader's defaults. */
  readonly constants: Readonly<Record<Constant, number>>;
  /** The device's feature without which it does not compile. */
  readonly feature?: GPUFeatureName;
  /** File stem in shaders/lib/ of what is appended to the shader's text. */
  readonly lib?: string;
}

/** An identity that keeps literal names, so that a misspelt buffer or parameter is a compile error. */
export const defineKernel = <
  const Params extends Readonly<Record<string, ScalarType>>,
  const Read extends string,
  const Write extends string,
  const Constant extends string,
>(
  declaration: KernelDeclaration<Params, Read, Write, Constant>,
): KernelDeclaration<Params, Read, Write, Constant> => declaration;

export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);

/** One prepared run of a kernel. */
export interface Dispatch {
  readonly name: string;
  readonly groups: readonly [number, number, number];
  encode(pass: GPUComputePassEncoder): void;
  /** Overwrites one parameter for the runs to come. */
  setParam(name: string, value: number): void;
  /** Gives its uniform buffer back; it may not be encoded again. */
  destroy(): void;
}

/** What a run does: floating-point operations, and bytes that it must read and write at least once. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

export interface Kernel<Params extends string = string, Buffers extends string = string> {
  readonly name: string;
  dispatch(
    params: Readonly<Record<Params, number>>,
    buffers: Readonly<Record<Buffers, GPUBuffer>>,
    groups: readonly [number, number, number],
  ): Dispatch;
}

/** Compiles without blocking. @throws EngineError 'shader-invalid' with file:line:col and the compiler's message */
export async function compileKernel<
  P extends Readonly<Record<string, ScalarType>>,
  R extends string,
  W extends string,
  C extends string,
>(
  device: GPUDevice,
  declaration: KernelDeclaration<P, R, W, C>,
  constants: Partial<Record<NoInfer<C>, number>> = {},
  source: string = shaderSource(declaration.name, declaration.lib),
): Promise<Kernel<keyof P & string, R | W>> {
  const { name, params, reads, writes } = declaration;
  const layout = device.createBindGroupLayout({
    label: name,
    entries: [
      { binding: 0, visibility: GPU_STAGE_COMPUTE, buffer: { type: 'uniform' } },
      ...reads.map((_, i) => entry(1 + i, 'read-only-storage')),
      ...writes.map((_, i) => entry(1 + reads.length + i, 'storage')),
    ],
  });
  const module = device.createShaderModule({ label: name, code: source });
  const pipeline = await device
    .createComputePipelineAsync({
      label: name,
      layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main', constants: { ...declaration.constants, ...constants } },
    })
    .catch(async (cause: unknown) => {
      throw await shaderError(name, module, cause);
    });
  const fields = Object.entries(params);

  return {
    name,
    dispatch(values, buffers, groups) {
      const data = new DataView(new ArrayBuffer(Math.max(16, fields.length * 4)));
      fields.forEach(([field, type], i) => {
        const value = values[field as keyof P & string];
        if (value === undefined) throw new EngineError('param-missing', `${name}: missing parameter: ${field}`);
        write(data, i, type, value);
      });
      const uniform = device.createBuffer({
        label: `${name} params`,
        size: data.byteLength,
        usage: USAGE_UNIFORM | USAGE_COPY_DST,
      });
      device.queue.writeBuffer(uniform, 0, data.buffer);
      const bindGroup = device.createBindGroup({
        label: name,
        layout,
        entries: [
          { binding: 0, resource: { buffer: uniform } },
          ...[...reads, ...writes].map((symbol, i) => {
            const buffer = buffers[symbol];
            if (!buffer) throw new EngineError('binding-missing', `${name}: missing buffer: ${symbol}`);
            return { binding: 1 + i, resource: { buffer } };
          }),
        ],
      });
      return {
        name,
        groups,
        encode(pass) {
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, bindGroup);
          pass.dispatchWorkgroups(...groups);
        },
        setParam(field, value) {
          const i = fields.findIndex(([known]) => known === field);
          const type = fields[i]?.[1];
          if (!type) throw new EngineError('param-missing', `${name}: unknown parameter: ${field}`);
          const word = new DataView(new ArrayBuffer(4));
          write(word, 0, type, value);
          device.queue.writeBuffer(uniform, i * 4, word.buffer);
        },
        destroy: () => uniform.destroy(),
      };
    },
  };
}

// The numbers behind GPUShaderStage and GPUBufferUsage: Node's Dawn has no such globals.
const GPU_STAGE_COMPUTE = 4;
export const USAGE_MAP_READ = 0x0001;
export const USAGE_COPY_SRC = 0x0004;
export const USAGE_COPY_DST = 0x0008;
export const USAGE_UNIFORM = 0x0040;
export const USAGE_STORAGE = 0x0080;

const entry = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({
  binding,
  visibility: GPU_STAGE_COMPUTE,
  buffer: { type },
});

function write(data: DataView, index: number, type: ScalarType, value: number): void {
  if (type === 'u32') data.setUint32(index * 4, value, true);
  else data.setFloat32(index * 4, value, true);
}

async function shaderError(name: string, module: GPUShaderModule, cause: unknown): Promise<EngineError> {
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((message) => message.type === 'error');
  const lines = errors.map((message) => `  ${name}.wgsl:${message.lineNum}:${message.linePos} ${message.message}`);
  const detail = lines.length > 0 ? lines.join('\n') : `  ${cause instanceof Error ? cause.message : String(cause)}`;
  return new EngineError('shader-invalid', `${name}: WGSL does not compile\n${detail}`, { cause });
}
