// Measured speeds of the product kernels between visits, in localStorage: the worker that measures has none. Where storage is off (a private
// window, a setting) every visit measures for itself, which takes milliseconds.

import { PRODUCT_KERNELS, type ProductSpeeds } from '../model/speed.ts';

const KEY = 'crate-explorer.products';

/** Adapters that are remembered, the newest. */
const MOST = 8;

/** The known kernels' figures alone; null where one makes no sense, or there is none. */
function speedsIn(value: unknown): ProductSpeeds | null {
  if (typeof value !== 'object' || value === null) return null;
  const speeds = PRODUCT_KERNELS.flatMap((kernel) => {
    const speed = (value as Readonly<Record<string, unknown>>)[kernel];
    return speed === undefined ? [] : [[kernel, speed] as const];
  });
  const areGood = speeds.length > 0 && speeds.every(([, speed]) => typeof speed === 'number' && speed > 0);
  return areGood ? Object.fromEntries(speeds) : null;
}

/** By adapter and version of the kernels; what makes no sense is left out. */
export function rememberedProducts(): Readonly<Record<string, ProductSpeeds>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([key, value]: [string, unknown]) => {
        const speeds = speedsIn(value);
        return speeds ? [[key, speeds]] : [];
      }),
    );
  } catch {
    // Storage is off, or holds what this page did not write: nothing is remembered.
    return {};
  }
}

/** The newest last; an adapter's figures for other kernels go. */
export function rememberProduct(key: string, speeds: ProductSpeeds): void {
  const adapterOf = (of: string): string => of.slice(0, of.lastIndexOf(' '));
  const others = Object.entries(rememberedProducts()).filter(([other]) => adapterOf(other) !== adapterOf(key));
  const kept = Object.fromEntries([...others.slice(1 - MOST), [key, speeds]]);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage is off or full: the next visit measures again.
  }
}
