// WebGPU in Node: Dawn from npm `webgpu`. The process decides at its start which Vulkan driver it sees (swiftShader.ts).

import { type Gpu, openGpu } from './device.ts';
import { EngineError } from './engine.ts';

// Dawn's instance must stay referenced while any of its objects lives.
const instances: GPU[] = [];

// With this Vulkan extension SwiftShader writes one store a workgroup-memory word into a shader and compiles it for seconds (a busy
// machine took 38 s for a triangle of side 64, 0.6 s without). Dawn's own loop zeroes the memory as well.
const DAWN_OPTIONS = ['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'];

/** @throws EngineError 'webgpu-missing' */
export async function openNodeGpu(): Promise<Gpu> {
  const { create } = await import('webgpu');
  const gpu = create(DAWN_OPTIONS);
  instances.push(gpu);
  try {
    return await openGpu(gpu);
  } catch (cause) {
    throw new EngineError(
      'webgpu-missing',
      'No graphics adapter answers in Node: install a Vulkan driver, or Chromium (it brings SwiftShader), or compute with --cpu.',
      { cause },
    );
  }
}
