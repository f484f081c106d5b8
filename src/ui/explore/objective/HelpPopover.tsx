// What the charts measure and what theory says about it, in plain words, with this model's own ceiling. Opens under its button.

import { useId, useRef } from 'react';
import { rateCeiling } from '../../../store/selectors.ts';
import { IconButton } from '../../controls/Button.tsx';
import { count, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';

interface HelpPopoverProps {
  /** Heads, head width, tokens and ε² of the numbers on screen; null while no model is known. */
  readonly sizes: { readonly K: number; readonly p: number; readonly n: number; readonly eps2: number } | null;
  /** Non-zeros are those of CRATE-α's codes. */
  readonly ofCodes: boolean;
}

const GAP = 6;

export function HelpPopover({ sizes, ofCodes }: HelpPopoverProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const place = () => {
    const [at, box] = [button.current?.getBoundingClientRect(), popover.current];
    if (!at || !box) return;
    const width = Math.min(420, window.innerWidth - 16);
    box.style.width = `${width}px`;
    box.style.left = `${Math.max(8, Math.min(window.innerWidth - width - 8, at.right - width))}px`;
    box.style.top = `${Math.max(8, Math.min(at.bottom + GAP, window.innerHeight - 320))}px`;
    box.style.maxHeight = `calc(100dvh - ${box.style.top} - 8px)`;
  };
  const ceiling = sizes ? rateCeiling(sizes.K, sizes.p, sizes.n, sizes.eps2) : null;
  const isShort = sizes !== null && sizes.n < sizes.p;
  return (
    <>
      <IconButton icon="help" label="What is measured here" size="small" ref={button} popoverTarget={id} />
      <div
        ref={popover}
        id={id}
        popover="auto"
        className="objective-help"
        role="dialog"
        aria-label="What is measured here"
        onBeforeToggle={place}
      >
        <h3>What is measured</h3>
        <p>
          The coding rate <Tex>R</Tex> counts the nats it takes to write all tokens down to a precision{' '}
          <Tex>{'\\varepsilon'}</Tex>. <Tex>R^c</Tex> counts them head by head, in each head's own subspace{' '}
          <Tex>U_k</Tex>: it is small when tokens lie close together there.{' '}
          {ofCodes ? (
            <>
              Non-zeros are the share of entries of the codes <Tex>z_2</Tex> that ISTA left above zero. The residual
              around it leaves no zeros in <Tex>{'Z^{\\ell+1}'}</Tex> itself.
            </>
          ) : (
            <>
              Non-zeros are the share of entries of <Tex>{'Z^{\\ell+1}'}</Tex> that ISTA left above zero.
            </>
          )}
        </p>
        <h3>Where</h3>
        <p>
          At the input of a layer (after MSSA's layer norm, as the released code measures), half way (after MSSA), and
          at its output (after ISTA). All three use the same layer's <Tex>U</Tex>; the next layer has another one.
        </p>
        <h3>What theory predicts</h3>
        <p>
          MSSA is a step down <Tex>R^c</Tex>, so half lies below input in every layer; over the layers <Tex>R^c</Tex>{' '}
          falls and ISTA leaves fewer and fewer non-zeros. A solid mark agrees, a hollow one does not.
        </p>
        <h3>Why two normalisations</h3>
        <p>
          The sign of the change depends on it. MSSA adds to a token, and longer tokens cost more: measured raw,{' '}
          <Tex>R^c</Tex> can rise where it falls once every token is divided by its length. The released code divides;
          the theory does not say so. Both are examined here, and both are listed.
        </p>
        <h3>Ceiling</h3>
        <p>
          With unit tokens <Tex>R^c</Tex> cannot exceed{' '}
          <Tex>
            {isShort
              ? '\\tfrac{Kn}{2}\\ln\\big(1+\\tfrac{p}{n\\varepsilon^2}\\big)'
              : '\\tfrac{Kp}{2}\\ln(1+1/\\varepsilon^2)'}
          </Tex>
          {sizes && ceiling !== null
            ? `: ${sizes.K} heads of ${sizes.p}${isShort ? `, ${sizes.n} tokens,` : ''} at ε² = ${setting(sizes.eps2)} make ${count(ceiling)} nats.`
            : '.'}
        </p>
      </div>
    </>
  );
}
