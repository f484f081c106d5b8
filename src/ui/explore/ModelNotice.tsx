// What there is to say about the model, under its picker: why a checkpoint was not taken, what it waits for, what it left unsaid, why it
// is not kept.

import { useEffect, useState } from 'react';
import { SHIPPED_MODELS } from '../../store/catalogue.ts';
import { selectModel } from '../../store/selectors.ts';
import type { ModelState } from '../../store/state.ts';
import { useApp, useAppStore } from '../appContext.tsx';
import { Button } from '../controls/Button.tsx';
import { Icon } from '../controls/Icon.tsx';
import { PHONE, useMedia } from '../useMedia.ts';
import { LoadProgress } from './header/LoadProgress.tsx';
import { shortName } from './shortName.ts';

function SheetButton({ children }: { readonly children: string }) {
  const setTransient = useApp((state) => state.setTransient);
  return (
    <Button variant="edge" onClick={() => setTransient({ dialog: 'checkpoint' })}>
      {children}
    </Button>
  );
}

function FailedModel({ model }: { readonly model: Extract<ModelState, { status: 'failed' }> }) {
  const resultsChanged = useApp((state) => state.resultsChanged);
  const store = useAppStore();
  const { last } = model;
  const hasSheet = last?.opened != null;
  // The sheet was on its way to a file that is not there: nothing may stand before this message, nor hold the keys.
  useEffect(() => {
    const { dialog, setTransient } = store.getState();
    if (dialog === 'checkpoint' && !hasSheet) setTransient({ dialog: 'none' });
  }, [store, hasSheet]);
  return (
    <div className="notice notice-error" role="alert">
      <Icon name="warn" />
      <p>
        {model.sentence}
        {last ? ` ${shortName(last.title)} stays.` : null}
      </p>
      <Button onClick={() => resultsChanged({ model: last ? { status: 'ready', info: last } : { status: 'none' } })}>
        Dismiss
      </Button>
    </div>
  );
}

function AskingModel({ model }: { readonly model: Extract<ModelState, { status: 'asking' }> }) {
  const cancelModel = useApp((state) => state.cancelModel);
  const { opened, last } = model;
  return (
    <div className="notice notice-info" role="status">
      <Icon name="help" />
      <p>
        <strong>{shortName(opened.name)}</strong> waits for an answer before it can be loaded.
        {last ? ` ${shortName(last.title)} is at work meanwhile.` : null}
      </p>
      <SheetButton>Answer…</SheetButton>
      <Button onClick={cancelModel}>Put it away</Button>
    </div>
  );
}

/** On a phone the header has no room for how far a load has come. */
function ComingModel({ model }: { readonly model: Extract<ModelState, { status: 'loading' }> }) {
  const cancelModel = useApp((state) => state.cancelModel);
  return (
    <div className="notice notice-info">
      <p className="notice-load">
        <strong>{shortName(model.name)}</strong>
        <LoadProgress {...model} isWide />
      </p>
      <Button variant="edge" onClick={cancelModel}>
        Cancel
      </Button>
    </div>
  );
}

/** Who has seen the sheet has read them. */
function Assumptions() {
  const model = useApp(selectModel);
  const isSheetOpen = useApp((state) => state.dialog === 'checkpoint');
  const [readFor, setReadFor] = useState('');
  const hash = model?.sha256 ?? '';
  useEffect(() => {
    if (isSheetOpen) setReadFor(hash);
  }, [isSheetOpen, hash]);
  if (!model || model.assumptions.length === 0 || readFor === hash || isSheetOpen) return null;
  return (
    <div className="notice notice-info" role="status">
      <Icon name="warn" />
      <p>
        <strong>{shortName(model.title)}</strong> {model.assumptions.join(' ')}
      </p>
      {model.opened ? <SheetButton>What was found…</SheetButton> : null}
      <Button onClick={() => setReadFor(hash)}>Got it</Button>
    </div>
  );
}

/** A sentence beside the state of the model: that a checkpoint is not kept, or (what was asked for failed) that names were not taken. */
function Remark({ of }: { readonly of: 'keptNotice' | 'labelsNotice' | 'linkNotice' }) {
  const sentence = useApp((state) => state[of]);
  const resultsChanged = useApp((state) => state.resultsChanged);
  const hasFailed = of === 'labelsNotice';
  return sentence ? (
    <div className={`notice ${hasFailed ? 'notice-error' : 'notice-info'}`} role={hasFailed ? 'alert' : 'status'}>
      <Icon name="warn" />
      <p>{sentence}</p>
      <Button onClick={() => resultsChanged({ [of]: null })}>{hasFailed ? 'Dismiss' : 'Got it'}</Button>
    </div>
  ) : null;
}

function OfState() {
  const model = useApp((state) => state.model);
  const isPhone = useMedia(PHONE);
  if (model.status === 'failed') return <FailedModel model={model} />;
  if (model.status === 'asking') return <AskingModel model={model} />;
  if (model.status !== 'loading') return <Assumptions />;
  return isPhone && !SHIPPED_MODELS.includes(model.name) ? <ComingModel model={model} /> : null;
}

export function ModelNotice() {
  return (
    <>
      <OfState />
      <Remark of="linkNotice" />
      <Remark of="labelsNotice" />
      <Remark of="keptNotice" />
    </>
  );
}
