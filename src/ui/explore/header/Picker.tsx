// A choice in the header: what it is of, what is chosen, and the menu that drops from it.

import type { ReactNode } from 'react';
import { Icon } from '../../controls/Icon.tsx';
import { Menu } from '../../controls/Menu.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';

interface PickerProps {
  readonly label: string;
  readonly value: string;
  readonly entries: readonly MenuEntry[];
  /** In place of the arrow, e.g. how far a load has come. */
  readonly progress?: ReactNode;
  readonly className?: string;
}

export function Picker({ label, value, entries, progress, className }: PickerProps) {
  return (
    <Menu
      entries={entries}
      trigger={
        <button type="button" className={className ? `picker ${className}` : 'picker'}>
          <small className="picker-label">{label}</small>
          <span className="picker-value">{value}</span>
          {progress ?? <Icon name="down" size={12} />}
        </button>
      }
    />
  );
}
