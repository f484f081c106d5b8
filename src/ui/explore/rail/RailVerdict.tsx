// In how many layers each half-step did what the theory says of it.

import type { LayerTrace } from '../../../model/trace.ts';
import type { Normalisation } from '../../../store/state.ts';
import { Dot } from '../../controls/Dot.tsx';
import { tallyIsta, tallyMssa } from './verdict.ts';

interface RailVerdictProps {
  readonly layers: readonly LayerTrace[];
  readonly by: Normalisation;
}

const layersWord = (number: number): string => (number === 1 ? 'layer' : 'layers');

export function RailVerdict({ layers, by }: RailVerdictProps) {
  if (layers.length === 0) return null;
  const mssa = tallyMssa(layers, by);
  const ista = tallyIsta(layers);
  return (
    <>
      <p className="rail-verdict rail-verdict-rate tick">
        <Dot of="mssa" agrees={mssa.met === mssa.of} />
        <span className="is-ink">
          MSSA lowers it
          <br />
          in {mssa.met} of {mssa.of} {layersWord(mssa.of)}
        </span>
      </p>
      {ista.of > 0 ? (
        <p className="rail-verdict rail-verdict-nonzero tick">
          <Dot of="ista" agrees={ista.met === ista.of} />
          <span className="is-ink">
            falls from layer
            <br />
            to layer in {ista.met} of {ista.of}
          </span>
        </p>
      ) : null}
    </>
  );
}
