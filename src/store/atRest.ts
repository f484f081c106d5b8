// When the page has nothing to draw: then work beside it may take a processor of its own.

/** An idle period this long, ms, is one in which no frame is due: those between two frames are shorter. */
const IDLE_MS = 30;

/** How long a page that does not come to rest, such as one that plays, is waited for, ms. */
const LONGEST_MS = 5000;

/** Where the browser does not tell, ms. */
const UNTOLD_MS = 1000;

/** Resolves when the page has drawn what it has, or after LONGEST_MS. */
export function atRest(): Promise<void> {
  if (!('requestIdleCallback' in globalThis)) return new Promise((resolve) => setTimeout(resolve, UNTOLD_MS));
  const end = performance.now() + LONGEST_MS;
  return new Promise((resolve) => {
    const ask = () =>
      requestIdleCallback(
        (idle) => {
          if (idle.didTimeout || idle.timeRemaining() >= IDLE_MS) resolve();
          else ask();
        },
        { timeout: Math.max(1, end - performance.now()) },
      );
    ask();
  });
}
