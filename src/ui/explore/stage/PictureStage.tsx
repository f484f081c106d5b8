// The stop "picture": what the model sees, pixel by pixel, with the patches it will be cut into.

import { useEffect, useMemo, useRef } from 'react';
import { gridSide } from '../../../model/config.ts';
import type { ModelInfo, PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { MapGrid } from '../../maps/MapGrid.tsx';
import { rasterFromPixels } from '../../maps/pictureRaster.ts';
import { Rings } from '../../maps/Ring.tsx';
import { count } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { meanOfPatch } from './patchMean.ts';
import { useSaveable } from './saveContext.tsx';
import { patchOf, tokenName, tokenPlace } from './tokenNames.ts';
import './ends.css';

interface PictureStageProps {
  readonly model: ModelInfo;
  readonly picture: PictureInfo;
}

/** Largest side, px. */
const LARGEST = 560;

export function PictureStage({ model, picture }: PictureStageProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const canvas = useRef<HTMLCanvasElement>(null);
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const grid = gridSide(model.config);
  // Whole multiples of the model's pixels, which are multiples of the grid too.
  const side = Math.max(1, Math.floor(Math.min(width, LARGEST) / picture.side)) * picture.side;
  const raster = useMemo(() => rasterFromPixels(picture.seen, picture.side), [picture]);

  useEffect(() => {
    const target = canvas.current;
    const context = target?.getContext('2d');
    if (!target || !context) return;
    const pixels = Math.max(1, Math.round((side * devicePixelRatio) / picture.side)) * picture.side;
    target.width = pixels;
    target.height = pixels;
    context.imageSmoothingEnabled = false;
    context.drawImage(raster.canvas, 0, 0, pixels, pixels);
  }, [raster, side, picture.side]);

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
  const lines = Array.from({ length: grid - 1 }, (_, i) => ((i + 1) * side) / grid);
  return (
    <div ref={frame} className="picture-stage">
      {width > 0 && (
        <>
          <MapGrid
            label="What the model sees, by patches"
            rows={grid}
            columns={grid}
            width={side}
            height={side}
            active={patchOf(hovered)}
            start={patchOf(token) ?? 0}
            isSelected={(patch) => patch + 1 === token}
            cellLabel={(patch) => `${tokenPlace(patch + 1, grid)}, mean colour ${colour(patch)}`}
            tip={(patch) => (
              <>
                <b>{tokenName(patch + 1, grid)}</b>
                <span>mean R, G, B</span>
                <span>{colour(patch)}</span>
              </>
            )}
            onMove={(patch) => hover(patch === null ? null : patch + 1)}
            onPick={(patch) => pickToken(patch + 1)}
          >
            <canvas ref={canvas} style={{ width: side, height: side }} />
            <svg
              aria-hidden="true"
              className="map-rings picture-lines"
              width={side}
              height={side}
              viewBox={`0 0 ${side} ${side}`}
            >
              {lines.map((at) => (
                <path key={at} d={`M${at} 0V${side}M0 ${at}H${side}`} />
              ))}
            </svg>
            <Rings grid={grid} side={side} picked={patchOf(token)} hovered={patchOf(hovered)} />
          </MapGrid>
          <p className="tick">
            {Math.round(picture.crop.width)} × {Math.round(picture.crop.height)} of {picture.width} × {picture.height}{' '}
            pixels, brought to {picture.side} × {picture.side}: {count(grid * grid)} patches of {model.config.patchSize}{' '}
            × {model.config.patchSize}.
          </p>
        </>
      )}
    </div>
  );
}
