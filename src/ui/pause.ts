// Pauses between two pieces of work: the browser paints and the reader's input gets in.

const waiting: (() => void)[] = [];
// One for all: a channel of one message's own may be collected with its message.
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => waiting.shift()?.();

/** Runs the job in a task of its own. A timer would wait 4 ms. */
export function inNextTask(job: () => void): void {
  waiting.push(job);
  port2.postMessage(null);
}

/** How long a page that paints no frames, such as one in a hidden tab, is waited for, ms. */
const NO_FRAME_MS = 60;

/** Resolves in a task of its own after the next frame. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const frame = requestAnimationFrame(() => {
      if (timer !== null) clearTimeout(timer);
      inNextTask(resolve);
    });
    timer = setTimeout(() => {
      cancelAnimationFrame(frame);
      inNextTask(resolve);
    }, NO_FRAME_MS);
  });
}
