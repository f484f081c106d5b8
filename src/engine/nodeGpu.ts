// WebGPU in Node: Dawn from npm `webgpu`. The process decides at its start which Vulkan driver it sees (swiftShader.ts).

import { type Gpu, openGpu } from './device.ts';
import { EngineError } from './engine.ts';

// Dawn's instance must stay referenced while any of its objects lives.
const instances: GPU[] = [];

/** @throws EngineError 'webgpu-missing' */
export async function openNodeGpu(): Promise<Gpu> {
  const { create } = await import('webgpu');
  const gpu = create([]);
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
