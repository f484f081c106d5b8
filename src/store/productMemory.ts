// Measured speeds of the product kernels between visits, in localStorage: the worker that measures has none. Where storage is off (a private
// window, a setting) every visit measures for itself, which takes milliseconds.

import type { ProductSpeeds } from '../model/speed.ts';

const KEY = 'crate-explorer.products';

/** Adapters that are remembered, the newest. */
const MOST = 8;

const isSpeeds = (value: unknown): value is ProductSpeeds => {
  const { register, tile } = (value ?? {}) as Partial<ProductSpeeds>;
  return typeof register === 'number' && typeof tile === 'number' && register > 0 && tile > 0;
};

/** By adapter and version of the kernels; what makes no sense is left out. */
export function rememberedProducts(): Readonly<Record<string, ProductSpeeds>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([key, value]: [string, unknown]) => (isSpeeds(value) ? [[key, value]] : [])),
    );
  } catch {
    // Storage is off, or holds what this page did not write: nothing is remembered.
    return {};
  }
}

/** The newest last; an adapter's figures for other kernels go. */
export function rememberProduct(key: string, { register, tile }: ProductSpeeds): void {
  const adapterOf = (of: string): string => of.slice(0, of.lastIndexOf(' '));
  const others = Object.entries(rememberedProducts()).filter(([other]) => adapterOf(other) !== adapterOf(key));
  const kept = Object.fromEntries([...others.slice(1 - MOST), [key, { register, tile }]]);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage is off or full: the next visit measures again.
  }
}
