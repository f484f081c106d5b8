// The font files that a drawing needs, as @font-face rules with the files inside: an SVG in an <img> or another program sees no
// fonts of the page.

/** A rule's unicode-range ("U+0370-03FF, U+2212") as pairs; none means every character. */
export function unicodeRanges(range: string): readonly (readonly [number, number])[] {
  return [...range.matchAll(/U\+([0-9A-F?]+)(?:-([0-9A-F]+))?/gi)].map(([, from = '', to]) => [
    Number.parseInt(from.replaceAll('?', '0'), 16),
    Number.parseInt(to ?? from.replaceAll('?', 'F'), 16),
  ]);
}

const covers = (ranges: readonly (readonly [number, number])[], text: string): boolean =>
  !ranges.length ||
  [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return ranges.some(([from, to]) => code >= from && code <= to);
  });

function* fontRules(sheets: Iterable<CSSStyleSheet>): Generator<{ rule: CSSFontFaceRule; base: string }> {
  for (const sheet of sheets) {
    // A sheet of another origin (a browser extension's) hides its rules; ours are all of this origin.
    if (sheet.href && new URL(sheet.href).origin !== location.origin) continue;
    for (const rule of sheet.cssRules) {
      if (rule instanceof CSSFontFaceRule) yield { rule, base: sheet.href ?? document.baseURI };
      else if (rule instanceof CSSImportRule && rule.styleSheet) yield* fontRules([rule.styleSheet]);
    }
  }
}

async function asDataUrl(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`font ${url}: HTTP ${response.status}`);
  const blob = await response.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Rules for the families in `stack` that the page has files for, restricted to files with characters of `text`. */
export async function fontFaces(stack: string, text: string): Promise<string> {
  const wanted = stack.split(',').map((name) => name.trim().replace(/^['"]|['"]$/g, ''));
  const found: Promise<string>[] = [];
  for (const { rule, base } of fontRules(document.styleSheets)) {
    const property = (name: string) => rule.style.getPropertyValue(name).trim();
    const family = property('font-family').replace(/^['"]|['"]$/g, '');
    const url = /url\(["']?([^"')]+)["']?\)/.exec(property('src'))?.[1];
    if (!url || !wanted.includes(family) || !covers(unicodeRanges(property('unicode-range')), text)) continue;
    const range = property('unicode-range');
    found.push(
      asDataUrl(new URL(url, base).href).then(
        (data) =>
          `@font-face{font-family:'${family}';font-weight:${property('font-weight') || 'normal'};src:url(${data}) format('woff2')${range ? `;unicode-range:${range}` : ''}}`,
      ),
    );
  }
  return (await Promise.all(found)).join('\n');
}
