// A bar of tabs with tools at its end, and the panel of the chosen one beneath.

import * as Radix from '@radix-ui/react-tabs';
import { type ReactNode, useId } from 'react';
import './tabs.css';

export interface TabOption<T extends string> {
  readonly value: T;
  readonly label: string;
}

interface TabBarProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly tabs: readonly TabOption<T>[];
  readonly onChange: (value: T) => void;
  /** Tools of the chosen tab, at the right end of the bar. */
  readonly trailing?: ReactNode;
  /** The panel of the chosen tab. */
  readonly children?: ReactNode;
  readonly className?: string;
}

export function TabBar<T extends string>({
  label,
  value,
  tabs,
  onChange,
  trailing,
  children,
  className,
}: TabBarProps<T>) {
  const id = useId();
  const tabId = (of: T) => `${id}-${of}`;
  const choose = (next: string) => {
    const tab = tabs.find((candidate) => candidate.value === next);
    if (tab) onChange(tab.value);
  };
  return (
    <Radix.Root className={className ? `tabs ${className}` : 'tabs'} value={value} onValueChange={choose}>
      <div className="tabs-bar">
        <Radix.List className="tabs-list" aria-label={label}>
          {tabs.map((tab) => (
            <Radix.Trigger
              key={tab.value}
              className="tabs-tab"
              value={tab.value}
              id={tabId(tab.value)}
              aria-controls={tab.value === value ? `${id}-panel` : undefined}
            >
              {tab.label}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {trailing ? <div className="tabs-trailing">{trailing}</div> : null}
      </div>
      {/* Radix's own asks for its computed style as it is mounted, which lays the page out before it is complete. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what a panel shows may have nothing to focus */}
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={tabId(value)} tabIndex={0}>
        {children}
      </div>
    </Radix.Root>
  );
}
