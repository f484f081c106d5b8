// Options of the Heads view: how many maps, and how they are drawn. Where there is little room, both in one menu.

import type { MapStyle } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { Menu } from '../../controls/Menu.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { Choice } from './Choice.tsx';

interface HeadsOptionsProps {
  readonly K: number;
  readonly isOne: boolean;
  readonly onOne: (isOne: boolean) => void;
  readonly isCompact: boolean;
}

const WORDS = 'No One Two Three Four Five Six'.split(' ');

const STYLES: readonly { readonly value: MapStyle; readonly label: string }[] = [
  { value: 'over', label: 'over picture' },
  { value: 'plain', label: 'plain' },
  { value: 'mask', label: 'mask' },
];

export function HeadsOptions({ K, isOne, onOne, isCompact }: HeadsOptionsProps) {
  const mapStyle = useApp((state) => state.mapStyle);
  const choose = useApp((state) => state.choose);
  const counts = [
    { value: 'all', label: `${WORDS[K] ?? K} maps` },
    { value: 'one', label: 'One map' },
  ] as const;
  const count = isOne ? 'one' : 'all';
  const chooseCount = (value: 'all' | 'one') => onOne(value === 'one');
  if (!isCompact)
    return (
      <>
        {K > 1 && <Choice label="Maps" isCompact value={count} options={counts} onChange={chooseCount} />}
        <Choice
          label="Map style"
          isCompact={false}
          value={mapStyle}
          options={STYLES}
          onChange={(value) => choose({ mapStyle: value })}
        />
      </>
    );
  const styles = STYLES.map(
    ({ value, label }): MenuEntry => ({
      id: value,
      label,
      checked: value === mapStyle,
      onSelect: () => choose({ mapStyle: value }),
    }),
  );
  const sizes = counts.map(
    ({ value, label }): MenuEntry => ({
      id: value,
      label,
      checked: value === count,
      onSelect: () => chooseCount(value),
    }),
  );
  const shown = STYLES.find(({ value }) => value === mapStyle)?.label;
  return (
    <Menu
      trigger={
        <Button size="small" aria-label={`Maps: ${shown}`}>
          {shown}
          <Icon name="down" size={12} />
        </Button>
      }
      entries={K > 1 ? [...styles, { kind: 'separator', id: 'between' }, ...sizes] : styles}
    />
  );
}
