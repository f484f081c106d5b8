import { describe, expect, test } from 'vitest';
import { filesFrom, type Transfer } from './clipboard.ts';

const file = (name: string, type = '') => new File(['x'], name, { type });
type Item = Transfer['items'][number];
const itemOf = (each: File | null, folder?: string): Item => ({
  kind: 'file',
  type: each?.type ?? '',
  getAsFile: () => each,
  webkitGetAsEntry: () => ({ isDirectory: folder !== undefined, name: folder ?? each?.name }) as FileSystemEntry,
});
const transfer = ({
  files = [],
  items,
  data = {},
}: {
  files?: File[];
  items?: Item[];
  data?: Record<string, string>;
}): Transfer => ({
  files,
  items: items ?? files.map((each) => itemOf(each)),
  getData: (format) => data[format] ?? '',
});

describe('files', () => {
  test('a dropped picture, a pasted screenshot', () => {
    expect(filesFrom(transfer({ files: [file('cat.png', 'image/png')] }), 'drop')).toMatchObject({
      kind: 'file',
      name: 'cat.png',
      notice: null,
    });
    expect(filesFrom(transfer({ files: [file('image.png', 'image/png')] }), 'paste')).toMatchObject({
      kind: 'file',
      name: 'Pasted picture',
    });
    expect(filesFrom(transfer({ files: [file('image.png', 'image/png')] }), 'drop')).toMatchObject({
      kind: 'file',
      name: 'image.png',
    });
  });

  test('files that only `items` knows', () => {
    const cat = file('cat.png', 'image/png');
    expect(filesFrom(transfer({ items: [itemOf(null), itemOf(cat)] }), 'paste')).toMatchObject({
      kind: 'file',
      file: cat,
    });
  });

  test('weights come through; of several files the first picture, and a notice', () => {
    expect(filesFrom(transfer({ files: [file('crate.pth')] }), 'drop')).toMatchObject({
      kind: 'file',
      name: 'crate.pth',
    });
    const several = [file('notes.txt', 'text/plain'), file('cat.png', 'image/png'), file('dog.png', 'image/png')];
    expect(filesFrom(transfer({ files: several }), 'drop')).toMatchObject({
      name: 'cat.png',
      notice: '3 files came at once: cat.png is opened.',
    });
  });

  test('a picture copied in a page comes with markup: the file counts', () => {
    const data = { 'text/html': '<img src="https://example.org/cat.png">' };
    expect(filesFrom(transfer({ files: [file('image.png', 'image/png')], data }), 'paste').kind).toBe('file');
  });
});

describe('not files', () => {
  test('a folder is named', () => {
    const result = filesFrom(transfer({ files: [file('photos')], items: [itemOf(file('photos'), 'photos')] }), 'drop');
    expect(result).toMatchObject({
      kind: 'refused',
      error: { code: 'folder', sentence: 'photos is a folder. Open one picture from it.' },
    });
  });

  test.each([
    ['markup', { 'text/html': '<p><img alt="x" src="https://example.org/a/cat.png?b"></p>' }],
    ['an address', { 'text/uri-list': '# from a page\r\nhttps://example.org/cat.png' }],
  ])('a picture dragged from another page as %s is not fetched', (_, data) => {
    const result = filesFrom(transfer({ data }), 'drop');
    if (result.kind !== 'refused') throw new Error(result.kind);
    expect(result.error.code).toBe('link-not-fetched');
    expect(result.error.sentence).toBe(
      'That is a link to example.org, not a file, and this page fetches nothing from other sites. Save the picture, then open the file.',
    );
  });

  test('text is left to the browser, with a picture in its markup too', () => {
    expect(filesFrom(transfer({ data: { 'text/plain': 'hello' } }), 'paste')).toEqual({ kind: 'nothing' });
    const rich = { 'text/plain': 'hello', 'text/html': '<p>hello <img src="https://example.org/a.png"></p>' };
    expect(filesFrom(transfer({ data: rich }), 'paste')).toEqual({ kind: 'nothing' });
    expect(filesFrom(null, 'paste')).toEqual({ kind: 'nothing' });
  });
});
