// The objective's curves as a drawing, for the header's Export menu: the panel that draws them offers it while it is mounted.

import { useEffect, useSyncExternalStore } from 'react';
import type { Standalone } from '../charts/exportSvg.ts';
import type { ExportSubject } from '../export.ts';

export interface OfferedCurves {
  readonly draw: () => Promise<Standalone>;
  readonly subject: ExportSubject;
}

let offered: OfferedCurves | null = null;
const listeners = new Set<() => void>();

function offer(curves: OfferedCurves | null): void {
  const changes = (offered === null) !== (curves === null);
  offered = curves;
  if (changes) for (const listener of listeners) listener();
}

/** Call in the panel at every render: what is offered is then what is on screen. */
export function useOfferCurves(curves: OfferedCurves): void {
  useEffect(() => {
    offer(curves);
  });
  useEffect(() => () => offer(null), []);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Whether curves are on screen now. */
export const useHasCurves = (): boolean => useSyncExternalStore(subscribe, () => offered !== null);

/** @throws Error while no curves are on screen */
export function curvesOnScreen(): OfferedCurves {
  if (!offered) throw new Error('no curves are on screen');
  return offered;
}
