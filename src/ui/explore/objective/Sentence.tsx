// A sentence in which R^c stands for the symbol.

import { Fragment } from 'react';
import { Tex } from '../../text/Tex.tsx';

export function Sentence({ text }: { readonly text: string }) {
  return text.split('R^c').map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence have no other name
    <Fragment key={i}>
      {i > 0 ? <Tex>R^c</Tex> : null}
      {part}
    </Fragment>
  ));
}
