// A checkpoint from the network: its address, and what its server must allow.

import { useId, useState } from 'react';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Dialog } from '../../controls/Dialog.tsx';
import './sheet.css';

/** What is wrong with an address, one sentence; null: nothing. */
export function addressError(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '') return 'Give the address of a checkpoint.';
  if (!URL.canParse(trimmed)) return 'This is no whole address; it begins with https://.';
  const { protocol } = new URL(trimmed);
  return protocol === 'https:' || protocol === 'http:' ? null : 'Only addresses with https:// or http:// can be asked.';
}

export function AddressDialog() {
  const id = useId();
  const openModelAddress = useApp((state) => state.openModelAddress);
  const setTransient = useApp((state) => state.setTransient);
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const onClose = () => setTransient({ dialog: 'none' });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="A checkpoint from an address"
      description="The page asks that server, and where it redirects to, for the file; it is computed with in this browser. A link to the view carries the address."
      onOpened={(content) => content.querySelector('input')}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={`${id}-form`}>
            Fetch it
          </Button>
        </>
      }
    >
      <form
        id={`${id}-form`}
        noValidate
        className="address"
        onSubmit={(event) => {
          event.preventDefault();
          const wrong = addressError(text);
          setError(wrong);
          if (wrong) return;
          onClose();
          openModelAddress(text.trim());
        }}
      >
        <label className="field-label" htmlFor={id}>
          Address
        </label>
        <input
          id={id}
          type="url"
          className="entry entry-long"
          placeholder="https://…/crate_small.pth"
          autoComplete="off"
          spellCheck={false}
          value={text}
          aria-invalid={error !== null}
          aria-describedby={`${id}-note${error ? ` ${id}-error` : ''}`}
          onChange={(event) => {
            setText(event.target.value);
            setError(null);
          }}
        />
        {error ? (
          <p id={`${id}-error`} className="field-error" role="alert">
            {error}
          </p>
        ) : null}
        <p id={`${id}-note`} className="field-note">
          The address must lead to the file itself, and its server must allow other pages to read it (CORS). Hugging
          Face does (“resolve” addresses); GitHub’s releases and Google Drive do not: download the file there and open
          it here.
        </p>
      </form>
    </Dialog>
  );
}
