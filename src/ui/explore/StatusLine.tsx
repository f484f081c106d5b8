// The status line: what computes the numbers on screen, how fast, and the keys. The engine's messages stand here, at their cause.

import { type ReactNode, Suspense, useState } from 'react';
import { selectModel, selectReports } from '../../store/selectors.ts';
import type { EngineState } from '../../store/state.ts';
import { useApp } from '../appContext.tsx';
import { Button } from '../controls/Button.tsx';
import { Icon } from '../controls/Icon.tsx';
import { later } from '../later.tsx';
import { duration, megabytesOf } from '../text/numbers.ts';
import { shortName } from './shortName.ts';
import './status.css';

function Recorded() {
  const model = useApp((state) => state.model);
  return (
    <>
      <b>Recorded</b> This trace was computed when the page was built. Live when the model has arrived
      {model.status === 'loading' ? `, ${megabytesOf(model.bytes, model.totalBytes)}` : ''};{' '}
      <b>
        ε<sup>2</sup>
      </b>{' '}
      waits for it.
    </>
  );
}

function Live({ engine }: { readonly engine: Extract<EngineState, { status: 'live' }> }) {
  const reports = useApp(selectReports);
  const isRunning = useApp((state) => state.run.status === 'running');
  const model = useApp((state) => state.model);
  const speed = reports?.live ? `, ${duration(reports.ms)} a picture` : '';
  return (
    <>
      <b>Live</b> {engine.kind === 'webgpu' ? `WebGPU on ${engine.adapter}, f32` : engine.adapter}
      {speed}
      {isRunning ? '; running' : ''}
      {model.status === 'loading' ? `; ${shortName(model.name)}: ${megabytesOf(model.bytes, model.totalBytes)}` : ''}
    </>
  );
}

/** Heads that a digit can pick: 1 to 9 at most. */
function HeadKeys() {
  const K = useApp((state) => selectModel(state)?.config.K ?? 0);
  if (K === 0) return null;
  return (
    <span>
      <span className="status-heads">
        <kbd>1</kbd>
        {K > 1 ? (
          <>
            –<kbd>{Math.min(9, K)}</kbd>
          </>
        ) : null}
      </span>
      head
    </span>
  );
}

function Keys() {
  const setTransient = useApp((state) => state.setTransient);
  // The other pages have no half-steps.
  const isExplore = useApp((state) => state.page === 'explore');
  if (!isExplore) return null;
  return (
    <div className="status-keys">
      <span>
        <kbd>
          <Icon name="left" size={12} />
        </kbd>
        <kbd>
          <Icon name="right" size={12} />
        </kbd>
        half-step
      </span>
      <span>
        <kbd>
          <Icon name="up" size={12} />
        </kbd>
        <kbd>
          <Icon name="below" size={12} />
        </kbd>
        layer
      </span>
      <span>
        <kbd>space</kbd> play
      </span>
      <HeadKeys />
      <button type="button" className="status-all" onClick={() => setTransient({ dialog: 'keys' })}>
        <kbd>?</kbd> all keys
      </button>
    </div>
  );
}

/** A message of the engine that asks to be read; `id` keeps one that was read from coming back. */
function useMessage(): { readonly id: string; readonly kind: 'notice' | 'error'; readonly body: ReactNode } | null {
  const engine = useApp((state) => state.engine);
  const run = useApp((state) => state.run);
  if (engine.status === 'failed') return { id: engine.sentence, kind: 'error', body: engine.sentence };
  if (run.status === 'failed') return { id: run.sentence, kind: 'error', body: run.sentence };
  if (engine.status === 'live' && engine.notice) return { id: engine.notice, kind: 'notice', body: engine.notice };
  return null;
}

const WebGpuDialog = later(async () => (await import('./WebGpuDialog.tsx')).WebGpuDialog);

export function StatusLine() {
  const engine = useApp((state) => state.engine);
  const message = useMessage();
  const [read, setRead] = useState('');
  const [isHowToOpen, setHowToOpen] = useState(false);
  const isWithoutWebGpu = engine.status === 'live' && engine.isWithoutWebGpu;

  if (message && message.id !== read) {
    return (
      <footer className={`status status-loud status-${message.kind}`}>
        <Icon name="warn" />
        <p role={message.kind === 'error' ? 'alert' : 'status'}>{message.body}</p>
        {isWithoutWebGpu ? (
          <Button variant="edge" size="small" onClick={() => setHowToOpen(true)}>
            How to turn it on
          </Button>
        ) : null}
        <Button size="small" onClick={() => setRead(message.id)}>
          Got it
        </Button>
        <Suspense>{isHowToOpen ? <WebGpuDialog open onOpenChange={setHowToOpen} /> : null}</Suspense>
      </footer>
    );
  }
  return (
    <footer className="status">
      <p role="status">
        {engine.status === 'live' ? (
          <Live engine={engine} />
        ) : engine.status === 'recorded' ? (
          <Recorded />
        ) : (
          engine.sentence
        )}
      </p>
      <Keys />
    </footer>
  );
}
