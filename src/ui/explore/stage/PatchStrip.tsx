// The picture cut into its patches, in the order in which they become tokens; the class token stands in front.

import { useMemo } from 'react';
import type { PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { PatchScatter } from '../../maps/PatchScatter.tsx';
import { useSeenPatches } from './usePicture.ts';

interface PatchStripProps {
  readonly picture: PictureInfo;
  readonly grid: number;
  /** px. */
  readonly width: number;
}

/** Side of a patch, and the least, px; with many tokens they shrink so that the strip stays about this high. */
const LARGEST = 18;
const SMALLEST = 4;
const HEIGHT = 200;

export function PatchStrip({ picture, grid, width }: PatchStripProps) {
  const seen = useSeenPatches(picture, grid);
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const n = grid * grid + 1;
  const fitting = Math.floor(Math.sqrt((width * HEIGHT) / n));
  const gap = fitting >= LARGEST + 3 ? 3 : fitting > 10 ? 2 : 1;
  const glyph = Math.max(SMALLEST, Math.min(LARGEST, fitting - gap));
  const pitch = glyph + gap;
  // Rows of about equal length.
  const rows = Math.ceil(n / Math.max(1, Math.floor(width / pitch)));
  const perRow = Math.ceil(n / rows);
  const points = useMemo(
    () =>
      Array.from({ length: n }, (_, i) => ({
        token: i,
        x: (i % perRow) * pitch + pitch / 2,
        y: Math.floor(i / perRow) * pitch + pitch / 2,
        size: 1,
      })),
    [n, perRow, pitch],
  );
  return (
    <PatchScatter
      points={points}
      width={perRow * pitch}
      height={rows * pitch}
      grid={grid}
      picture={seen}
      glyph={glyph}
      picked={token}
      hovered={hovered}
      isMoving={false}
      label="The class token and the patches, in the order of tokens"
    />
  );
}
