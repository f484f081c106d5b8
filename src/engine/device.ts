// Gets a WebGPU device, with every limit that large models need asked for by name, and says in a sentence why when there is none.

import { EngineError } from './engine.ts';

/** The limits the engine may need above WebGPU's guaranteed ones; each is asked for as large as the adapter has it. */
const WANTED = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

/** Features that are used where there are: the device's own clock, to time kernels by, and quads (quads.ts). Nothing needs one. */
const WELCOME: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups'];

export interface Gpu {
  readonly device: GPUDevice;
  /** The adapter as its driver names it. */
  readonly adapter: string;
  /** True where the "GPU" is a program on the processor (SwiftShader, WARP). */
  readonly isSoftware: boolean;
}

/** @throws EngineError 'webgpu-missing' */
export async function openGpu(gpu: GPU | undefined): Promise<Gpu> {
  if (!gpu) throw new EngineError('webgpu-missing', 'This browser has no WebGPU.');
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    throw new EngineError('webgpu-missing', 'WebGPU is there, but asking it for an adapter failed.', { cause });
  }
  if (!adapter) throw new EngineError('webgpu-missing', 'WebGPU is there, but no graphics adapter answers.');
  const { limits } = adapter;
  const info = infoOf(adapter);
  const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, limits[name]]));
  try {
    const requiredFeatures = WELCOME.filter((name) => adapter.features.has(name));
    const device = await adapter.requestDevice({ label: 'crate-explorer', requiredFeatures, requiredLimits });
    return { device, adapter: nameOf(info), isSoftware: isSoftware(info) };
  } catch (cause) {
    throw new EngineError('webgpu-missing', 'The graphics adapter gave no device.', { cause });
  }
}

/** What an adapter tells of itself; before Chrome 127 only whether it is a fallback. */
function infoOf(adapter: GPUAdapter): Partial<GPUAdapterInfo> {
  const { info, isFallbackAdapter = false }: Partial<GPUAdapter> & { readonly isFallbackAdapter?: boolean } = adapter;
  return info ?? { isFallbackAdapter };
}

function nameOf(info: Partial<GPUAdapterInfo>): string {
  const parts = [info.vendor, info.architecture].filter(Boolean).join(' ');
  return info.description || info.device || parts || 'unnamed adapter';
}

const isSoftware = (info: Partial<GPUAdapterInfo>): boolean =>
  info.isFallbackAdapter === true ||
  /swiftshader|llvmpipe|basic render|warp/i.test(`${info.description} ${info.architecture} ${info.device}`);
