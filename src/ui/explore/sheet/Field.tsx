// A line of the sheet's form: what it is called, where to change it, where its value is from, and what is wrong with it.

import type { ReactNode } from 'react';

/** What ties a field to its sentences: ids for `aria-describedby`. */
export interface FieldIds {
  readonly id: string;
  readonly describedBy: string;
}

interface FieldProps {
  /** Of the control; the label points at it. */
  readonly id: string;
  readonly label: string;
  /** Where the value is from, in a few words. */
  readonly origin: string;
  /** It waits for an answer. */
  readonly isMissing?: boolean;
  /** A sentence; absent: the origin says it all. */
  readonly note?: ReactNode;
  readonly error?: string | undefined;
  /** The control is a group with a name of its own, so that the label is only seen. */
  readonly isGroup?: boolean;
  readonly children: (ids: FieldIds) => ReactNode;
}

export function Field({ id, label, origin, isMissing = false, note, error, isGroup = false, children }: FieldProps) {
  const [originId, noteId, errorId] = [`${id}-origin`, `${id}-note`, `${id}-error`];
  const describedBy = [originId, note ? noteId : '', error ? errorId : ''].filter(Boolean).join(' ');
  const control = (
    <>
      {children({ id, describedBy })}
      {error ? (
        <p id={errorId} className="field-error" role="alert">
          {error}
        </p>
      ) : null}
    </>
  );
  return (
    <div className={isMissing ? 'field field-missing' : 'field'}>
      {isGroup ? (
        <span className="field-label" aria-hidden="true">
          {label}
        </span>
      ) : (
        <label className="field-label" htmlFor={id}>
          {label}
        </label>
      )}
      {isGroup ? (
        <fieldset className="field-control" aria-label={label} aria-describedby={describedBy}>
          {control}
        </fieldset>
      ) : (
        <div className="field-control">{control}</div>
      )}
      <p className="field-where">
        <span id={originId} className={isMissing ? 'field-origin field-asks' : 'field-origin'}>
          {origin}
        </span>{' '}
        {note ? <span id={noteId}>{note}</span> : null}
      </p>
    </div>
  );
}
