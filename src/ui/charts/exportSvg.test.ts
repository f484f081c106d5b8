import { expect, test } from 'vitest';
import { paint, textParts } from './exportSvg.ts';
import { unicodeRanges } from './fontFaces.ts';

test('computed colours become hex and opacity', () => {
  expect(paint('rgb(44, 85, 197)')).toEqual({ color: '#2c55c5', opacity: 1 });
  expect(paint('rgba(21, 25, 28, 0.11)')).toEqual({ color: '#15191c', opacity: 0.11 });
  expect(paint('rgb(21 25 28 / 0.5)')).toEqual({ color: '#15191c', opacity: 0.5 });
  expect(paint('none')).toBeNull();
});

test('titles split into upright, raised and lowered parts', () => {
  expect(textParts('R^{c}(Z | U_{[6]})')).toEqual([
    { text: 'R', shift: 'none' },
    { text: 'c', shift: 'up' },
    { text: '(Z | U', shift: 'none' },
    { text: '[6]', shift: 'down' },
    { text: ')', shift: 'none' },
  ]);
  expect(textParts('plain')).toEqual([{ text: 'plain', shift: 'none' }]);
});

test('unicode ranges', () => {
  expect(unicodeRanges('U+0370-03FF, U+2212, U+4??')).toEqual([
    [0x370, 0x3ff],
    [0x2212, 0x2212],
    [0x400, 0x4ff],
  ]);
  expect(unicodeRanges('')).toEqual([]);
});
