// A dialog over the page, for what is read or done in one go: keys, samples, camera, the model card.

import * as Radix from '@radix-ui/react-dialog';
import { type ReactNode, useRef, useState } from 'react';
import { PHONE } from '../useMedia.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';
import './dialog.css';

interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** A sentence under the title. */
  readonly description?: ReactNode;
  readonly children: ReactNode;
  /** Buttons at the end. */
  readonly footer?: ReactNode;
  readonly size?: 'normal' | 'wide' | 'sheet';
  /** What takes the focus when it opens; null, or absent: the first thing that can. */
  readonly onOpened?: (content: HTMLElement) => HTMLElement | null;
}

/** Where the page scrolls as a whole (explore.css); elsewhere there is nothing to be kept from scrolling under a dialog. */
const SCROLLING = `${PHONE}, (max-height: 599px)`;

/** Radix's keeps the page from scrolling by a style sheet of its own, after which all of the page is laid out anew. */
function Veil() {
  // As it was opened: another veil would lie over the dialog.
  const [scrolls] = useState(() => window.matchMedia(SCROLLING).matches);
  return scrolls ? <Radix.Overlay className="dialog-veil" /> : <div className="dialog-veil" />;
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  size = 'normal',
  onOpened,
}: DialogProps) {
  // Most dialogs are opened by no trigger of their own: the focus goes back to where it was.
  const before = useRef<Element | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Veil />
        <Radix.Content
          className={size === 'normal' ? 'dialog' : `dialog dialog-${size}`}
          onOpenAutoFocus={(event) => {
            before.current = document.activeElement;
            const wanted = event.currentTarget instanceof HTMLElement ? onOpened?.(event.currentTarget) : null;
            if (!wanted) return;
            event.preventDefault();
            // To focus is to lay out the page: not in the task that draws the dialog.
            setTimeout(() => wanted.focus());
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (before.current instanceof HTMLElement) before.current.focus();
          }}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className="dialog-head">
            <Radix.Title className="dialog-title">{title}</Radix.Title>
            {/* Without a tooltip, which would open with the dialog's first focus and take the first Escape. */}
            <Radix.Close asChild>
              <Button className="button-icon" aria-label="Close">
                <Icon name="close" />
              </Button>
            </Radix.Close>
          </header>
          <div className="dialog-body">
            {description ? <Radix.Description className="read">{description}</Radix.Description> : null}
            {children}
          </div>
          {footer ? <footer className="dialog-foot">{footer}</footer> : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
