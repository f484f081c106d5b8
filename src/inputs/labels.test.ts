import { describe, expect, test } from 'vitest';
import { LabelsError, looksLikeLabels, parseLabels } from './labels.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const NAMES = ['tench', 'goldfish', 'great white shark'];

describe('class names', () => {
  test.each([
    ['lines', 'tench\ngoldfish\ngreat white shark\n'],
    ['lines of Windows', 'tench\r\ngoldfish\r\ngreat white shark'],
    ['a JSON list', '["tench", "goldfish", "great_white_shark"]'],
    ['names by number', '{"0": "tench", "2": "great white shark", "1": "goldfish"}'],
    ['numbers by name', '{"goldfish": 1, "great_white_shark": 2, "tench": 0}'],
    ['wnid and name', '{"0": ["n01440764", "tench"], "1": ["n1", "goldfish"], "2": ["n2", "great_white_shark"]}'],
  ])('from %s', (_, text) => {
    expect(parseLabels(bytes(text), 'labels.txt', 3)).toEqual(NAMES);
  });

  test.each([
    ['too few', 'tench\ngoldfish', /^labels\.txt names 2 classes, the model has 3\. Choose the list/],
    ['nothing', '', /^labels\.txt names 0 classes/],
    ['broken JSON', '["tench",', /^labels\.txt is no JSON\. Give one name a line/],
    ['no names', '[1, 2, 3]', /has no name for class 0/],
    ['numbers with a gap', '{"0": "a", "1": "b", "5": "c"}', /does not number its classes 0 to 2/],
    ['one number twice', '{"0": "a", "00": "b", "1": "c"}', /does not number its classes/],
  ])('%s: a sentence', (_, text, sentence) => {
    expect(() => parseLabels(bytes(text), 'labels.txt', 3)).toThrow(sentence);
    expect(() => parseLabels(bytes(text), 'labels.txt', 3)).toThrow(LabelsError);
  });

  test('bytes that are no text', () => {
    expect(() => parseLabels(Uint8Array.of(0x80, 2, 0, 0), 'x.txt', 3)).toThrow(/^x\.txt is no text/);
  });

  test('a file is a list of names by its name and its being text', () => {
    expect(looksLikeLabels(bytes('tench'), 'labels.txt')).toBe(true);
    expect(looksLikeLabels(bytes('tench'), 'model.pth')).toBe(false);
    expect(looksLikeLabels(Uint8Array.of(0xff, 0xd8, 0xff, 0), 'labels.txt')).toBe(false);
    expect(looksLikeLabels(bytes('{"weight_map": {}}'), 'model.safetensors.index.json')).toBe(false);
  });
});
