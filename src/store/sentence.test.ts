import { expect, test } from 'vitest';
import { sentenceOf } from './sentence.ts';

test.each([
  ['Chrome', 'Failed to fetch dynamically imported module: https://example.org/assets/sniff-1.js'],
  ['Firefox', 'error loading dynamically imported module: https://example.org/assets/sniff-1.js'],
  ['Safari', 'Importing a module script failed.'],
])('a part of the page that did not come, in the words of %s', (_, words) => {
  expect(sentenceOf(new TypeError(words))).toBe(
    'A part of the page did not arrive: there is no network, or the page was renewed after you had opened it. Reload the page.',
  );
});

test('everything else says itself', () => {
  expect(sentenceOf(new Error('The file is empty.'))).toBe('The file is empty.');
  expect(sentenceOf('aborted')).toBe('aborted');
});
