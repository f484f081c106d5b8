// The picture cut into its patches, in the order in which they become tokens; the class token stands in front.

import type { PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { PatchScatter } from '../../maps/PatchScatter.tsx';
import { useSeenUrl } from './usePicture.ts';

interface PatchStripProps {
  readonly picture: PictureInfo;
  readonly grid: number;
  /** px. */
  readonly width: number;
}

const GLYPH = 18;
const GAP = 3;

export function PatchStrip({ picture, grid, width }: PatchStripProps) {
  const url = useSeenUrl(picture);
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const n = grid * grid + 1;
  const pitch = GLYPH + GAP;
  // Rows of about equal length.
  const rows = Math.ceil(n / Math.max(1, Math.floor(width / pitch)));
  const perRow = Math.ceil(n / rows);
  const points = Array.from({ length: n }, (_, i) => ({
    token: i,
    x: (i % perRow) * pitch + pitch / 2,
    y: Math.floor(i / perRow) * pitch + pitch / 2,
    size: 1,
  }));
  return (
    <PatchScatter
      points={points}
      width={perRow * pitch}
      height={rows * pitch}
      grid={grid}
      pictureUrl={url}
      glyph={GLYPH}
      picked={token}
      hovered={hovered}
      isMoving={false}
      label="The class token and the patches, in the order of tokens"
    />
  );
}
