// A menu that drops from its trigger. A checked item has a dot; a note stands at the right of its line, a detail beneath it.

import {
  type ComponentProps,
  cloneElement,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  Suspense,
  useId,
  useState,
} from 'react';
import { later } from '../later.tsx';
import type { MenuEntry } from './menuEntry.ts';

interface MenuProps {
  /** One button; it takes events. */
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
  readonly align?: 'start' | 'center' | 'end';
  /** Something above the entries, such as a sentence on what a file must be. */
  readonly note?: ReactNode;
}

const loadList = () => import('./MenuList.tsx');
const MenuList = later(async () => (await loadList()).MenuList);

interface Opened {
  readonly trigger: HTMLElement;
  readonly byKeyboard: boolean;
}

export function Menu({ trigger, entries, align = 'end', note }: MenuProps) {
  const id = useId();
  const [opened, setOpened] = useState<Opened | null>(null);
  const button = trigger as ReactElement<ComponentProps<'button'>>;
  const { props } = button;
  const triggerId = props.id ?? `${id}-trigger`;
  // The lines are on their way before the button is pressed.
  const prepare = () => void loadList().catch(() => undefined);
  const toggle = (element: HTMLElement, byKeyboard: boolean) =>
    setOpened((before) => (before ? null : { trigger: element, byKeyboard }));
  return (
    <>
      {cloneElement(button, {
        id: triggerId,
        'aria-haspopup': 'menu',
        'aria-expanded': opened !== null,
        'aria-controls': opened ? id : undefined,
        ...{ 'data-state': opened ? 'open' : 'closed' },
        onPointerEnter: (event: PointerEvent<HTMLButtonElement>) => {
          props.onPointerEnter?.(event);
          prepare();
        },
        onFocus: (event) => {
          props.onFocus?.(event);
          prepare();
        },
        onPointerDown: (event: PointerEvent<HTMLButtonElement>) => {
          props.onPointerDown?.(event);
          if (event.currentTarget.disabled || event.button !== 0 || event.ctrlKey) return;
          // The menu takes the focus when it opens; the button must not take it back.
          if (!opened) event.preventDefault();
          toggle(event.currentTarget, false);
        },
        onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => {
          props.onKeyDown?.(event);
          if (event.key === 'Enter' || event.key === ' ') toggle(event.currentTarget, true);
          else if (event.key === 'ArrowDown') setOpened({ trigger: event.currentTarget, byKeyboard: true });
          else return;
          event.preventDefault();
        },
      })}
      {opened ? (
        <Suspense>
          <MenuList id={id} {...opened} entries={entries} align={align} note={note} onClose={() => setOpened(null)} />
        </Suspense>
      ) : null}
    </>
  );
}
