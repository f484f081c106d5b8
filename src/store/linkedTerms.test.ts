import { describe, expect, test } from 'vitest';
import { termsFrom, termsText } from './linkedTerms.ts';
import type { OpenedFile, Preparation } from './state.ts';

const USUAL: Preparation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  fit: 'crop',
  labels: null,
  labelsFrom: '',
  patchPixels: 'plain',
};
const opened = (change: Partial<OpenedFile>): OpenedFile =>
  ({ name: 'a.pth', sha256: 'a', findings: {}, given: {}, preparation: USUAL, ...change }) as unknown as OpenedFile;

describe('the terms of a checkpoint in a link', () => {
  test('nobody’s doing is no text', () => {
    expect(termsText(opened({}), USUAL)).toBe('');
    expect(termsFrom('')).toEqual({ given: {}, preparation: {}, labelsFrom: '' });
  });

  test('everything given comes back', () => {
    const given = { heads: 3, decoderHeads: 6, eta: 0.2, lambda: 0, pool: 'mean' } as const;
    const preparation = {
      ...USUAL,
      mean: [0, 0.25, 0.5] as const,
      std: [1, 1, 2] as const,
      fit: 'squash' as const,
      patchPixels: 'patch' as const,
      labels: ['a', 'b'],
      labelsFrom: 'my;names.txt',
    };
    const text = termsText(opened({ given, preparation }), USUAL);
    expect(text).toBe(
      'heads:3;decoder:6;eta:0.2;lambda:0;pool:mean;mean:0,0.25,0.5;std:1,1,2;fit:squash;pixels:patch;names:my_names.txt',
    );
    const { given: back, preparation: prepared, labelsFrom } = termsFrom(text);
    expect(back).toEqual(given);
    expect(prepared).toEqual({ mean: [0, 0.25, 0.5], std: [1, 1, 2], fit: 'squash', patchPixels: 'patch' });
    expect(labelsFrom).toBe('my_names.txt');
  });

  test('names that were put away stay away', () => {
    const text = termsText(opened({}), { ...USUAL, labels: ['tench'], labelsFrom: 'ImageNet-1k' });
    expect(text).toBe('unnamed:1');
    expect(termsFrom(text).preparation).toEqual({ labels: null });
  });

  test('what means nothing is left out', () => {
    expect(termsFrom('heads:-3;eta:x;pool:max;mean:1,2;std:0,0,0;fit:;heads;:;lambda:-1')).toEqual({
      given: {},
      preparation: {},
      labelsFrom: '',
    });
  });
});
