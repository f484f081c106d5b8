// One of CRATE-MAE's pictures with its caption: what was seen, what was made of it, or the original.

import { useApp } from '../../appContext.tsx';
import { PatchPicture } from '../../maps/PatchPicture.tsx';
import type { PictureBytes } from '../../maps/patchBytes.ts';
import { patchOf, tokenName, tokenPlace } from './tokenNames.ts';

interface ReconstructionPictureProps {
  readonly title: string;
  /** What of the title goes where there is little room. */
  readonly more?: string;
  readonly bytes: PictureBytes;
  readonly of: number;
  readonly grid: number;
  /** CSS px. */
  readonly side: number;
  /** Which patches are hidden from the encoder; drawn blank where `isMasked`, else said of a patch that is pointed at. */
  readonly hidden: Uint8Array;
  readonly isMasked?: boolean;
  readonly isStale?: boolean;
}

export function ReconstructionPicture(props: ReconstructionPictureProps) {
  const { title, more = '', bytes, of, grid, side, hidden, isMasked = false, isStale = false } = props;
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const says = (patch: number) => (hidden[patch] ? 'hidden from the encoder' : 'seen by the encoder');
  return (
    <figure
      className={isStale ? 'reconstruction-picture stage-stale' : 'reconstruction-picture'}
      style={{ width: side }}
    >
      <figcaption className="tick">
        {title}
        <span className="if-wide">{more}</span>
      </figcaption>
      <PatchPicture
        label={`${title}${more}`}
        bytes={bytes}
        of={of}
        grid={grid}
        side={side}
        hidden={isMasked ? hidden : null}
        picked={patchOf(token)}
        hovered={patchOf(hovered)}
        cellLabel={(patch) => `${tokenPlace(patch + 1, grid)}, ${says(patch)}`}
        tip={(patch) => (
          <>
            <b>{tokenName(patch + 1, grid)}</b>
            <span>{says(patch)}</span>
          </>
        )}
        onHover={(patch) => hover(patch === null ? null : patch + 1)}
        onPick={(patch) => pickToken(patch + 1)}
      />
    </figure>
  );
}
