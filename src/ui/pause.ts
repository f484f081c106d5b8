// A pause between two pieces of work: the browser paints and the reader's input gets in.

/** How long a page that paints no frames, such as one in a hidden tab, is waited for, ms. */
const NO_FRAME_MS = 60;

/** Resolves in a task of its own after the next frame. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    };
    const frame = requestAnimationFrame(go);
    const timer = setTimeout(go, NO_FRAME_MS);
  });
}
