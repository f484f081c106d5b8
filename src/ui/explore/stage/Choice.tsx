// One choice of a few: all in sight where there is room, a menu where there is not.

import { Button } from '../../controls/Button.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { Menu } from '../../controls/Menu.tsx';
import { Segmented } from '../../controls/Segmented.tsx';

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
  readonly isCompact: boolean;
  /** Shown before the segments. */
  readonly showsLabel?: boolean;
}

export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
  isCompact,
  showsLabel = false,
}: ChoiceProps<T>) {
  if (!isCompact)
    return <Segmented label={label} hideLabel={!showsLabel} value={value} options={options} onChange={onChange} />;
  const chosen = options.find((option) => option.value === value);
  return (
    <Menu
      trigger={
        <Button size="small" aria-label={`${label}: ${chosen?.label ?? ''}`}>
          {chosen?.label}
          <Icon name="down" size={12} />
        </Button>
      }
      entries={options.map((option) => ({
        id: option.value,
        label: option.label,
        checked: option.value === value,
        onSelect: () => onChange(option.value),
      }))}
    />
  );
}
