// A short text beside what it names, on hover and on keyboard focus. Never the only place where something is said.

import * as Radix from '@radix-ui/react-tooltip';
import type { ReactElement, ReactNode } from 'react';
import './tooltip.css';

interface TooltipProps {
  readonly text: ReactNode;
  /** One element that takes a ref and events. */
  readonly children: ReactElement;
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  /** The text repeats the element's name, so a screen reader need not hear it again. */
  readonly isName?: boolean;
}

export function Tooltip({ text, children, side = 'bottom', isName = false }: TooltipProps) {
  return (
    <Radix.Provider delayDuration={500} disableHoverableContent={isName}>
      <Radix.Root>
        <Radix.Trigger asChild {...(isName ? { 'aria-describedby': undefined } : {})}>
          {children}
        </Radix.Trigger>
        <Radix.Portal>
          <Radix.Content className="tooltip" side={side} sideOffset={6} collisionPadding={8}>
            {text}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}
