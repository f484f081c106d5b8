// A picture of what stands in an element: canvases, SVG and text are painted again at twice their size. For saving views; it paints what
// it finds and lays nothing out itself.

/** Computed properties that an SVG needs when it stands alone. */
const SVG_STYLE = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'paint-order',
  'stop-color',
  'opacity',
  'display',
  'transform',
  'image-rendering',
  'text-anchor',
  'font-family',
  'font-size',
  'font-weight',
] as const;

/** Room around an SVG for what it draws over its edges, px. */
const BLEED = 24;
/** Marks what belongs to the page and not to the picture: controls, hidden text. */
const LEFT_OUT = '[data-unsaved], .unseen, .katex-mathml, .map-cell, .map-tip';

/** A copy that needs no style sheet. `bleed` widens it on every side. */
function standalone(svg: SVGSVGElement, bleed: number): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll<SVGElement>('*')];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    for (const name of SVG_STYLE) copies[i]?.style.setProperty(name, style.getPropertyValue(name));
    copies[i]?.style.setProperty('transition', 'none');
  });
  const { width, height } = svg.getBoundingClientRect();
  const box = svg.viewBox.baseVal;
  const view = box && box.width > 0 ? box : { x: 0, y: 0, width, height };
  const k = view.width / width;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width + 2 * bleed));
  copy.setAttribute('height', String(height + 2 * bleed));
  copy.setAttribute(
    'viewBox',
    [view.x - bleed * k, view.y - bleed * k, view.width + 2 * bleed * k, view.height + 2 * bleed * k].join(' '),
  );
  return copy;
}

export interface SvgFile {
  readonly text: string;
  /** px. */
  readonly width: number;
  readonly height: number;
}

/** The SVG as a file of its own, colours and fonts named, on the page's paper. */
export function svgFile(svg: SVGSVGElement): SvgFile {
  const copy = standalone(svg, BLEED);
  copy.style.setProperty('background', getComputedStyle(document.body).backgroundColor);
  const { width, height } = svg.getBoundingClientRect();
  return { text: new XMLSerializer().serializeToString(copy), width: width + 2 * BLEED, height: height + 2 * BLEED };
}

/** Text is painted apart: an SVG in an image cannot reach the page's fonts. */
async function imageOf(svg: SVGSVGElement): Promise<HTMLImageElement> {
  const copy = standalone(svg, BLEED);
  for (const text of copy.querySelectorAll('text')) text.remove();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

const isClear = (colour: string): boolean => colour === 'transparent' || /,\s*0\)$|\/\s*0\)$/.test(colour);

/** Words one by one, because a line may break between any two. */
function paintText(context: CanvasRenderingContext2D, node: Text, parent: Element, origin: DOMRect): void {
  const style = getComputedStyle(parent);
  const isSvg = parent instanceof SVGElement;
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = isSvg ? style.fill : style.color;
  context.textBaseline = 'alphabetic';
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText('x');
  const range = document.createRange();
  for (const match of node.data.matchAll(/\S+/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const rect = range.getClientRects()[0];
    if (!rect || rect.width === 0) continue;
    const baseline = rect.top - origin.top + (rect.height - ascent - descent) / 2 + ascent;
    context.fillText(match[0], rect.left - origin.left, baseline);
  }
}

async function paint(
  context: CanvasRenderingContext2D,
  element: Element,
  origin: DOMRect,
  opacity: number,
): Promise<void> {
  if (element.matches(LEFT_OUT)) return;
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden') return;
  const own = opacity * Number(style.opacity);
  const rect = element.getBoundingClientRect();
  const x = rect.left - origin.left;
  const y = rect.top - origin.top;
  context.globalAlpha = own;
  if (element instanceof HTMLCanvasElement) context.drawImage(element, x, y, rect.width, rect.height);
  else if (element instanceof HTMLImageElement) context.drawImage(element, x, y, rect.width, rect.height);
  else if (element instanceof SVGSVGElement && rect.width > 0) {
    const image = await imageOf(element);
    context.globalAlpha = own;
    context.drawImage(image, x - BLEED, y - BLEED, rect.width + 2 * BLEED, rect.height + 2 * BLEED);
    for (const text of element.querySelectorAll('text'))
      for (const node of text.childNodes) if (node instanceof Text) paintText(context, node, text, origin);
    return;
  } else if (!isClear(style.backgroundColor)) {
    context.fillStyle = style.backgroundColor;
    context.fillRect(x, y, rect.width, rect.height);
  }
  const border = Number.parseFloat(style.borderLeftWidth);
  if (border > 0 && style.borderLeftWidth === style.borderTopWidth) {
    context.strokeStyle = style.borderLeftColor;
    context.lineWidth = border;
    context.strokeRect(x + border / 2, y + border / 2, rect.width - border, rect.height - border);
  }
  for (const child of element.childNodes) {
    context.globalAlpha = own;
    if (child instanceof Text) paintText(context, child, element, origin);
    else if (child instanceof Element) await paint(context, child, origin, own);
  }
}

/** PNG of the element on the page's paper, at twice its CSS size, with a margin. */
export async function snapshotPng(element: HTMLElement, scale = 2, margin = 16): Promise<Blob> {
  const rect = element.getBoundingClientRect();
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil((rect.width + 2 * margin) * scale);
  canvas.height = Math.ceil((rect.height + 2 * margin) * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('missing canvas context: 2d');
  context.scale(scale, scale);
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, rect.width + 2 * margin, rect.height + 2 * margin);
  context.imageSmoothingEnabled = false;
  const origin = new DOMRect(rect.left - margin, rect.top - margin, rect.width, rect.height);
  await paint(context, element, origin, 1);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be encoded'))),
      'image/png',
    );
  });
}
