// Parts of the page whose code comes when they are first opened, and in any case once the page has come to rest, so that from then on it
// needs no network. A part that does not come says so in its own place.

import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

const loads: (() => Promise<unknown>)[] = [];

function NotArrived() {
  return (
    <p className="read not-arrived" role="alert">
      This part of the page did not arrive: there is no network, or the page was renewed after you had opened it. Reload
      the page.
    </p>
  );
}

export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  loads.push(load);
  return lazy(() =>
    load().then(
      (part) => ({ default: part }),
      () => ({ default: NotArrived as ComponentType<Props> }),
    ),
  );
}

/** Code that is no part to be seen, such as a format to save in: gives `load` back, and fetches it with the rest. */
export function withTheRest<T>(load: () => Promise<T>): () => Promise<T> {
  loads.push(load);
  return load;
}

/** Resolves when the browser has nothing better to do, or after so many ms. */
const rest = (timeout: number): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout });
    else setTimeout(resolve, timeout / 4);
  });

/** Fetches what has not been opened yet, when the browser has nothing better to do, one after the other: to evaluate it all is a long task. */
export async function fetchTheRest(): Promise<void> {
  await rest(2000);
  for (const load of loads) {
    // One that fails now is told when it is opened.
    await load().catch(() => undefined);
    await rest(200);
  }
}
