// The size of an SVG, and an SVG that states it: browsers and librsvg agree on a drawing's size only when its root does.

export interface SvgSize {
  readonly width: number;
  readonly height: number;
  /** What was assumed, as the end of a sentence; null where the file states its size. */
  readonly assumed: string | null;
}

/** Longer side of a drawing that states proportions only, px. */
const LONG_SIDE = 640;
/** width : height where nothing is stated, as 640 × 480. A browser would take 300 × 150, which cuts most drawings. */
const RATIO = 4 / 3;

/** File bytes as text, or null where they are none (or in no encoding that a browser reads in XML). Cut characters are left out. */
export function textOf(bytes: Uint8Array): string | null {
  const encoding = encodingOf(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary data from text
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text;
  } catch {
    return null; // not in this encoding, or an encoding that does not exist: not text
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const declared = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/.exec(
    String.fromCharCode(...bytes.subarray(0, 200)),
  );
  return declared?.[1] ?? 'utf-8';
}

interface Root {
  /** The start tag: text.slice(start, end). */
  readonly start: number;
  readonly end: number;
  readonly isEmpty: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

/** XML declaration, comments, DOCTYPE (with its entities) and white space before the root. */
const PROLOG = /^\uFEFF?(?:\s+|<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^[>]*(?:\[[\s\S]*?\]\s*)?>)*/i;
const ROOT = /^<((?:[\w-]+:)?svg)((?:\s+[^\s=>"'/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/;
const ATTRIBUTE = /([^\s=>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The root's start tag where `text` is an SVG, else null. */
export function svgRoot(text: string): Root | null {
  const start = PROLOG.exec(text)?.[0].length ?? 0;
  const tag = ROOT.exec(text.slice(start, start + 65_536));
  if (!tag) return null;
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of (tag[2] ?? '').matchAll(ATTRIBUTE)) {
    if (name) attributes.set(name, (double ?? single ?? '').trim());
  }
  return { start, end: start + tag[0].length, isEmpty: tag[3] === '/', attributes };
}

/** CSS px per unit. em and ex as 16 and 8 px, the defaults of every browser. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 9.6 / 2.54,
  q: 2.4 / 2.54,
  pt: 4 / 3,
  pc: 16,
  em: 16,
  ex: 8,
};

/** A length in CSS px; null for percentages, auto and what is no length. */
function lengthOf(text: string | undefined): number | null {
  const match = /^\+?(\d*\.?\d+(?:e[+-]?\d+)?)([a-z]*)$/i.exec((text ?? '').trim());
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()];
  return match?.[1] === undefined || unit === undefined ? null : Number(match[1]) * unit;
}

/** width or height: a declaration in `style` goes before the attribute. */
function stated(root: Root, side: 'width' | 'height'): number | null {
  const inStyle = new RegExp(`(?:^|;)\\s*${side}\\s*:\\s*([^;!]+)`, 'i').exec(root.attributes.get('style') ?? '');
  return inStyle ? lengthOf(inStyle[1]) : lengthOf(root.attributes.get(side));
}

function viewBoxRatio(root: Root): number | null {
  const numbers = (root.attributes.get('viewBox') ?? '').split(/[\s,]+/).map(Number);
  const [, , width = 0, height = 0] = numbers;
  return numbers.length === 4 && width > 0 && height > 0 && Number.isFinite(width / height) ? width / height : null;
}

/** The size at which the drawing is made into pixels, px. */
export function svgSize(root: Root): SvgSize {
  const width = stated(root, 'width');
  const height = stated(root, 'height');
  if (width !== null && height !== null) return { width: Math.round(width), height: Math.round(height), assumed: null };
  const ratio = viewBoxRatio(root);
  const shape = ratio ?? RATIO;
  const missing = ratio === null ? 'states no size' : 'states proportions but no size';
  // One side is stated: the other follows from the proportions, which a viewBox states.
  if (width !== null) {
    const size = { width: Math.round(width), height: Math.round(width / shape) };
    return { ...size, assumed: ratio === null ? 'states no height' : null };
  }
  if (height !== null) {
    const size = { width: Math.round(height * shape), height: Math.round(height) };
    return { ...size, assumed: ratio === null ? 'states no width' : null };
  }
  const long = {
    width: Math.round(LONG_SIDE * Math.min(1, shape)),
    height: Math.round(LONG_SIDE / Math.max(1, shape)),
  };
  return { ...long, assumed: missing };
}

/** Whether the text reaches the end tag of its root (or the root is empty). */
export function svgIsComplete(text: string, root: Root): boolean {
  return root.isEmpty || /<\/(?:[\w-]+:)?svg\s*>\s*(?:<!--[\s\S]*?-->\s*)*$/.test(text);
}

/** The same drawing with width, height and the SVG namespace stated at the root; UTF-8, so the XML declaration goes. */
export function sizedSvg(text: string, root: Root, { width, height }: SvgSize): string {
  const attributes = new Map(root.attributes);
  const style = attributes.get('style')?.replace(/(^|;)\s*(?:(?:min-|max-)?(?:width|height))\s*:[^;]*/gi, '$1');
  if (style !== undefined) attributes.set('style', style);
  attributes.set('width', String(width));
  attributes.set('height', String(height));
  const tag = /^<([^\s/>]+)/.exec(text.slice(root.start))?.[1] ?? 'svg';
  const prefix = tag.includes(':') ? `:${tag.split(':')[0]}` : '';
  if (!attributes.has(`xmlns${prefix}`)) attributes.set(`xmlns${prefix}`, 'http://www.w3.org/2000/svg');
  const written = [...attributes].map(([name, value]) => ` ${name}="${value.replaceAll('"', '&quot;')}"`).join('');
  const prolog = text.slice(0, root.start).replace(/^\uFEFF?\s*<\?xml[\s\S]*?\?>/, '');
  return `${prolog.trimStart()}<${tag}${written}${root.isEmpty ? '/' : ''}>${text.slice(root.end)}`;
}
