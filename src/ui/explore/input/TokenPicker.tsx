// Which token is picked: the class token, or a patch by its row and column.

import { useEffect, useRef } from 'react';
import { Segmented } from '../../controls/Segmented.tsx';

interface TokenPickerProps {
  readonly token: number;
  /** Patches a side; 0 while no model is known. */
  readonly side: number;
  readonly onPick: (token: number) => void;
}

export function TokenPicker({ token, side, onPick }: TokenPickerProps) {
  // Going back to "patch" returns to the patch that was picked before; the first time, to the middle.
  const before = useRef(0);
  useEffect(() => {
    if (token > 0) before.current = token;
  }, [token]);
  const middle = 1 + Math.floor(side / 2) * side + Math.floor(side / 2);
  const patch = () => (before.current > 0 && before.current <= side * side ? before.current : middle);
  const [row, column] = [Math.floor((token - 1) / side) + 1, ((token - 1) % side) + 1];
  return (
    <div className="token-picker">
      <Segmented
        label="Token"
        value={token === 0 ? 'class' : 'patch'}
        options={[
          { value: 'class', label: 'class', hint: 'The class token, which stands for the whole picture' },
          { value: 'patch', label: 'patch', hint: 'One patch of the picture' },
        ]}
        onChange={(value) => onPick(value === 'class' ? 0 : patch())}
        disabled={side === 0}
      />
      {token > 0 && side > 0 ? (
        <span className="token-place">
          <span className="if-wide">
            row {row}, column {column}
          </span>
          <span className="if-narrow" aria-hidden="true">
            ({row}, {column})
          </span>
        </span>
      ) : null}
    </div>
  );
}
