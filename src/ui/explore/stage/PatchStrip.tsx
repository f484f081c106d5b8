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

const GAP = 3;

export function PatchStrip({ picture, grid, width }: PatchStripProps) {
  const url = useSeenUrl(picture);
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const n = grid * grid + 1;
  // As many rows as keep a glyph near 18 px.
  const perRow = Math.min(n, Math.floor(width / (18 + GAP)));
  const rows = Math.ceil(n / perRow);
  const pitch = 18 + GAP;
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
      glyph={18}
      picked={token}
      hovered={hovered}
      isMoving={false}
      label="The class token and the patches, in the order of tokens"
    />
  );
}
