// The page's glyphs: 16 px, one stroke of 1.5 px in the colour of the text around them. Decorative; the button names them.

import type { ReactNode } from 'react';
import './icon.css';

export type IconName =
  | 'mssa'
  | 'ista'
  | 'prev'
  | 'next'
  | 'play'
  | 'pause'
  | 'max'
  | 'min'
  | 'save'
  | 'link'
  | 'theme'
  | 'help'
  | 'down'
  | 'close'
  | 'file'
  | 'camera'
  | 'menu'
  | 'warn'
  | 'check'
  | 'left'
  | 'right'
  | 'up'
  | 'below';

const GLYPHS: Readonly<Record<IconName, ReactNode>> = {
  // Two tokens pushed towards a wall: compression.
  mssa: <path d="M1.5 4l4 4-4 4M14.5 4l-4 4 4 4M8 3v10" />,
  // The graph of ReLU: what is small becomes zero.
  ista: <path d="M1.5 12H7l6.5-8.5" />,
  prev: <path d="M10 3.5L5.5 8l4.5 4.5" />,
  next: <path d="M6 3.5L10.5 8 6 12.5" />,
  play: <path d="M5 3.2v9.6L12.5 8z" fill="currentColor" />,
  pause: <path d="M5.2 3.5v9M10.8 3.5v9" strokeWidth="2.4" />,
  max: <path d="M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9 7M2.5 13.5L7 9" />,
  min: <path d="M13 7H9V3M3 9h4v4M9 7l4.5-4.5M7 9l-4.5 4.5" />,
  save: <path d="M8 2v8M4.7 7L8 10.3 11.3 7M2.5 13.5h11" />,
  link: (
    <path d="M6.7 9.3a2.8 2.8 0 0 0 4 0l2.2-2.2a2.8 2.8 0 0 0-4-4l-.9.9M9.3 6.7a2.8 2.8 0 0 0-4 0L3.1 8.9a2.8 2.8 0 0 0 4 4l.9-.9" />
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" fill="currentColor" stroke="none" />
    </>
  ),
  help: (
    <>
      <path d="M5.5 6a2.5 2.5 0 1 1 3.7 2.2C8.4 8.7 8 9.2 8 10" />
      <circle cx="8" cy="12.6" r=".6" fill="currentColor" />
    </>
  ),
  down: <path d="M3.5 6L8 10.5 12.5 6" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  file: <path d="M9 2H4v12h8V5zM9 2v3h3" />,
  camera: (
    <>
      <path d="M2 5h2.5l1-1.5h5l1 1.5H14v7.5H2z" />
      <circle cx="8" cy="8.5" r="2.3" />
    </>
  ),
  menu: <path d="M2 4.5h12M2 8h12M2 11.5h12" />,
  warn: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.8v4" />
      <circle cx="8" cy="11" r=".5" fill="currentColor" />
    </>
  ),
  check: <path d="M3.5 8.5l3 3 6-7" />,
  left: <path d="M13 8H3M6.6 4.4L3 8l3.6 3.6" />,
  right: <path d="M3 8h10M9.4 4.4L13 8l-3.6 3.6" />,
  up: <path d="M8 13V3M4.4 6.6L8 3l3.6 3.6" />,
  below: <path d="M8 3v10M4.4 9.4L8 13l3.6-3.6" />,
};

interface IconProps {
  readonly name: IconName;
  /** Side in px. */
  readonly size?: number;
  readonly className?: string;
}

export function Icon({ name, size = 16, className }: IconProps) {
  return (
    <svg
      className={className ? `icon ${className}` : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      {GLYPHS[name]}
    </svg>
  );
}
