// The stop "picture": what the model sees, pixel by pixel, with the patches it will be cut into.

import { useMemo, useRef } from 'react';
import { gridSide } from '../../../model/config.ts';
import type { ModelInfo, PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { PatchPicture } from '../../maps/PatchPicture.tsx';
import { hiddenCount } from '../../maps/patchBytes.ts';
import { count } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { meanOfPatch } from './patchMean.ts';
import { useSaveable } from './saveContext.tsx';
import { pictureSide } from './tiles.ts';
import { patchOf, tokenName, tokenPlace } from './tokenNames.ts';
import { useHidden } from './usePicture.ts';
import './ends.css';

interface PictureStageProps {
  readonly model: ModelInfo;
  readonly picture: PictureInfo;
}

/** Largest side, px. */
const LARGEST = 560;

export function PictureStage({ model, picture }: PictureStageProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'picture stage');
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const grid = gridSide(model.config);
  const hidden = useHidden(grid);
  const side = pictureSide(Math.min(width, LARGEST), picture.side, grid);
  useSaveable(
    useMemo(
      () => ({
        name: 'picture as seen',
        table: () => ({
          columns: ['patch', 'mean red', 'mean green', 'mean blue'],
          rows: Array.from({ length: grid * grid }, (_, patch) => [
            tokenName(patch + 1, grid),
            ...meanOfPatch(picture.seen, picture.side, grid, patch),
          ]),
        }),
      }),
      [picture, grid],
    ),
  );

  const colour = (patch: number) => meanOfPatch(picture.seen, picture.side, grid, patch).map(Math.round).join(', ');
  const says = (patch: number) => (hidden?.[patch] ? 'hidden' : `mean colour ${colour(patch)}`);
  return (
    <div ref={frame} className="picture-stage">
      {width > 0 && (
        <>
          <PatchPicture
            label="What the model sees, by patches"
            bytes={picture.seen}
            of={picture.side}
            grid={grid}
            side={side}
            hidden={hidden}
            hasLines
            picked={patchOf(token)}
            hovered={patchOf(hovered)}
            cellLabel={(patch) => `${tokenPlace(patch + 1, grid)}, ${says(patch)}`}
            tip={(patch) => (
              <>
                <b>{tokenName(patch + 1, grid)}</b>
                <span>{hidden?.[patch] ? 'hidden' : 'mean R, G, B'}</span>
                <span>{hidden?.[patch] ? '' : colour(patch)}</span>
              </>
            )}
            onHover={(patch) => hover(patch === null ? null : patch + 1)}
            onPick={(patch) => pickToken(patch + 1)}
          />
          <p className="tick">
            {Math.round(picture.crop.width)} × {Math.round(picture.crop.height)} of {picture.width} × {picture.height}{' '}
            pixels, brought to {picture.side} × {picture.side}: {count(grid * grid)} patches of {model.config.patchSize}{' '}
            × {model.config.patchSize}.
            {hidden && ` ${count(hiddenCount(hidden))} of them are hidden: the encoder sees the mask token there.`}
          </p>
        </>
      )}
    </div>
  );
}
