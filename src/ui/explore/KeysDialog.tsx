// All keys of the page.

import type { ReactNode } from 'react';
import { useApp } from '../appContext.tsx';
import { Dialog } from '../controls/Dialog.tsx';
import { Icon } from '../controls/Icon.tsx';
import './dialogs.css';

const Left = () => (
  <kbd>
    <Icon name="left" size={12} />
    <span className="unseen">left</span>
  </kbd>
);
const Right = () => (
  <kbd>
    <Icon name="right" size={12} />
    <span className="unseen">right</span>
  </kbd>
);
const Up = () => (
  <kbd>
    <Icon name="up" size={12} />
    <span className="unseen">up</span>
  </kbd>
);
const Down = () => (
  <kbd>
    <Icon name="below" size={12} />
    <span className="unseen">down</span>
  </kbd>
);

const KEYS: readonly { readonly does: string; readonly keys: ReactNode }[] = [
  {
    does: 'a half-step back or on',
    keys: (
      <>
        <Left /> <Right />
      </>
    ),
  },
  {
    does: 'the same half-step, a layer back or on',
    keys: (
      <>
        <Up /> <Down />
      </>
    ),
  },
  {
    does: 'to the picture, to the head',
    keys: (
      <>
        <kbd>home</kbd> <kbd>end</kbd>
      </>
    ),
  },
  { does: 'play, pause', keys: <kbd>space</kbd> },
  {
    does: 'pick a head',
    keys: (
      <>
        <kbd>1</kbd> – <kbd>9</kbd>
      </>
    ),
  },
  {
    does: 'pick the patch beside',
    keys: (
      <>
        <kbd>alt</kbd> <Left /> <Right /> <Up /> <Down />
      </>
    ),
  },
  { does: 'close, leave a maximised panel, pause', keys: <kbd>esc</kbd> },
  { does: 'this list', keys: <kbd>?</kbd> },
];

export function KeysDialog() {
  const isOpen = useApp((state) => state.dialog === 'keys');
  const setTransient = useApp((state) => state.setTransient);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => setTransient({ dialog: open ? 'keys' : 'none' })}
      title="Keys"
      description="Everywhere on the page, except where one types and in sliders, tabs and menus, which use the arrows themselves."
    >
      <dl className="keys">
        {KEYS.map(({ does, keys }) => (
          <div key={does}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
