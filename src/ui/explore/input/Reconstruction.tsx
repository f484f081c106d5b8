// CRATE-MAE has no classes to tell: what its encoder saw of the picture, and what its decoder makes of that.

import { useRef, useState } from 'react';
import { selectReports } from '../../../store/selectors.ts';
import type { ModelInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { hiddenCount } from '../../maps/patchBytes.ts';
import { count } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { MaskControls, PasteChoice } from '../stage/MaskControls.tsx';
import { ReconstructionPicture } from '../stage/ReconstructionPicture.tsx';
import { pictureSide } from '../stage/tiles.ts';
import { reconstructionSentence, useReconstruction } from '../stage/useReconstruction.ts';
import '../stage/decoder.css';
import './predictions.css';

const GAP = 8;

export function Reconstruction({ model }: { readonly model: ModelInfo }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'reconstruction');
  const [pastes, setPastes] = useState(false);
  const hasRun = useApp((state) => selectReports(state) !== null);
  const { grid, side, picture, hidden, bytes, isPasted, isStale } = useReconstruction(model, pastes);
  const tile = pictureSide((width - GAP) / 2, side, grid);
  const shared = { of: side, grid, side: tile, hidden };
  return (
    <section className="predictions reconstruction" aria-label="Reconstruction">
      <header className="input-head">
        <h2>Reconstruction</h2>
        <span className="tick">
          {count(hiddenCount(hidden))} of {count(hidden.length)} hidden
        </span>
      </header>
      <div ref={frame}>
        {picture && width > 0 ? (
          <div className="reconstruction-pair">
            <ReconstructionPicture title="seen" more=" by the encoder" bytes={picture.seen} isMasked {...shared} />
            {bytes ? (
              <ReconstructionPicture
                title={isPasted ? 'visible pasted' : 'reconstruction'}
                bytes={bytes}
                isStale={isStale}
                {...shared}
              />
            ) : (
              <p className="label reconstruction-none" style={{ width: tile, height: tile }}>
                {hasRun ? 'It is on its way.' : 'It appears when the picture has run.'}
              </p>
            )}
          </div>
        ) : null}
      </div>
      <PasteChoice pastes={pastes} onChange={setPastes} />
      <MaskControls />
      <p className="tick">{reconstructionSentence(isPasted, model.patchPixels)}</p>
    </section>
  );
}
