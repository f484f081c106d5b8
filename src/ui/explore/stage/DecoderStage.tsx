// The stop "decoder" of CRATE-MAE: the reconstruction large, what the encoder saw and the original beside it, and what a block computes.

import { useMemo, useRef, useState } from 'react';
import type { ModelInfo } from '../../../store/state.ts';
import { hiddenCount, hiddenDifference } from '../../maps/patchBytes.ts';
import { count, fixed } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { decoderKernels } from './formulas.ts';
import { MaskControls, PasteChoice } from './MaskControls.tsx';
import { ReconstructionPicture } from './ReconstructionPicture.tsx';
import { ShaderSources } from './ShaderSources.tsx';
import { useSaveable } from './saveContext.tsx';
import { decoderLayout } from './tiles.ts';
import { tokenName } from './tokenNames.ts';
import { reconstructionSentence, useReconstruction } from './useReconstruction.ts';
import { WithTex } from './WithTex.tsx';
import './decoder.css';
import './ends.css';

interface DecoderStageProps {
  readonly model: ModelInfo;
}

/** What the released code does, where one might expect otherwise; LaTeX between dollar signs. */
const NOTES: readonly string[] = [
  'There is no residual around the linear map and no ReLU after it: $H$ alone goes on. It stands where the encoder has its ISTA step, but has neither step size nor threshold.',
  'MSSA is taken off with weight 1, where a layer of the encoder adds it: the minus sign is the released code’s.',
  'No position is added here; the encoder alone was told the places, and it alone saw the mask tokens.',
];

export function DecoderStage({ model }: DecoderStageProps) {
  const { config, patchPixels } = model;
  const { d, patchSize, decoder } = config;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'decoder stage');
  const [pastes, setPastes] = useState(false);
  const { grid, side, picture, hidden, bytes, isPasted, isStale } = useReconstruction(model, pastes);
  const blank = hiddenCount(hidden);
  const difference = useMemo(
    () => (bytes && picture && !isStale ? hiddenDifference(bytes, picture.seen, hidden, side) : null),
    [bytes, picture, isStale, hidden, side],
  );

  useSaveable(
    useMemo(
      () =>
        bytes &&
        picture && {
          name: `reconstruction ${blank} of ${hidden.length} hidden`,
          table: () => ({
            columns: ['patch', 'hidden', 'rms difference of its bytes'],
            rows: Array.from(hidden, (is, patch) => [
              tokenName(patch + 1, grid),
              is,
              hiddenDifference(
                bytes,
                picture.seen,
                hidden.map((_, i) => (i === patch ? 1 : 0)),
                side,
              ),
            ]),
          }),
        },
      [bytes, picture, hidden, blank, grid, side],
    ),
  );

  const layout = decoderLayout(width, side, grid);
  const shared = { of: side, grid, hidden };
  return (
    <div ref={frame} className="decoder">
      {!bytes || !picture ? (
        <Awaited what="the reconstruction" />
      ) : (
        width > 0 && (
          <div>
            <div className="decoder-bar" data-unsaved>
              <MaskControls />
              <PasteChoice pastes={pastes} onChange={setPastes} />
            </div>
            <div className={layout.isStacked ? 'decoder-pictures decoder-stacked' : 'decoder-pictures'}>
              <ReconstructionPicture
                title={isPasted ? 'Reconstruction, visible patches pasted over it' : 'Reconstruction'}
                bytes={bytes}
                side={layout.large}
                isStale={isStale}
                {...shared}
              />
              <div className="decoder-beside">
                <ReconstructionPicture
                  title="Seen by the encoder"
                  bytes={picture.seen}
                  side={layout.small}
                  isMasked
                  {...shared}
                />
                <ReconstructionPicture title="Original" bytes={picture.seen} side={layout.small} {...shared} />
              </div>
            </div>
            <p className="tick decoder-said">
              {count(blank)} of {count(hidden.length)} patches are hidden.{' '}
              {reconstructionSentence(isPasted, patchPixels)}
              {difference !== null &&
                ` In the hidden patches the bytes drawn differ from the original’s by ${fixed(difference)} of 255, root mean square; that is not the training loss.`}
            </p>
          </div>
        )
      )}
      {decoder && (
        <dl className="figures embed-figures">
          <dt>blocks</dt>
          <dd>
            {decoder.L}, with {decoder.K} {decoder.K === 1 ? 'head' : 'heads'} of width {decoder.p}
          </dd>
          <dt>linear map of a block</dt>
          <dd>
            {count(d)} × {count(d)}
          </dd>
          <dt>to pixels</dt>
          <dd>
            {patchSize} × {patchSize} × 3 = {count(3 * patchSize * patchSize)} numbers a token; the class token is left
            out
          </dd>
        </dl>
      )}
      <section aria-label="Released code">
        <h3>As the released code has it</h3>
        <ul className="differences read">
          {NOTES.map((note) => (
            <li key={note}>
              <WithTex>{note}</WithTex>
            </li>
          ))}
        </ul>
      </section>
      <ShaderSources kernels={decoderKernels(model.config)} opened="" operator="mssa" />
    </div>
  );
}
