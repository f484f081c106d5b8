import { expect, test } from 'vitest';
import { engineQuery } from './query.ts';

test('nothing asked: the page chooses', () => {
  expect(engineQuery('')).toEqual({ engine: 'auto', product: 'auto', sentence: '' });
});

test('engine and product kernel', () => {
  expect(engineQuery('?engine=webgpu&product=tile')).toEqual({ engine: 'webgpu', product: 'tile', sentence: '' });
});

test('what is not known is said', () => {
  expect(engineQuery('?product=fast&engine=tpu')).toEqual({
    engine: 'auto',
    product: 'auto',
    sentence:
      'The address asks for “engine=tpu”, which is not known (webgpu, wasm, cpu), so the page chooses. ' +
      'The address asks for “product=fast”, which is not known (register, quad, tile), so the page chooses.',
  });
});
