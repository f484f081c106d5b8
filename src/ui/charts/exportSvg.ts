// Charts on screen as one SVG that stands alone: colours, sizes and fonts are written into it, titles and a caption set above and
// beneath. PNG is made from the same text.

import { fontFaces } from './fontFaces.ts';

export interface Figure {
  readonly svg: SVGSVGElement;
  /** Plain text with ^{…} and _{…} for small raised and lowered parts, e.g. "R^{c}(Z^{ℓ+1/2} | U) coding rate, nats". */
  readonly title: string;
}

export interface Standalone {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

const SVG = 'http://www.w3.org/2000/svg';
const PAD = 16;
const TITLE = 22;
const GAP = 12;

/** What a rule of a style sheet may set on a mark or a text, as attributes that every SVG reader knows. */
const COPIED = [
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'paint-order',
  'opacity',
] as const;
const COPIED_TEXT = ['font-family', 'font-size', 'font-weight', 'text-anchor'] as const;

/** A computed colour as #rrggbb and opacity; null for none. */
export function paint(computed: string): { readonly color: string; readonly opacity: number } | null {
  const parts = /^rgba?\(([^)]+)\)$/
    .exec(computed)?.[1]
    ?.split(/[\s,/]+/)
    .map(Number);
  if (!parts || parts.length < 3) return null;
  const hex = parts
    .slice(0, 3)
    .map((channel) => Math.round(channel).toString(16).padStart(2, '0'))
    .join('');
  return { color: `#${hex}`, opacity: parts[3] ?? 1 };
}

export interface TextPart {
  readonly text: string;
  readonly shift: 'none' | 'up' | 'down';
}

/** Splits "R^{c}(Z)" into its upright, raised and lowered parts. */
export function textParts(source: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  const pattern = /([\^_])\{([^}]*)\}/g;
  let from = 0;
  for (const match of source.matchAll(pattern)) {
    if (match.index > from) parts.push({ text: source.slice(from, match.index), shift: 'none' });
    parts.push({ text: match[2] ?? '', shift: match[1] === '^' ? 'up' : 'down' });
    from = match.index + match[0].length;
  }
  if (from < source.length) parts.push({ text: source.slice(from), shift: 'none' });
  return parts;
}

/** Copies what is computed for `live` onto its twin, then drops what only the page understands. */
function inline(live: Element, twin: Element): void {
  const style = getComputedStyle(live);
  for (const property of ['fill', 'stroke'] as const) {
    const value = paint(style.getPropertyValue(property));
    twin.setAttribute(property, value && value.opacity > 0 ? value.color : 'none');
    if (value && value.opacity > 0 && value.opacity < 1)
      twin.setAttribute(`${property}-opacity`, String(value.opacity));
  }
  const isText = live instanceof SVGTextElement;
  for (const property of isText ? [...COPIED, ...COPIED_TEXT] : COPIED) {
    const value = style.getPropertyValue(property);
    if (value && value !== 'none' && value !== 'normal') twin.setAttribute(property, value.replaceAll('"', "'"));
  }
  for (const name of ['class', 'style', 'role', 'aria-label', 'overflow']) twin.removeAttribute(name);
  [...live.children].forEach((child, i) => {
    const copy = twin.children[i];
    if (copy) inline(child, copy);
  });
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function titleText(source: string, x: number, y: number, size: number, fill: string, family: string): SVGElement {
  const text = element('text', { x, y, fill, 'font-family': family, 'font-size': `${size}px` });
  let raised = 0;
  for (const { text: words, shift } of textParts(source)) {
    const target = shift === 'up' ? -size * 0.35 : shift === 'down' ? size * 0.2 : 0;
    const span = element('tspan', { dy: target - raised, 'font-size': `${shift === 'none' ? size : size * 0.75}px` });
    span.textContent = words;
    raised = target;
    text.append(span);
  }
  return text;
}

/** `rows` of charts, left to right in each; `caption` is set beneath, a line an entry. Font files are written in as data. */
export async function exportSvg(rows: readonly (readonly Figure[])[], caption: readonly string[]): Promise<Standalone> {
  const page = getComputedStyle(document.documentElement);
  const ink = page.getPropertyValue('--ink').trim();
  const ink3 = page.getPropertyValue('--ink-3').trim();
  const paper = page.getPropertyValue('--paper').trim();
  const family = page.getPropertyValue('--font-ui').trim().replaceAll('"', "'");
  const root = element('svg', { xmlns: SVG });
  let y = PAD;
  let width = 0;
  for (const row of rows) {
    let x = PAD;
    let tallest = 0;
    for (const { svg, title } of row) {
      const twin = svg.cloneNode(true) as SVGSVGElement;
      inline(svg, twin);
      const [w, h] = [Number(svg.getAttribute('width')), Number(svg.getAttribute('height'))];
      const group = element('g', { transform: `translate(${x} ${y + TITLE})` });
      group.append(...twin.childNodes);
      root.append(titleText(title, x, y + 12, 12, ink, family), group);
      x += w + GAP;
      width = Math.max(width, x - GAP + PAD);
      tallest = Math.max(tallest, TITLE + h);
    }
    y += tallest + GAP;
  }
  for (const line of caption) {
    y += 6;
    root.append(titleText(line, PAD, y + 6, 11, ink3, family));
    y += 10;
  }
  const height = Math.ceil(y + PAD);
  width = Math.ceil(width);
  root.setAttribute('width', String(width));
  root.setAttribute('height', String(height));
  root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  root.prepend(element('rect', { width, height, fill: paper }));
  const style = element('style', {});
  style.textContent = await fontFaces(family, root.textContent ?? '');
  root.prepend(style);
  return { text: `${new XMLSerializer().serializeToString(root)}\n`, width, height };
}
