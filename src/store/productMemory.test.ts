import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rememberedProducts, rememberProduct } from './productMemory.ts';

const SPEEDS = { register: 1, quad: 3, tile: 2 };
let items: Map<string, string>;
beforeEach(() => {
  items = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('speeds of product kernels between visits', () => {
  test('come back as they were', () => {
    expect(rememberedProducts()).toEqual({});
    rememberProduct('apple m2 11111111', SPEEDS);
    rememberProduct('nvidia ada 11111111', { register: 3, tile: 4 });
    expect(rememberedProducts()).toEqual({
      'apple m2 11111111': SPEEDS,
      'nvidia ada 11111111': { register: 3, tile: 4 },
    });
  });

  test('figures for other kernels go, and the oldest of many adapters', () => {
    rememberProduct('apple m2 11111111', SPEEDS);
    rememberProduct('apple m2 22222222', SPEEDS);
    expect(Object.keys(rememberedProducts())).toEqual(['apple m2 22222222']);
    for (let i = 0; i < 8; i++) rememberProduct(`adapter ${i} 22222222`, SPEEDS);
    expect(Object.keys(rememberedProducts())).toHaveLength(8);
    expect(rememberedProducts()).not.toHaveProperty('apple m2 22222222');
  });

  test.each([
    'nonsense',
    'null',
    '[1]',
    '{"a b":{"register":0,"tile":1}}',
    '{"a b":5}',
    '{"a b":{}}',
    '{"a b":{"quad":"7"}}',
  ])('%s means nothing', (text) => {
    items.set('crate-explorer.products', text);
    expect(rememberedProducts()).toEqual({});
  });

  test('storage that is off does no harm', () => {
    vi.stubGlobal('localStorage', {
      getItem: () => {
        throw new DOMException('denied', 'SecurityError');
      },
      setItem: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    rememberProduct('a b', SPEEDS);
    expect(rememberedProducts()).toEqual({});
  });
});
