// A light reading of WGSL for display: comments, attributes, keywords, numbers and the names of tensors.

export interface WgslToken {
  readonly kind: 'comment' | 'attribute' | 'keyword' | 'number' | 'tensor' | 'text';
  readonly text: string;
}

const KEYWORDS = new Set(
  'fn let var const override struct if else for while loop break continue continuing return switch case default alias enable true false'.split(
    ' ',
  ),
);

const PATTERN = /\/\/.*|\/\*.*?\*\/|@\w+|\b\d[\w.]*(?:(?<=e)-\d+)?|[A-Za-z_]\w*|[^\w@/]+|./g;

/** Names bound as storage: `@binding(1) var<storage, read> Z: …`. */
export function tensorNames(source: string): ReadonlySet<string> {
  return new Set(Array.from(source.matchAll(/var<storage[^>]*>\s*(\w+)/g), (match) => match[1] ?? ''));
}

function kindOf(text: string, tensors: ReadonlySet<string>): WgslToken['kind'] {
  if (text.startsWith('//') || text.startsWith('/*')) return 'comment';
  if (text.startsWith('@') && text.length > 1) return 'attribute';
  if (/^\d/.test(text)) return 'number';
  if (KEYWORDS.has(text)) return 'keyword';
  return tensors.has(text) ? 'tensor' : 'text';
}

/** Lines of tokens; joining the texts gives the source back. */
export function readWgsl(source: string): readonly (readonly WgslToken[])[] {
  const tensors = tensorNames(source);
  return source
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => Array.from(line.matchAll(PATTERN), ([text]) => ({ kind: kindOf(text, tensors), text })));
}
