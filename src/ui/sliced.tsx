// Parts that draw much, drawn in slices: the page answers between them.

import { type ComponentType, memo, useDeferredValue } from 'react';

/** `Part`, a moment later than what is around it: nothing at first, then the newest properties, with time for the reader in between. */
export function sliced<Props extends object>(Part: ComponentType<Props>): ComponentType<Props> {
  const Kept = memo(Part);
  function Sliced(props: Props) {
    const drawn = useDeferredValue<Props | null>(props, null);
    return drawn ? <Kept {...drawn} /> : null;
  }
  return Sliced;
}
