// A menu that drops from its trigger. A checked item has a dot; a note stands at the right of its line.

import * as Radix from '@radix-ui/react-dropdown-menu';
import type { ReactElement, ReactNode } from 'react';
import './menu.css';

export type MenuEntry =
  | {
      readonly kind?: 'item';
      readonly id: string;
      readonly label: ReactNode;
      /** Small text at the right. */
      readonly note?: ReactNode;
      /** Present: the item is one of a choice. */
      readonly checked?: boolean;
      readonly disabled?: boolean;
      readonly onSelect: () => void;
    }
  | { readonly kind: 'separator'; readonly id: string }
  | { readonly kind: 'heading'; readonly id: string; readonly label: string };

interface MenuProps {
  /** One button; it takes a ref and events. */
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
  readonly align?: 'start' | 'center' | 'end';
  /** Something above the entries, such as a sentence on what a file must be. */
  readonly note?: ReactNode;
}

function MenuLine({ entry }: { readonly entry: MenuEntry }) {
  if (entry.kind === 'separator') return <Radix.Separator className="menu-separator" />;
  if (entry.kind === 'heading') return <Radix.Label className="menu-heading tick">{entry.label}</Radix.Label>;
  return (
    <Radix.Item
      className="menu-item"
      disabled={entry.disabled ?? false}
      onSelect={entry.onSelect}
      {...(entry.checked === undefined ? {} : { role: 'menuitemradio', 'aria-checked': entry.checked })}
    >
      <span>{entry.label}</span>
      {entry.note ? <small className="tick">{entry.note}</small> : null}
    </Radix.Item>
  );
}

export function Menu({ trigger, entries, align = 'end', note }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          {note ? <div className="menu-note tick">{note}</div> : null}
          {entries.map((entry) => (
            <MenuLine key={entry.id} entry={entry} />
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
