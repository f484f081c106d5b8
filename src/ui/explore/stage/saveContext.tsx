// What the save button of the stage saves: the open view says so.

import { createContext, useContext, useEffect } from 'react';
import type { Table } from '../../charts/exportCsv.ts';

export interface Saveable {
  /** What it shows, for the file's name, e.g. "attention layer 3". */
  readonly name: string;
  /** The numbers that are drawn. */
  readonly table: () => Table;
  /** The view as vectors, where it is. */
  readonly svg?: () => SVGSVGElement | null;
}

export const SaveContext = createContext<(saveable: Saveable | null) => void>(() => undefined);

/** Tells the stage what to save while the calling view is open; null while it has nothing. Memoise the argument. */
export function useSaveable(saveable: Saveable | null): void {
  const tell = useContext(SaveContext);
  useEffect(() => {
    tell(saveable);
    return () => tell(null);
  }, [tell, saveable]);
}
