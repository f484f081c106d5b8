// The open menu of `Menu`: its lines, and what Radix does for the keyboard and for screen readers. Loaded when one is first opened.

import * as Radix from '@radix-ui/react-menu';
import { type FocusEvent, type ReactNode, useRef } from 'react';
import type { MenuEntry } from './menuEntry.ts';
import './menu.css';

export interface MenuListProps {
  readonly id: string;
  /** The button that it drops from. */
  readonly trigger: HTMLElement;
  readonly byKeyboard: boolean;
  readonly entries: readonly MenuEntry[];
  readonly align: 'start' | 'center' | 'end';
  readonly note?: ReactNode;
  readonly onClose: () => void;
}

function MenuLine({ entry, trigger }: { readonly entry: MenuEntry; readonly trigger: HTMLElement }) {
  if (entry.kind === 'separator') return <Radix.Separator className="menu-separator" />;
  if (entry.kind === 'heading') return <Radix.Label className="menu-heading tick">{entry.label}</Radix.Label>;
  return (
    <Radix.Item
      className="menu-item"
      // Not Radix's `disabled`, which the arrow keys pass over: why it is disabled is to be read, too.
      {...(entry.disabled ? { 'aria-disabled': true } : {})}
      onSelect={(event) => {
        if (entry.disabled) {
          event.preventDefault();
          return;
        }
        // A dialog that it opens gives the focus back to where it was before.
        trigger.focus();
        entry.onSelect();
      }}
      {...(entry.checked === undefined ? {} : { role: 'menuitemradio', 'aria-checked': entry.checked })}
    >
      <span className="menu-label">
        {entry.label}
        {entry.detail ? <small className="menu-detail">{entry.detail}</small> : null}
      </span>
      {entry.note ? <small className="tick">{entry.note}</small> : null}
    </Radix.Item>
  );
}

export function MenuList({ id, trigger, byKeyboard, entries, align, note, onClose }: MenuListProps) {
  const isLeftByPointer = useRef(false);
  const toFirst = ({ target, currentTarget }: FocusEvent<HTMLDivElement>) => {
    if (target !== currentTarget || !byKeyboard) return;
    currentTarget.querySelector<HTMLElement>('[role^="menuitem"]:not([aria-disabled="true"])')?.focus();
  };
  return (
    <Radix.Root
      open
      modal={false}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Radix.Anchor virtualRef={{ current: trigger }} />
      <Radix.Portal>
        <Radix.Content
          id={id}
          aria-labelledby={trigger.id}
          className="menu"
          align={align}
          sideOffset={4}
          collisionPadding={8}
          onFocus={toFirst}
          onInteractOutside={() => {
            isLeftByPointer.current = true;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (!isLeftByPointer.current) trigger.focus();
          }}
        >
          {note ? <div className="menu-note tick">{note}</div> : null}
          {entries.map((entry) => (
            <MenuLine key={entry.id} entry={entry} trigger={trigger} />
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
