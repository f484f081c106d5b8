// A line of a menu, as plain data.

import type { ReactNode } from 'react';

export type MenuEntry =
  | {
      readonly kind?: 'item';
      readonly id: string;
      readonly label: ReactNode;
      /** Small text at the right. */
      readonly note?: ReactNode;
      /** Small text beneath, such as why it is disabled. */
      readonly detail?: ReactNode;
      /** Present: the item is one of a choice. */
      readonly checked?: boolean;
      readonly disabled?: boolean;
      readonly onSelect: () => void;
    }
  | { readonly kind: 'separator'; readonly id: string }
  | { readonly kind: 'heading'; readonly id: string; readonly label: string };
