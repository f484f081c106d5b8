// The checkpoints that this browser keeps: what each is, how large, and how to be rid of it.

import { useRef } from 'react';
import { selectModel } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Dialog } from '../../controls/Dialog.tsx';
import { megabytes } from '../../text/numbers.ts';
import { shortName } from '../shortName.ts';
import './sheet.css';

const dayOf = (openedAt: number): string =>
  new Date(openedAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

export function KeptDialog() {
  const kept = useApp((state) => state.kept) ?? [];
  const current = useApp((state) => selectModel(state)?.sha256 ?? null);
  const openKept = useApp((state) => state.openKept);
  const forgetKept = useApp((state) => state.forgetKept);
  const setTransient = useApp((state) => state.setTransient);
  const list = useRef<HTMLUListElement>(null);
  const onClose = () => setTransient({ dialog: 'none' });
  const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const forget = (sha256: string) => {
    // The button goes with its line: the focus must not go with it.
    list.current?.focus();
    forgetKept(sha256);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Kept checkpoints"
      description="This browser keeps a copy of a checkpoint that you opened, so that a reload neither asks for it nor fetches it again. Forgetting one deletes the copy, not the file it came from."
      size="wide"
      footer={
        <p className="kept-total" role="status">
          {kept.length === 0
            ? 'None are kept.'
            : `${kept.length} ${kept.length === 1 ? 'checkpoint' : 'checkpoints'}, ${megabytes(total)}`}
        </p>
      }
    >
      {/* Without a role of its own a focused list would be told as an empty group. */}
      <ul className="kept" ref={list} tabIndex={-1} aria-label="Kept checkpoints">
        {kept.map(({ sha256, name, title, bytes, openedAt }) => (
          <li key={sha256}>
            <span className="kept-name">{shortName(name)}</span>
            <span className="kept-what">
              {title}, opened {dayOf(openedAt)}
              {shortName(name) === name ? null : <span className="kept-address">{name}</span>}
            </span>
            <span className="kept-bytes">{megabytes(bytes)}</span>
            <span className="kept-actions">
              {sha256 === current ? (
                <span className="kept-current">in use</span>
              ) : (
                <Button
                  variant="edge"
                  aria-label={`Open ${shortName(name)}`}
                  onClick={() => {
                    onClose();
                    openKept(sha256);
                  }}
                >
                  Open
                </Button>
              )}
              <Button aria-label={`Forget ${shortName(name)}`} onClick={() => forget(sha256)}>
                Forget
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
