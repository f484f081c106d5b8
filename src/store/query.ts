// What stands before the `#`: what computes, and by which product kernel. A value that means nothing is said, not passed over.

import { PRODUCT_KERNELS, type ProductKernel } from '../model/speed.ts';
import type { EngineChoice } from '../worker/protocol.ts';

export interface EngineQuery {
  readonly engine: EngineChoice;
  readonly product: ProductKernel | 'auto';
  /** What was asked for that there is not; '' when there is nothing to say. */
  readonly sentence: string;
}

const ENGINES = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
const PRODUCTS = ['auto', ...PRODUCT_KERNELS] as const;

/** `?engine=webgpu`, `wasm` or `cpu`; `?product=register`, `quad` or `tile`. */
export function engineQuery(search: string): EngineQuery {
  const query = new URLSearchParams(search);
  const sentences: string[] = [];
  const oneOf = <T extends string>(name: string, known: readonly T[], otherwise: T): T => {
    const asked = query.get(name);
    const found = known.find((value) => value === asked);
    if (asked !== null && found === undefined) {
      const rest = known.filter((value) => value !== otherwise).join(', ');
      sentences.push(
        `The address asks for “${name}=${asked.slice(0, 40)}”, which is not known (${rest}), so the page chooses.`,
      );
    }
    return found ?? otherwise;
  };
  const engine = oneOf('engine', ENGINES, 'auto');
  const product = oneOf('product', PRODUCTS, 'auto');
  return { engine, product, sentence: sentences.join(' ') };
}
