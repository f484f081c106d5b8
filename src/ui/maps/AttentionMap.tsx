// One value a patch over the picture: a canvas of crisp cells, the picked token in its own pixels and out of the scale, rings on top.

import { type ReactNode, useEffect, useRef } from 'react';
import { engrave } from './engrave.ts';
import { inSlices } from './inSlices.ts';
import { MapGrid } from './MapGrid.tsx';
import type { PictureRaster } from './pictureRaster.ts';
import { Rings } from './Ring.tsx';
import { type Ramps, type Rgb, rampAt } from './ramps.ts';
import { topMass } from './topMass.ts';
import { useRamps } from './useRamps.ts';

/** Share of the mass that the mask keeps. */
export const MASK_SHARE = 0.6;
/** Colours of a ramp that a map tells apart: a step is half of what the eye can. */
const SHADES = 256;
/** How much paper covers what the mask hides. */
const MASK_COVER = 0.84;

export type AttentionStyle = 'over' | 'plain' | 'mask';

export interface AttentionMapProps {
  readonly label: string;
  /** grid² values ≥ 0, row by row. */
  readonly values: ArrayLike<number>;
  readonly grid: number;
  /** CSS px; a multiple of `grid`. */
  readonly side: number;
  /** Value of the ramp's end. */
  readonly max: number;
  readonly style: AttentionStyle;
  readonly picture: PictureRaster | null;
  /** 1 for each patch that the model did not see; 'plain' marks them with a dot, else the picture is blank there. Null: it saw all. */
  readonly hidden?: Uint8Array | null;
  /** Patches; null for none, as when the class token is picked. */
  readonly picked: number | null;
  readonly hovered: number | null;
  /** False draws the picked patch like any other, where its value is of the same kind (energies). */
  readonly pickedShowsPixels?: boolean;
  readonly cellLabel: (patch: number) => string;
  readonly tip?: (patch: number) => ReactNode;
  readonly onHover: (patch: number | null) => void;
  readonly onPick: (patch: number) => void;
}

export function AttentionMap(props: AttentionMapProps) {
  const { label, values, grid, side, max, style, picture, picked, hovered, pickedShowsPixels = true } = props;
  const hidden = props.hidden ?? null;
  const ramps = useRamps();
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const ownPixels = pickedShowsPixels ? picked : null;

  useEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas) return;
    // Even one map is more than a task of the page should do beside others; what is on screen stays until its map is drawn.
    return inSlices(
      drawMap(canvas, { values, grid, side, max, style, picture, hidden, ownPixels, ramps }),
      () => undefined,
      'next task',
    );
  }, [values, grid, side, max, style, picture, hidden, ownPixels, ramps]);

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
      <canvas ref={canvasRef} style={{ width: side, height: side }} />
      <Rings grid={grid} side={side} picked={picked} hovered={hovered} />
    </MapGrid>
  );
}

const isLight = ([red, green, blue]: Rgb): boolean => 0.299 * red + 0.587 * green + 0.114 * blue > 128;

interface Drawing {
  readonly values: ArrayLike<number>;
  readonly grid: number;
  readonly side: number;
  readonly max: number;
  readonly style: AttentionStyle;
  readonly picture: PictureRaster | null;
  readonly hidden: Uint8Array | null;
  readonly ownPixels: number | null;
  readonly ramps: Ramps;
}

/** What is on the canvas stays until the last step. */
function* drawMap(canvas: HTMLCanvasElement, drawing: Drawing): Generator<void, void> {
  const { values, grid, side, max, style, picture, hidden, ownPixels, ramps } = drawing;
  // Whole device pixels a cell, so that no edge is blurred.
  const cell = Math.max(1, Math.round((side * devicePixelRatio) / grid));
  const pixels = cell * grid;
  const begin = (): CanvasRenderingContext2D => {
    canvas.width = pixels;
    canvas.height = pixels;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('missing canvas context: 2d');
    context.imageSmoothingQuality = 'high';
    return context;
  };

  if (style === 'mask' && picture) {
    const context = begin();
    context.drawImage(picture.canvas, 0, 0, pixels, pixels);
    const kept = topMass(values, MASK_SHARE, ownPixels ?? -1);
    context.fillStyle = `rgb(${ramps.paper.join(' ')} / ${MASK_COVER})`;
    for (let i = 0; i < grid * grid; i++)
      if (!kept.has(i) && i !== ownPixels) context.fillRect((i % grid) * cell, Math.floor(i / grid) * cell, cell, cell);
    return;
  }

  const colours = Array.from({ length: grid * grid }, (_, i) => {
    const t = max > 0 ? (values[i] ?? 0) / max : 0;
    // Steps too fine to be seen let cells, and maps, share their engraved colours.
    return rampAt(ramps.seq, Math.round(t * SHADES) / SHADES);
  });
  let image: ImageData | null = null;
  if (style === 'over' && picture) {
    const relief = yield* picture.relief(pixels);
    image = new ImageData(pixels, pixels);
    yield* engrave(colours, grid, relief, pixels, image.data);
  }
  const context = begin();
  if (image) context.putImageData(image, 0, 0);
  else {
    colours.forEach((colour, i) => {
      context.fillStyle = `rgb(${colour.join(' ')})`;
      context.fillRect((i % grid) * cell, Math.floor(i / grid) * cell, cell, cell);
    });
  }
  if (style === 'plain' && hidden && cell >= 4) {
    const dot = Math.max(1, Math.round(cell / 8));
    const inset = Math.floor((cell - dot) / 2);
    for (let i = 0; i < grid * grid; i++) {
      if (!hidden[i]) continue;
      context.fillStyle = isLight(colours[i] ?? ramps.paper) ? 'rgb(0 0 0 / .6)' : 'rgb(255 255 255 / .75)';
      context.fillRect((i % grid) * cell + inset, Math.floor(i / grid) * cell + inset, dot, dot);
    }
  }
  if (ownPixels === null) return;
  const x = (ownPixels % grid) * cell;
  const y = Math.floor(ownPixels / grid) * cell;
  if (picture) {
    const from = picture.canvas.width / grid;
    context.drawImage(picture.canvas, (x / cell) * from, (y / cell) * from, from, from, x, y, cell, cell);
  } else {
    // Its value is off the scale, so without pixels the patch stays blank.
    context.fillStyle = `rgb(${ramps.paper.join(' ')})`;
    context.fillRect(x, y, cell, cell);
  }
}
