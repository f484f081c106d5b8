// Buttons. Quiet for tools, edge for an action beside text, primary (ink) for the one thing to do. A button that is only a glyph
// must have a label, which is its name for a screen reader and its tooltip.

import type { ComponentProps } from 'react';
import { Icon, type IconName } from './Icon.tsx';
import { Tooltip } from './Tooltip.tsx';
import './button.css';

interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: 'quiet' | 'edge' | 'primary';
  /** 'small' is 24 px high with label type, for panel headings and tab bars. */
  readonly size?: 'normal' | 'small';
  readonly icon?: IconName;
}

const joined = (...names: readonly (string | false | undefined)[]): string => names.filter(Boolean).join(' ');

export function Button({ variant = 'quiet', size = 'normal', icon, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={joined('button', `button-${variant}`, size === 'small' && 'button-small', className)}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'aria-label'> {
  readonly icon: IconName;
  /** Its name and its tooltip. */
  readonly label: string;
  readonly size?: 'normal' | 'small' | 'touch';
  /** Side of the glyph in px. */
  readonly glyph?: number;
}

export function IconButton({ icon, label, size = 'normal', glyph = 16, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} isName>
      <button
        type="button"
        {...rest}
        aria-label={label}
        className={joined('button', 'button-icon', size !== 'normal' && `button-${size}`, className)}
      >
        <Icon name={icon} size={glyph} />
      </button>
    </Tooltip>
  );
}
