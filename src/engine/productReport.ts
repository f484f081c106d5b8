// The product kernel of an engine, and its device, as the page shows them.

import type { DeviceFacts, ProductReport } from '../model/speed.ts';
import type { GpuEngine } from './gpuEngine.ts';

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/** null before a model is loaded. */
export function productReport(engine: GpuEngine): ProductReport | null {
  const { product, weightsAs, adapter } = engine;
  if (!product || !weightsAs) return null;
  const { isSoftware, ...choice } = product;
  return { ...choice, weightsAs, adapter, device: factsOf(engine.device, isSoftware) };
}

function factsOf(device: GPUDevice, isSoftware: boolean): DeviceFacts {
  // Older browsers tell of an adapter only where they hand it out.
  const info: Partial<GPUAdapterInfo> = (device.adapterInfo as GPUAdapterInfo | undefined) ?? {};
  return {
    vendor: info.vendor ?? '',
    architecture: info.architecture ?? '',
    description: info.description || info.device || '',
    isSoftware,
    features: [...device.features].sort(),
    limits: Object.fromEntries(LIMITS.map((name) => [name, device.limits[name]])),
  };
}
