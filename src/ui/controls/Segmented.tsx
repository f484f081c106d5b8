// One choice of a few that are all in sight: one track, one raised segment. A radio group: arrow keys move and choose.

import * as ToggleGroup from '@radix-ui/react-toggle-group';
import { type ReactNode, useId } from 'react';
import { Tooltip } from './Tooltip.tsx';
import './segmented.css';

export interface SegmentedOption<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  /** A sentence for whom the word alone says too little. */
  readonly hint?: string;
  readonly disabled?: boolean;
}

interface SegmentedProps<T extends string> {
  /** The group's name; shown before it unless hidden. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly SegmentedOption<T>[];
  readonly onChange: (value: T) => void;
  /** 'touch' is 40 px high. Below 640 px every segmented is. */
  readonly size?: 'normal' | 'touch';
  readonly hideLabel?: boolean;
  readonly disabled?: boolean;
}

export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  size = 'normal',
  hideLabel = false,
  disabled = false,
}: SegmentedProps<T>) {
  const id = useId();
  const choose = (next: string) => {
    const option = options.find((candidate) => candidate.value === next);
    // Pressing the chosen segment again gives '': a choice is never taken back.
    if (option && option.value !== value) onChange(option.value);
  };
  return (
    <span className="segmented">
      <span id={id} className={hideLabel ? 'unseen' : 'label'}>
        {label}
      </span>
      <ToggleGroup.Root
        type="single"
        role="radiogroup"
        aria-labelledby={id}
        className={size === 'touch' ? 'segmented-track segmented-touch' : 'segmented-track'}
        value={value}
        onValueChange={choose}
        disabled={disabled}
      >
        {options.map((option) => {
          const item = (
            <ToggleGroup.Item
              key={option.value}
              className="segmented-item"
              value={option.value}
              disabled={option.disabled ?? false}
              onFocus={() => choose(option.value)}
            >
              {option.label}
            </ToggleGroup.Item>
          );
          return option.hint ? (
            <Tooltip key={option.value} text={option.hint}>
              {item}
            </Tooltip>
          ) : (
            item
          );
        })}
      </ToggleGroup.Root>
    </span>
  );
}
