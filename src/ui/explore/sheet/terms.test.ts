import { expect, test } from 'vitest';
import type { FoundConstant } from '../../../model/findings.ts';
import type { OpenedFile } from '../../../store/state.ts';
import { headsError, NO_CHANGES, OWN_NUMBERS, presetOf, readDraft } from './terms.ts';

const found = (key: FoundConstant['key'], value: FoundConstant['value'], origin: FoundConstant['origin']) => ({
  key,
  value,
  origin,
  note: 'why',
  options: [],
});

const opened: OpenedFile = {
  name: 'crate.pth',
  sha256: 'ab',
  given: {},
  preparation: {
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    fit: 'crop',
    labels: ['cat', 'dog'],
    labelsFrom: 'pets.txt',
    patchPixels: 'plain',
  },
  findings: {
    container: 'safetensors',
    bytes: 1,
    wrapper: [],
    prefix: '',
    dtypes: [],
    kind: 'crate',
    architecture: 'CRATE',
    released: null,
    sizes: {
      imageSize: 32,
      patchSize: 4,
      classes: 2,
      d: 48,
      L: 3,
      inner: 48,
      atoms: 48,
      headWidth: null,
      decoder: null,
    },
    parameters: 1,
    unused: [],
    metadata: {},
    constants: [found('heads', null, 'unknown'), found('eta', 0.1, 'code'), found('pool', 'cls', 'code')],
  },
};

test('what nothing fills is missing, and there are no terms without it', () => {
  const reading = readDraft(opened, NO_CHANGES);
  expect(reading.missing).toEqual(['heads']);
  expect(reading.terms).toBeNull();
  expect(reading.errors).toEqual({});
});

test('an answer makes the terms whole; what is left as found is not given', () => {
  const { terms, changed } = readDraft(opened, { constants: { heads: '3', eta: '0.10' } });
  expect(terms).toEqual({ given: { heads: 3 }, preparation: opened.preparation });
  expect([...changed]).toEqual(['heads']);
});

test('what was given before stays given, and giving it back is no change', () => {
  const constants = [found('heads', 3, 'given'), found('eta', 0.2, 'given'), found('pool', 'cls', 'code')];
  const again: OpenedFile = {
    ...opened,
    given: { heads: 3, eta: 0.2 },
    findings: { ...opened.findings, constants },
  };
  const { terms, changed } = readDraft(again, { constants: { heads: '3', eta: '0,2', pool: 'mean' } });
  expect(terms?.given).toEqual({ heads: 3, eta: 0.2, pool: 'mean' });
  expect([...changed]).toEqual(['pool']);
});

test.each([
  ['3', 48, null],
  ['48', 48, null],
  ['7', 48, '7 does not divide the projection’s 48 rows; 6 and 8 do.'],
  ['100', 48, '100 does not divide the projection’s 48 rows; 48 does.'],
  ['2.5', 48, 'A whole number from 1 is needed.'],
  ['0', 48, 'A whole number from 1 is needed.'],
  ['many', 48, 'A whole number from 1 is needed.'],
])('%s heads over %i rows', (text, inner, sentence) => expect(headsError(text, inner)).toBe(sentence));

test('numbers that are none are told at their field', () => {
  const { errors, terms } = readDraft(opened, {
    constants: { heads: '5', eta: '0' },
    normalisation: OWN_NUMBERS,
    mean: ['0', '', '0'],
    std: ['1', '0', '1'],
  });
  expect(Object.keys(errors).sort()).toEqual(['eta', 'heads', 'mean', 'std']);
  expect(terms).toBeNull();
});

test('a preset, and the numbers of a preset, are the same choice', () => {
  const { terms, normalisation } = readDraft(opened, { constants: { heads: '3' }, normalisation: 'none' });
  expect(normalisation).toBe('none');
  expect(terms?.preparation).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1] });
  expect(presetOf([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])).toBe('imagenet');
  expect(presetOf([0.1, 0.2, 0.3], [1, 1, 1])).toBe(OWN_NUMBERS);
  const own = readDraft(opened, { ...NO_CHANGES, normalisation: OWN_NUMBERS });
  expect(own.changed.size).toBe(0);
});

test('without names the classes are numbers, from nowhere', () => {
  const { terms, changed } = readDraft(opened, { constants: { heads: '3' }, withoutLabels: true });
  expect(terms?.preparation).toMatchObject({ labels: null, labelsFrom: '' });
  expect(changed.has('labels')).toBe(true);
});
