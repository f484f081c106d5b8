// A picture by its pixels, patch by patch: what a model sees, or what it makes. Patches are pointed at and picked as everywhere.

import { type ReactNode, useEffect, useRef } from 'react';
import { MapGrid } from './MapGrid.tsx';
import { paintBlanks } from './maskedRaster.ts';
import type { PictureBytes } from './patchBytes.ts';
import { rasterFromPixels } from './pictureRaster.ts';
import { Rings } from './Ring.tsx';
import { useRamps } from './useRamps.ts';

export interface PatchPictureProps {
  readonly label: string;
  /** of × of × RGB. */
  readonly bytes: PictureBytes;
  readonly of: number;
  /** Patches a side. */
  readonly grid: number;
  /** CSS px; a multiple of `grid`. */
  readonly side: number;
  /** 1 for each patch that is blank. */
  readonly hidden?: Uint8Array | null;
  /** White rules between the patches. */
  readonly hasLines?: boolean;
  readonly picked: number | null;
  readonly hovered: number | null;
  readonly cellLabel: (patch: number) => string;
  readonly tip?: (patch: number) => ReactNode;
  readonly onHover: (patch: number | null) => void;
  readonly onPick: (patch: number) => void;
}

/** Below this cells are too small for rules between them, px. */
const LEAST_RULED = 5;

export function PatchPicture(props: PatchPictureProps) {
  const { label, bytes, of, grid, side, hidden = null, hasLines = false, picked, hovered } = props;
  const ramps = useRamps();
  const canvasRef = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const pixels = Math.max(1, Math.round((side * devicePixelRatio) / grid)) * grid;
    canvas.width = pixels;
    canvas.height = pixels;
    // Whole multiples keep the model's pixels as they are.
    context.imageSmoothingEnabled = pixels % of !== 0;
    context.imageSmoothingQuality = 'high';
    context.drawImage(rasterFromPixels(bytes, of).canvas, 0, 0, pixels, pixels);
    const line = getComputedStyle(canvas).getPropertyValue('--rule').trim();
    if (hidden) paintBlanks(context, pixels, grid, hidden, { paper: ramps.paper, line });
  }, [bytes, of, grid, side, hidden, ramps]);

  const cell = side / grid;
  const rules = Array.from({ length: grid - 1 }, (_, i) => (i + 1) * cell)
    .map((at) => `M${at} 0V${side}M0 ${at}H${side}`)
    .join('');
  return (
    <MapGrid
      label={label}
      rows={grid}
      columns={grid}
      width={side}
      height={side}
      active={hovered}
      start={picked ?? 0}
      isSelected={(patch) => patch === picked}
      cellLabel={props.cellLabel}
      tip={props.tip}
      onMove={props.onHover}
      onPick={props.onPick}
    >
      <canvas ref={canvasRef} className={hidden ? 'map-framed' : undefined} style={{ width: side, height: side }} />
      {hasLines && cell >= LEAST_RULED && (
        <svg
          aria-hidden="true"
          className="map-rings map-rules"
          width={side}
          height={side}
          viewBox={`0 0 ${side} ${side}`}
        >
          <path d={rules} />
        </svg>
      )}
      <Rings grid={grid} side={side} picked={picked} hovered={hovered} />
    </MapGrid>
  );
}
