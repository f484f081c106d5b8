// A short text beside what it names, on hover and on keyboard focus. Never the only place where something is said. It can be pointed at,
// Escape puts it away, and only one is open at a time.

import {
  type ComponentProps,
  cloneElement,
  type ReactElement,
  type ReactNode,
  type SyntheticEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import './tooltip.css';

interface TooltipProps {
  readonly text: ReactNode;
  /** One element that takes events, a button as a rule. */
  readonly children: ReactElement;
  /** The text repeats the element's name, so a screen reader need not hear it again. */
  readonly isName?: boolean;
}

/** How long a pointer rests before the text comes, and may be on its way from the element to the text, ms. */
const DELAY = 500;
const GRACE = 120;
/** Between element and text, and between text and the window's edge, px. */
const GAP = 6;
const EDGE = 8;

/** Below the element, above where there is no room below; inside the window. */
function place(bubble: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = at.bottom + GAP;
  const hasRoom = below + height <= clientHeight - EDGE || at.top - GAP - height < EDGE;
  const left = Math.max(EDGE, Math.min(clientWidth - width - EDGE, at.left + (at.width - width) / 2));
  bubble.style.left = `${left}px`;
  bubble.style.top = `${hasRoom ? below : at.top - GAP - height}px`;
}

interface BubbleProps {
  readonly id: string;
  readonly anchor: Element;
  readonly text: ReactNode;
  readonly onEnter: () => void;
  readonly onLeave: () => void;
  readonly onClose: () => void;
}

function Bubble({ id, anchor, text, onEnter, onLeave, onClose }: BubbleProps) {
  const bubble = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (bubble.current) place(bubble.current, anchor);
  });
  useEffect(() => {
    const off = new AbortController();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // This Escape is for the text alone: before any dialog or shortcut hears of it.
      event.preventDefault();
      event.stopPropagation();
      onClose();
    };
    window.addEventListener('keydown', onKey, { capture: true, signal: off.signal });
    window.addEventListener('scroll', onClose, { capture: true, signal: off.signal });
    window.addEventListener('resize', onClose, { signal: off.signal });
    return () => off.abort();
  }, [onClose]);
  return createPortal(
    <div ref={bubble} id={id} role="tooltip" className="tooltip" onPointerEnter={onEnter} onPointerLeave={onLeave}>
      {text}
    </div>,
    document.body,
  );
}

/** Closes the text that is open; there is one at most. */
let closeOpen: (() => void) | null = null;

type Taking = ComponentProps<'button'>;

export function Tooltip({ text, children, isName = false }: TooltipProps) {
  const id = useId();
  const [anchor, setAnchor] = useState<Element | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const close = useRef(() => {
    clearTimeout(timer.current);
    if (closeOpen === close.current) closeOpen = null;
    setAnchor(null);
  });
  const openAt = (element: Element) => {
    clearTimeout(timer.current);
    if (closeOpen !== close.current) closeOpen?.();
    closeOpen = close.current;
    setAnchor(element);
  };
  const closeSoon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(close.current, isName ? 0 : GRACE);
  };
  useEffect(() => close.current, []);

  const child = children as ReactElement<Taking>;
  const { props } = child;
  const both =
    <Event extends SyntheticEvent>(theirs: ((event: Event) => void) | undefined, ours: (event: Event) => void) =>
    (event: Event) => {
      theirs?.(event);
      ours(event);
    };
  const describedBy = [props['aria-describedby'], anchor && !isName ? id : undefined].filter(Boolean).join(' ');
  return (
    <>
      {cloneElement(child, {
        ...(describedBy ? { 'aria-describedby': describedBy } : {}),
        onPointerEnter: both(props.onPointerEnter, (event) => {
          if (event.pointerType === 'touch') return;
          const element = event.currentTarget;
          clearTimeout(timer.current);
          if (anchor === null) timer.current = setTimeout(() => openAt(element), DELAY);
        }),
        onPointerLeave: both(props.onPointerLeave, closeSoon),
        onPointerDown: both(props.onPointerDown, close.current),
        onClick: both(props.onClick, close.current),
        onFocus: both(props.onFocus, (event) => {
          if (event.currentTarget.matches(':focus-visible')) openAt(event.currentTarget);
        }),
        onBlur: both(props.onBlur, close.current),
      })}
      {anchor ? (
        <Bubble
          id={id}
          anchor={anchor}
          text={text}
          onEnter={() => {
            if (!isName) clearTimeout(timer.current);
          }}
          onLeave={closeSoon}
          onClose={close.current}
        />
      ) : null}
    </>
  );
}
