// Options of the Subspaces view: which head, before or after the half-step, plane or space.

import type { CrateConfig } from '../../../model/config.ts';
import { useApp } from '../../appContext.tsx';
import { Choice } from './Choice.tsx';
import type { Operator } from './formulas.ts';

interface SubspacesOptionsProps {
  readonly operator: Operator;
  readonly config: CrateConfig;
  readonly isCompact: boolean;
}

export function SubspacesOptions({ operator, config, isCompact }: SubspacesOptionsProps) {
  const head = useApp((state) => state.head);
  const place = useApp((state) => state.place);
  const dimensions = useApp((state) => state.dimensions);
  const choose = useApp((state) => state.choose);
  const pickHead = useApp((state) => state.pickHead);
  return (
    <>
      <Choice
        label="Head"
        isCompact
        value={String(head)}
        options={Array.from({ length: config.K }, (_, k) => ({ value: String(k), label: `Head ${k + 1}` }))}
        onChange={(value) => pickHead(Number(value))}
      />
      {operator === 'mssa' && (
        <Choice
          label="Tokens at"
          isCompact={isCompact}
          value={place === 'input' ? 'input' : 'half'}
          options={[
            { value: 'input', label: 'input' },
            { value: 'half', label: 'half' },
          ]}
          onChange={(value) => choose({ place: value })}
        />
      )}
      <Choice
        label="Axes"
        isCompact={isCompact}
        value={dimensions}
        options={[
          { value: '2d', label: 'plane' },
          { value: '3d', label: 'space' },
        ]}
        onChange={(value) => choose({ dimensions: value })}
      />
    </>
  );
}
