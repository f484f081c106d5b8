import { describe, expect, test } from 'vitest';
import { sizedSvg, svgIsComplete, svgRoot, svgSize, textOf } from './svg.ts';

function rootOf(content: string) {
  const root = svgRoot(content);
  if (!root) throw new Error(`no root: ${content}`);
  return root;
}

describe('size', () => {
  test.each([
    ['width="30" height="20"', 30, 20, null],
    ["width='1in' height='0.5in'", 96, 48, null],
    ['width="30mm" height="20mm"', 113, 76, null],
    ['width="30px" height="20" viewBox="0 0 1 1"', 30, 20, null],
    ['width="90" viewBox="0 0 30 20"', 90, 60, null],
    ['height="90" viewBox="0,0,30,20"', 135, 90, null],
    ['viewBox="0 0 30 20"', 640, 427, 'states proportions but no size'],
    ['viewBox="-5 -5 20 30"', 427, 640, 'states proportions but no size'],
    ['width="100%" height="100%" viewBox="0 0 24 24"', 640, 640, 'states proportions but no size'],
    ['style="color:red; width: 200px; height:100px" width="5" height="5"', 200, 100, null],
    ['style="stroke-width:3" width="50" height="60"', 50, 60, null],
    ['', 640, 480, 'states no size'],
    ['viewBox="0 0 0 20"', 640, 480, 'states no size'],
    ['width="200"', 200, 150, 'states no height'],
  ])('<svg %s>', (attributes, width, height, assumed) => {
    expect(svgSize(rootOf(`<svg ${attributes}></svg>`))).toEqual({ width, height, assumed });
  });
});

describe('root', () => {
  const PROLOG = '\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<!-- <svg width="1"> -->\n';
  const DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [ <!ENTITY a "b"> ]>\n';

  test('lies behind declaration, comments and DOCTYPE', () => {
    const root = rootOf(`${PROLOG}${DOCTYPE}<svg a="x > y" width='7'/>`);
    expect([...root.attributes]).toEqual([
      ['a', 'x > y'],
      ['width', '7'],
    ]);
    expect(root.isEmpty).toBe(true);
  });

  test.each(['<svgs/>', '<html><svg></svg></html>', 'svg', '<svg width="3', '<!-- <svg/>'])(
    '%s has none',
    (content) => {
      expect(svgRoot(content)).toBeNull();
    },
  );

  test('whole with its end tag', () => {
    const cut = '<svg><g></g>';
    expect(svgIsComplete(cut, rootOf(cut))).toBe(false);
    expect(svgIsComplete(`${cut}</svg>\n<!-- made by hand -->\n`, rootOf(cut))).toBe(true);
    expect(svgIsComplete('<svg/>', rootOf('<svg/>'))).toBe(true);
  });
});

test('a sized drawing states its size, its namespace, and keeps the rest', () => {
  const content = `<?xml version="1.0" encoding="ISO-8859-1"?><svg style="width:100%;fill:red" viewBox="0 0 3 2" data-a='say "hi"'><g/></svg>`;
  const root = rootOf(content);
  const sized = sizedSvg(content, root, svgSize(root));
  expect(sized).not.toContain('<?xml');
  expect(sized.endsWith('><g/></svg>')).toBe(true);
  expect(Object.fromEntries(rootOf(sized).attributes)).toEqual({
    style: ';fill:red',
    viewBox: '0 0 3 2',
    'data-a': 'say &quot;hi&quot;',
    width: '640',
    height: '427',
    xmlns: 'http://www.w3.org/2000/svg',
  });
});

test('text is told from binary data, in the encodings of XML', () => {
  expect(textOf(Uint8Array.of(0x68, 0x69))).toBe('hi');
  expect(textOf(Uint8Array.of(0x68, 0x00, 0x69))).toBeNull();
  expect(textOf(Uint8Array.of(0x68, 0xff, 0x69))).toBeNull();
  expect(textOf(Uint8Array.of(0x68, 0xc3))).toBe('h'); // cut within a character
  expect(textOf(Uint8Array.of(0xfe, 0xff, 0x00, 0x68))).toBe('h');
  const latin = new TextEncoder().encode('<?xml version="1.0" encoding="ISO-8859-1"?>?');
  latin[latin.length - 1] = 0xe9;
  expect(textOf(latin)?.at(-1)).toBe('é');
});
