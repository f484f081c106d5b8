// CRATE-MAE's picture of the last run beside the one it was made from, as far as they belong together.

import { useMemo } from 'react';
import { gridSide } from '../../../model/config.ts';
import { hiddenPatches } from '../../../model/mask.ts';
import { selectPicture, selectReports } from '../../../store/selectors.ts';
import type { ModelInfo, PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { type PictureBytes, pasteVisible } from '../../maps/patchBytes.ts';

export interface Reconstruction {
  /** Patches a side, and side of all pictures in px. */
  readonly grid: number;
  readonly side: number;
  /** Null while none is there that fits the model's input. */
  readonly picture: PictureInfo | null;
  /** Patches that are hidden now: of the last run, or of the one under way. */
  readonly hidden: Uint8Array;
  /** What the decoder made; with the visible patches pasted over it where that was asked for and the picture is the same one. */
  readonly bytes: PictureBytes | null;
  /** Visible patches are the picture's own. */
  readonly isPasted: boolean;
  /** `bytes` are of an earlier choice; dim them. */
  readonly isStale: boolean;
}

export function useReconstruction({ config }: ModelInfo, pastes: boolean): Reconstruction {
  const reports = useApp(selectReports);
  const info = useApp(selectPicture);
  const isRunning = useApp((state) => state.run.status === 'running');
  const hide = useApp((state) => state.hide);
  const maskSeed = useApp((state) => state.maskSeed);
  const grid = gridSide(config);
  const side = config.imageSize;
  const picture = info?.side === side ? info : null;
  const made = reports?.reconstruction ?? null;
  const fits = made !== null && made.hidden.length === grid * grid && made.pixels.length === 3 * side * side;
  const isSame = fits && picture !== null && reports?.pictureName === picture.name;
  const chosen = useMemo(() => hiddenPatches(grid * grid, hide, maskSeed), [grid, hide, maskSeed]);
  // The run under way will hide these; showing them at once lets the hand see what it does.
  const hidden = fits && isSame && !isRunning ? made.hidden : chosen;
  const isPasted = pastes && isSame;
  const bytes = useMemo(
    () =>
      !fits ? null : isPasted && picture ? pasteVisible(made.pixels, picture.seen, made.hidden, side) : made.pixels,
    [fits, made, isPasted, picture, side],
  );
  return { grid, side, picture, hidden, bytes, isPasted, isStale: isRunning || !isSame };
}

/** What the pixels are, in a sentence or two. */
export const reconstructionSentence = (isPasted: boolean, patchPixels: ModelInfo['patchPixels']): string =>
  `${
    isPasted
      ? 'Hidden patches are the decoder’s, the others the picture’s own.'
      : 'Every patch is the decoder’s, also where the encoder saw it.'
  }${patchPixels === 'patch' ? ' Mean and contrast of each true patch are put back: the model was trained without them.' : ''}`;
