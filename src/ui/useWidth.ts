// The inner width of an element in px, kept up to date; 0 before it is laid out.

import { type RefObject, startTransition, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/** The last widths of places whose element comes and goes. */
const known = new Map<string, number>();

/**
 * Whether what is drawn at a width that was not known is there with the same frame, or, where it is much, a few ms at a time in later ones.
 */
type First = 'at once' | 'in steps';

/**
 * `place` names where the element stands: one that comes back there is drawn at the width of the one before. The frame's own layout tells
 * the width, or that it has changed: to measure before would be to lay out the page in the task that draws it.
 */
export function useWidth(ref: RefObject<HTMLElement | null>, place: string, first: First = 'at once'): number {
  const [width, setWidth] = useState(() => known.get(place) ?? 0);
  const isFirst = useRef(width === 0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      // Of the element itself it would be asked anew: another observer before this one may have changed the page.
      const now = Math.round(entry.contentRect.width);
      known.set(place, now);
      const set = () => setWidth(now);
      if (!isFirst.current) set();
      else if (first === 'in steps') startTransition(set);
      else flushSync(set);
      isFirst.current = false;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, place, first]);
  return width;
}
