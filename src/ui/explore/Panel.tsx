// A panel of the page, which says that it is busy: from when its work begins, not from when it is its turn to draw that, until what came of
// it is drawn.

import type { ReactNode } from 'react';
import { useApp, useAppNow } from '../appContext.tsx';

interface PanelProps {
  readonly className: string;
  readonly label: string;
  /** Whose work it shows. */
  readonly of: 'run' | 'pictureState';
  readonly children: ReactNode;
}

export function Panel({ className, label, of, children }: PanelProps) {
  const now = useAppNow((state) => state[of]);
  const drawn = useApp((state) => state[of]);
  const isBusy = now !== drawn || now.status === 'running' || now.status === 'loading';
  return (
    <section className={className} aria-label={label} aria-busy={isBusy}>
      {children}
    </section>
  );
}
