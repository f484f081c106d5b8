// Stale answers: of several requests of one kind only the newest may change the page.

export interface Ticket {
  /** False as soon as a newer request of the kind was made. */
  readonly isCurrent: () => boolean;
  readonly signal: AbortSignal;
}

/** Hands out tickets; each makes the ones before it stale. */
export function createLatest(): () => Ticket {
  let current = new AbortController();
  return () => {
    current.abort();
    const controller = new AbortController();
    current = controller;
    return { isCurrent: () => !controller.signal.aborted, signal: controller.signal };
  };
}

/**
 * One job at a time; while it runs, only the newest of those that wait is kept. A picture that was passed over is never computed.
 * The promise resolves to undefined for a job that was passed over.
 */
export function createNewestOnly(): <T>(job: () => Promise<T>) => Promise<T | undefined> {
  let running: Promise<unknown> | null = null;
  let passOver: (() => void) | null = null;
  return async <T>(job: () => Promise<T>): Promise<T | undefined> => {
    passOver?.();
    passOver = null;
    if (running) {
      const mayRun = await new Promise<boolean>((resolve) => {
        passOver = () => resolve(false);
        void running?.then(() => resolve(true));
      });
      if (!mayRun) return undefined;
      passOver = null;
    }
    const result = job();
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    running = settled;
    try {
      return await result;
    } finally {
      if (running === settled) running = null;
    }
  };
}
