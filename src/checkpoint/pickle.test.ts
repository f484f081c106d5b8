import { expect, test } from 'vitest';
import { PickleGlobal, PickleObject, unpickle } from './pickle.ts';
import { bytesOf, little, type Part, py } from './testFiles.ts';
import { TORCH_RULES } from './torchObjects.ts';

const load = (...parts: readonly Part[]): unknown => unpickle(bytesOf(...parts, '.'), TORCH_RULES).value;

test.each([
  ['BININT', bytesOf('J', [0xfe, 0xff, 0xff, 0xff]), -2],
  ['BININT1', bytesOf('K', [200]), 200],
  ['BININT2', bytesOf('M', [1, 2]), 513],
  ['INT', bytesOf('I-5\n'), -5],
  ['INT as bool', bytesOf('I01\n'), true],
  ['LONG', bytesOf('L123456789012345678901L\n'), 123456789012345678901n],
  ['LONG1 of nothing', bytesOf([0x8a, 0]), 0],
  ['LONG1, negative', bytesOf([0x8a, 2, 0x00, 0xff]), -256],
  ['LONG1, large', bytesOf([0x8a, 9], new Uint8Array(8), [1]), 2n ** 64n],
  ['LONG4', bytesOf([0x8b], little(1, 4), [7]), 7],
  ['FLOAT', bytesOf('F-1.5e3\n'), -1500],
  ['FLOAT inf', bytesOf('F-inf\n'), Number.NEGATIVE_INFINITY],
  ['BINFLOAT', bytesOf('G', [0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18]), Math.PI],
  ['STRING', bytesOf("S'abc'\n"), 'abc'],
  ['UNICODE', bytesOf('Vabc\n'), 'abc'],
  ['SHORT_BINSTRING', bytesOf('U', [2, 0xe9, 0x41]), 'éA'],
  ['SHORT_BINUNICODE', bytesOf([0x8c, 2, 0xc3, 0xa9]), 'é'],
  ['BINUNICODE8', bytesOf([0x8d], little(1, 8), 'x'), 'x'],
  ['BINBYTES', bytesOf('B', little(2, 4), [1, 2]), Uint8Array.of(1, 2)],
  ['NONE', bytesOf('N'), null],
  ['NEWTRUE', bytesOf([0x88]), true],
  ['TUPLE3', bytesOf('K', [1], 'K', [2], 'K', [3], [0x87]), [1, 2, 3]],
  ['LIST by APPEND', bytesOf('(lI1\naI2\na'), [1, 2]],
  ['APPENDS', bytesOf('](K', [1], 'K', [2], 'e'), [1, 2]],
  ['DICT', bytesOf('(Va\nK', [1], 'd'), new Map([['a', 1]])],
  ['SETITEM', bytesOf('}Va\nK', [1], 's'), new Map([['a', 1]])],
  ['EMPTY_SET, ADDITEMS', bytesOf([0x8f], '(K', [4], [0x90]), [4]],
  ['memo', bytesOf(']q', [0], '0h', [0]), []],
  ['MEMOIZE, LONG_BINGET', bytesOf('K', [9], [0x94], '0j', little(0, 4)), 9],
  ['PUT, GET', bytesOf('K', [9], 'p5\n0g5\n'), 9],
  ['POP_MARK', bytesOf('K', [1], '(K', [2], 'K', [3], '1'), 1],
  ['DUP', bytesOf('K', [1], '2', [0x86]), [1, 1]],
  ['frame', bytesOf([0x80, 4, 0x95], little(1, 8), 'N'), null],
])('%s', (_, pickle, value) => {
  expect(load(pickle)).toEqual(value);
});

test('names are names: a class, an object, attributes, items', () => {
  expect(load('cmy.module\nThing\n')).toEqual(new PickleGlobal('my.module.Thing'));
  const object = load('cmy\nThing\nK', [1], [0x85, 0x81], '}Vx\nK', [2], 'sb(Vk\nK', [3], 'u') as PickleObject;
  expect(object).toBeInstanceOf(PickleObject);
  expect(object).toMatchObject({ name: 'my.Thing', args: [1], state: new Map([['x', 2]]) });
  expect(object.entries).toEqual(new Map([['k', 3]]));
  const list = load('cmy\nList\n)R(K', [5], 'e') as PickleObject;
  expect(list.items).toEqual([5]);
});

test('OrderedDict of nothing, of pairs, with attributes set', () => {
  expect(load('ccollections\nOrderedDict\n)R}b')).toEqual(new Map());
  expect(load(py.call('collections', 'OrderedDict', py.list(py.list(py.text('a'), py.int(1)))))).toEqual(
    new Map([['a', 1]]),
  );
});

test('what calls a result is as inert as the result', () => {
  const value = load(py.call('builtins', 'getattr', py.none), ')R') as PickleObject;
  expect(value.name).toBe('builtins.getattr(…)');
});

test('where a pickle ends is told', () => {
  expect(unpickle(bytesOf('N.rest'), TORCH_RULES)).toEqual({ value: null, end: 2 });
  expect(unpickle(bytesOf('xxN.'), TORCH_RULES, 2)).toEqual({ value: null, end: 4 });
});
