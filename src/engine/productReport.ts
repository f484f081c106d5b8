// The product kernel of an engine as the page shows it.

import type { ProductReport } from '../model/speed.ts';
import type { GpuEngine } from './gpuEngine.ts';

/** null before a model is loaded. */
export function productReport({ product, weightsAs, adapter }: GpuEngine): ProductReport | null {
  return product && weightsAs ? { ...product, weightsAs, adapter } : null;
}
