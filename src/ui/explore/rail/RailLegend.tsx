// What the two lanes of the rail show, and in which unit.

import type { Normalisation, RateUnit } from '../../../store/state.ts';
import { Icon } from '../../controls/Icon.tsx';
import { Tex } from '../../text/Tex.tsx';

interface RailLegendProps {
  readonly by: Normalisation;
  readonly unit: RateUnit;
  /** Non-zeros are those of the codes. */
  readonly ofCodes: boolean;
}

export function RailLegend({ by, unit, ofCodes }: RailLegendProps) {
  return (
    <>
      <p className="rail-legend rail-legend-rate tick">
        <Icon name="mssa" size={14} className="mssa" />
        <span>
          <span className="is-ink">
            <span className="rail-words">coding rate </span>
            <Tex>{'R^c'}</Tex>
          </span>
          <span className="rail-short">, {unit}</span>
          <span className="rail-words rail-second">
            {unit}, {by === 'unit' ? 'unit-normalised' : 'raw'}
          </span>
        </span>
      </p>
      <p className="rail-legend rail-legend-nonzero tick">
        <Icon name="ista" size={14} className="ista" />
        <span>
          <span className="is-ink">non-zeros</span>
          {ofCodes ? (
            <span className="rail-short">
              {' '}
              of <Tex>z_2</Tex>
            </span>
          ) : null}
          <span className="rail-words rail-second">
            {ofCodes ? 'share of the codes ' : 'share of '}
            <Tex>{ofCodes ? 'z_2' : 'Z^{\\ell+1}'}</Tex>
          </span>
        </span>
      </p>
    </>
  );
}
