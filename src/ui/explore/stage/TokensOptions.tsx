// Options of the Tokens view: the order of channels (in CRATE-α of atoms), and the paper's sub-matrix.

import { useApp } from '../../appContext.tsx';
import { Choice } from './Choice.tsx';

interface TokensOptionsProps {
  readonly isCompact: boolean;
  /** What the columns of the sparse matrix are. */
  readonly what: 'channels' | 'atoms';
}

export function TokensOptions({ isCompact, what }: TokensOptionsProps) {
  const channels = useApp((state) => state.channels);
  const heatCrop = useApp((state) => state.heatCrop);
  const choose = useApp((state) => state.choose);
  return (
    <>
      <Choice
        label={what}
        showsLabel
        isCompact={isCompact}
        value={channels}
        options={[
          { value: 'stored', label: 'as stored' },
          { value: 'use', label: 'by use' },
        ]}
        onChange={(value) => choose({ channels: value })}
      />
      <Choice
        label="Entries"
        isCompact={isCompact}
        value={heatCrop}
        options={[
          { value: 'all', label: 'all' },
          { value: '50', label: '50 × 50' },
        ]}
        onChange={(value) => choose({ heatCrop: value })}
      />
    </>
  );
}
