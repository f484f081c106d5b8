// A symbol or a formula, set by KaTeX; the MathML twin inside is what a screen reader hears.

import katex from 'katex';
import { memo } from 'react';
import 'katex/dist/katex.min.css';
import './tex.css';

interface TexProps {
  /** LaTeX source. */
  readonly children: string;
  /** A formula of its own, 17 px, instead of a symbol in a line of text. */
  readonly display?: boolean;
  readonly className?: string;
}

// Symbols repeat across the page (R^c stands at every tile), so each source is set once.
const rendered = new Map<string, string>();

function toHtml(source: string): string {
  const known = rendered.get(source);
  if (known !== undefined) return known;
  const html = katex.renderToString(source, { throwOnError: true, output: 'htmlAndMathml' });
  rendered.set(source, html);
  return html;
}

export const Tex = memo(function Tex({ children, display = false, className }: TexProps) {
  const names = ['tex', display ? 'tex-display' : '', className ?? ''].filter(Boolean).join(' ');
  // biome-ignore lint/security/noDangerouslySetInnerHtml: KaTeX's own output of our own formulas; nothing a reader types comes here
  return <span className={names} dangerouslySetInnerHTML={{ __html: toHtml(children) }} />;
});
