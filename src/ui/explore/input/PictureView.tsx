// The full-size picture, whole: what the model does not see lies under the scrim, the patch grid over the rest.

import { useRef } from 'react';
import type { PictureInfo } from '../../../store/state.ts';
import { useWidth } from '../../useWidth.ts';
import { tokenPlace } from '../stage/tokenNames.ts';
import { PatchGrid } from './PatchGrid.tsx';
import { fitted, gridPath, patchRect, type Rect, scaledCrop } from './pictureGeometry.ts';

interface PictureViewProps {
  readonly picture: PictureInfo;
  /** What people call it. */
  readonly title: string;
  /** Patches a side; 0 while no model is known. */
  readonly side: number;
  readonly picked: number;
  readonly hovered: number | null;
  readonly onHover: (token: number | null) => void;
  readonly onPick: (token: number) => void;
}

/** White inside black, so that it shows on any picture. */
function Ring({ at, isDashed = false }: { readonly at: Rect; readonly isDashed?: boolean }) {
  const kind = isDashed ? 'picture-ring picture-ring-dashed' : 'picture-ring';
  return (
    <g className={kind}>
      <rect className="picture-ring-out" {...at} />
      <rect className="picture-ring-in" {...at} />
    </g>
  );
}

/** A tall picture may be as high as a 3:4 portrait. */
const TALLEST = 4 / 3;

export function PictureView({ picture, title, side, picked, hovered, onHover, onPick }: PictureViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const room = useWidth(frame, 'picture');
  const { width, height, scale } = fitted(picture, room, room * TALLEST);
  const crop = scaledCrop(picture.crop, scale);
  const outside = `M0 0H${width}V${height}H0zM${crop.x} ${crop.y}v${crop.height}h${crop.width}v${-crop.height}z`;
  const ring = (token: number | null) =>
    token !== null && token > 0 && token <= side * side ? patchRect(token - 1, side, crop) : null;
  const [pickedAt, hoveredAt] = [ring(picked), ring(hovered)];
  return (
    <div
      className="picture"
      ref={frame}
      // Its height before the width is known.
      style={room > 0 ? undefined : { aspectRatio: Math.max(picture.width / picture.height, 1 / TALLEST) }}
    >
      {room > 0 ? (
        <div className="picture-sheet" style={{ width, height }}>
          <img
            src={picture.url}
            width={width}
            height={height}
            className={scale > 2 ? 'is-pixelated' : undefined}
            alt={`${title}, ${picture.width} by ${picture.height} pixels${side > 0 ? `; picked: ${tokenPlace(picked, side)}` : ''}`}
          />
          <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <path className="picture-scrim" fillRule="evenodd" d={outside} />
            {side > 0 && crop.width / side >= 4 ? <path className="picture-grid" d={gridPath(side, crop)} /> : null}
            {pickedAt ? <Ring at={pickedAt} /> : null}
            {hoveredAt ? <Ring at={hoveredAt} isDashed /> : null}
          </svg>
          {side > 0 ? (
            <PatchGrid side={side} crop={crop} picked={picked} hovered={hovered} onHover={onHover} onPick={onPick} />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
