// The link of this view, to be copied by hand where the browser does not let a page do it.

import { useApp } from '../appContext.tsx';
import { Dialog } from '../controls/Dialog.tsx';
import './dialogs.css';

export function ShareDialog() {
  const isOpen = useApp((state) => state.dialog === 'share');
  const setTransient = useApp((state) => state.setTransient);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => setTransient({ dialog: open ? 'share' : 'none' })}
      title="The link of this view"
      description="This browser does not let the page copy it; copy it from here."
    >
      <input
        className="share-link"
        aria-label="Link"
        readOnly
        value={isOpen ? window.location.href : ''}
        onFocus={(event) => event.currentTarget.select()}
      />
    </Dialog>
  );
}
