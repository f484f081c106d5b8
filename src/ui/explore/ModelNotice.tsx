// What there is to say about the model, under its picker: why a checkpoint was not taken, or what it left unsaid.

import { useState } from 'react';
import { selectModel } from '../../store/selectors.ts';
import { useApp } from '../appContext.tsx';
import { Button } from '../controls/Button.tsx';
import { Icon } from '../controls/Icon.tsx';

function FailedModel() {
  const model = useApp((state) => state.model);
  const resultsChanged = useApp((state) => state.resultsChanged);
  if (model.status !== 'failed') return null;
  const { last } = model;
  return (
    <div className="notice notice-error" role="alert">
      <Icon name="warn" />
      <p>
        {model.sentence}
        {last ? ` ${last.title} stays.` : null}
      </p>
      <Button onClick={() => resultsChanged({ model: last ? { status: 'ready', info: last } : { status: 'none' } })}>
        Dismiss
      </Button>
    </div>
  );
}

function Assumptions() {
  const model = useApp(selectModel);
  const [readFor, setReadFor] = useState('');
  if (!model || model.assumptions.length === 0 || readFor === model.sha256) return null;
  return (
    <div className="notice notice-info" role="status">
      <Icon name="warn" />
      <p>
        <strong>{model.title}</strong> {model.assumptions.join(' ')}
      </p>
      <Button onClick={() => setReadFor(model.sha256)}>Got it</Button>
    </div>
  );
}

export function ModelNotice() {
  const hasFailed = useApp((state) => state.model.status === 'failed');
  return hasFailed ? <FailedModel /> : <Assumptions />;
}
