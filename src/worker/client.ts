// The page's end of the message port.

import { proxy, type Remote, wrap } from 'comlink';
import type { PictureDesk } from './pictures.ts';
import type { EngineReport, Session } from './protocol.ts';

export type RemoteSession = Remote<Session>;

export interface SessionClient {
  readonly session: RemoteSession;
  /** Ends the worker; calls under way never answer. */
  dispose(): void;
}

/** Starts the worker. `onEngineChange` hears when the engine changed by itself; `onCrash`, when the worker itself broke. */
export function startSession(
  onEngineChange: (report: EngineReport) => void,
  onCrash: (sentence: string) => void,
): SessionClient {
  const worker = new Worker(new URL('./explorer.worker.ts', import.meta.url), { type: 'module', name: 'crate-engine' });
  worker.addEventListener('error', (event) => {
    onCrash(`The engine stopped: ${event.message || 'its script did not load'}. Reload the page.`);
  });
  const session = wrap<Session>(worker);
  void session.onEngineChange(proxy(onEngineChange));
  return { session, dispose: () => worker.terminate() };
}

/** Decodes in a worker; an SVG in the page, since only an <img> rasterises it. */
export function startPictureDesk(): PictureDesk {
  const worker = new Worker(new URL('./picture.worker.ts', import.meta.url), {
    type: 'module',
    name: 'crate-pictures',
  });
  const desk = wrap<PictureDesk>(worker);
  return {
    async prepare(blob, name, how) {
      const { HEAD_BYTES, sniff } = await import('../inputs/sniff.ts');
      const found = sniff(new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer()));
      const isSvg = found.kind === 'picture' && found.format === 'svg';
      if (!isSvg) return desk.prepare(blob, name, how);
      const { preparePicture } = await import('./pictures.ts');
      return preparePicture(blob, name, how);
    },
    async release(url) {
      // Made here or there; revoking a URL that is not one's own does nothing.
      URL.revokeObjectURL(url);
      await desk.release(url);
    },
  };
}
