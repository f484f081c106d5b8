// The inner width of an element in px, kept up to date; 0 before it is laid out.

import { type RefObject, useLayoutEffect, useState } from 'react';

function innerWidth(element: HTMLElement): number {
  const style = getComputedStyle(element);
  return element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
}

/** The last widths of places whose element comes and goes. */
const known = new Map<string, number>();

/**
 * `place` names where the element stands: one that comes back there is drawn at the width of the one before, without a layout of the page
 * in between. Should the place have changed meanwhile, the frame's own layout says so.
 */
export function useWidth(ref: RefObject<HTMLElement | null>, place?: string): number {
  const [width, setWidth] = useState(() => (place === undefined ? 0 : (known.get(place) ?? 0)));
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const now = innerWidth(element);
      if (place !== undefined) known.set(place, now);
      setWidth(now);
    };
    if (place === undefined || !known.has(place)) measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, place]);
  return width;
}
