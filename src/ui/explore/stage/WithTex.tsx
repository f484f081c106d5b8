// A sentence with symbols in it: what stands between dollar signs is LaTeX.

import { Tex } from '../../text/Tex.tsx';

export function WithTex({ children }: { readonly children: string }) {
  return children.split('$').map((part, i) => {
    if (i % 2 === 0) return part;
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a fixed sentence
    return <Tex key={i}>{part}</Tex>;
  });
}
