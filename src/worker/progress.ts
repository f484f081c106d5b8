// Progress across the message port, thinned out.

import type { Progress } from './protocol.ts';

/** Milliseconds between two messages of progress: each interrupts what the page is rendering, which begins anew. */
const TELL_MS = 200;

/** At most one message in TELL_MS crosses the port, and the newest one always, also when nothing follows it. */
export function seldom(progress: Progress | undefined): Progress {
  let told = Number.NEGATIVE_INFINITY;
  let newest: [number, number] = [0, 0];
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    clearTimeout(waiting);
    waiting = undefined;
    told = performance.now();
    progress?.(...newest);
  };
  return (bytes, totalBytes) => {
    newest = [bytes, totalBytes];
    const since = performance.now() - told;
    if (since >= TELL_MS || bytes >= totalBytes) tell();
    else waiting ??= setTimeout(tell, TELL_MS - since);
  };
}
