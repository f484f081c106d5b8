// Options of the Heads view: how many maps, and how they are drawn.

import { useApp } from '../../appContext.tsx';
import { Choice } from './Choice.tsx';

interface HeadsOptionsProps {
  readonly K: number;
  readonly isOne: boolean;
  readonly onOne: (isOne: boolean) => void;
  readonly isCompact: boolean;
}

const WORDS = 'No One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve'.split(' ');

export function HeadsOptions({ K, isOne, onOne, isCompact }: HeadsOptionsProps) {
  const mapStyle = useApp((state) => state.mapStyle);
  const choose = useApp((state) => state.choose);
  return (
    <>
      {K > 1 && (
        <Choice
          label="Maps"
          isCompact
          value={isOne ? 'one' : 'all'}
          options={[
            { value: 'all', label: `${WORDS[K] ?? K} maps` },
            { value: 'one', label: 'One map' },
          ]}
          onChange={(value) => onOne(value === 'one')}
        />
      )}
      <Choice
        label="Map style"
        isCompact={isCompact}
        value={mapStyle}
        options={[
          { value: 'over', label: 'over picture' },
          { value: 'plain', label: 'plain' },
          { value: 'mask', label: 'mask' },
        ]}
        onChange={(value) => choose({ mapStyle: value })}
      />
    </>
  );
}
