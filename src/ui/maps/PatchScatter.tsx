// Tokens as points of a plane, each drawn as the patch of the picture it came from; the class token is a marked dot.
// Points move to new places over --ms-move unless the plot is being turned. More than a few hundred are drawn on a canvas, at once.

import { Fragment, type ReactNode, useEffect, useId, useRef } from 'react';
import { inSlices } from './inSlices.ts';
import { Ring } from './Ring.tsx';
import type { Rgb } from './ramps.ts';
import { useRamps } from './useRamps.ts';
import './maps.css';

/** What the model sees, square, as pixels and as a data: URL that is made when it is asked for. */
export interface ScatterPicture {
  readonly canvas: HTMLCanvasElement;
  readonly url: () => string;
}

/** Points that are elements of their own, and so can be saved as a drawing. */
export const MOST_VECTOR_POINTS = 320;

export interface ScatterPoint {
  /** 0 the class token, 1 + patch index. */
  readonly token: number;
  /** px in the plot. */
  readonly x: number;
  readonly y: number;
  /** Share of full size, for depth. */
  readonly size: number;
}

export interface PatchScatterProps {
  /** In drawing order. */
  readonly points: readonly ScatterPoint[];
  readonly width: number;
  readonly height: number;
  /** Patches a side. */
  readonly grid: number;
  readonly picture: ScatterPicture | null;
  /** Side of a glyph at full size, px. */
  readonly glyph: number;
  readonly picked: number | null;
  readonly hovered: number | null;
  /** False while a hand turns the plot. */
  readonly isMoving: boolean;
  /** Axes, under the points. */
  readonly children?: ReactNode;
  /** Names, over the points. */
  readonly overlay?: ReactNode;
  readonly label: string;
  readonly svgRef?: React.Ref<SVGSVGElement>;
}

const PICTURE_SIDE = 100;
/** Least radius of the class token's mark, px: in a strip of small patches it must still be found. */
const LEAST_MARK = 5;
const POINTS_A_STEP = 64;

export function PatchScatter(props: PatchScatterProps) {
  const { points, width, height, picked, hovered, children, overlay, label, svgRef } = props;
  // The picked and the hovered token are drawn last, over the rest.
  const rank = (token: number) => (token === hovered ? 2 : token === picked ? 1 : 0);
  const last = (point: ScatterPoint) => rank(point.token) > 0;
  const box = { width, height, viewBox: `0 0 ${width} ${height}` };
  if (points.length > MOST_VECTOR_POINTS) {
    return (
      <div className="map-scatter-many" style={{ width, height }} role="img" aria-label={label}>
        <svg className="map-scatter" {...box} aria-hidden="true">
          {children}
        </svg>
        <PointCanvas {...props} />
        <svg className="map-scatter" {...box} aria-hidden="true">
          {points
            .filter((point) => point.token === 0 || last(point))
            .sort((a, b) => rank(a.token) - rank(b.token))
            .map((point) => (
              <Point key={point.token} point={point} {...props} pictureId={null} isMoving={false} />
            ))}
          {overlay}
        </svg>
      </div>
    );
  }
  const ordered = points
    .map((point, i) => ({ point, i }))
    .sort((a, b) => rank(a.point.token) - rank(b.point.token) || a.i - b.i);
  return <Vectors {...props} points={ordered.map(({ point }) => point)} svgRef={svgRef ?? null} />;
}

function Vectors(props: PatchScatterProps) {
  const { points, width, height, picture, children, overlay, label, svgRef } = props;
  const id = useId();
  return (
    <svg
      ref={svgRef}
      className="map-scatter"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {picture && (
        <defs>
          <image id={id} href={picture.url()} width={PICTURE_SIDE} height={PICTURE_SIDE} className="map-pixelated" />
        </defs>
      )}
      {children}
      {points.map((point) => (
        <Point key={point.token} point={point} {...props} pictureId={picture && id} />
      ))}
      {overlay}
    </svg>
  );
}

interface PointProps extends Pick<PatchScatterProps, 'grid' | 'glyph' | 'picked' | 'hovered' | 'isMoving'> {
  readonly point: ScatterPoint;
  /** Element that holds the picture; null draws its frame alone. */
  readonly pictureId: string | null;
}

function Point({ point: { token, x, y, size }, grid, glyph, picked, hovered, isMoving, pictureId }: PointProps) {
  const patch = PICTURE_SIDE / grid;
  const side = glyph * size;
  const place = { transform: `translate(${x}px, ${y}px)` };
  const ring = token === picked ? 'picked' : token === hovered ? 'hovered' : null;
  return (
    <g className={isMoving ? 'map-point map-point-moving' : 'map-point'} style={place}>
      {token === 0 ? (
        <ClassMark radius={Math.max(side / 2, LEAST_MARK)} />
      ) : (
        <Fragment>
          {pictureId && (
            <svg
              x={-side / 2}
              y={-side / 2}
              width={side}
              height={side}
              viewBox={`${((token - 1) % grid) * patch} ${Math.floor((token - 1) / grid) * patch} ${patch} ${patch}`}
              aria-hidden="true"
            >
              <use href={`#${pictureId}`} />
            </svg>
          )}
          {pictureId && <rect className="map-point-edge" x={-side / 2} y={-side / 2} width={side} height={side} />}
        </Fragment>
      )}
      {ring && <Ring x={-side / 2 - 1} y={-side / 2 - 1} side={side + 2} kind={ring} />}
    </g>
  );
}

function PointCanvas({ points, width, height, grid, picture, glyph, picked, hovered }: PatchScatterProps) {
  const ramps = useRamps();
  const canvasRef = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    return inSlices(
      paintPoints(context, { points, width, height, grid, picture, glyph, picked, hovered }, ramps.paper),
      () => undefined,
    );
  }, [points, width, height, grid, picture, glyph, picked, hovered, ramps]);
  return <canvas ref={canvasRef} style={{ width, height }} />;
}

type Painting = Pick<
  PatchScatterProps,
  'points' | 'width' | 'height' | 'grid' | 'picture' | 'glyph' | 'picked' | 'hovered'
>;

/** Patches with an edge of paper; the picked and the hovered last. */
function* paintPoints(context: CanvasRenderingContext2D, painting: Painting, paper: Rgb): Generator<void, void> {
  const { points, width, height, grid, picture, glyph, picked, hovered } = painting;
  const ratio = devicePixelRatio;
  context.canvas.width = Math.round(width * ratio);
  context.canvas.height = Math.round(height * ratio);
  if (!picture) return;
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  context.fillStyle = `rgb(${paper.join(' ')})`;
  const patch = picture.canvas.width / grid;
  const paint = ({ token, x, y, size }: ScatterPoint): void => {
    const side = glyph * size;
    const at = [x - side / 2, y - side / 2] as const;
    const edge = side > 6 ? 0.5 : 0;
    if (edge) context.fillRect(at[0] - edge, at[1] - edge, side + 2 * edge, side + 2 * edge);
    const from = [((token - 1) % grid) * patch, Math.floor((token - 1) / grid) * patch] as const;
    context.drawImage(picture.canvas, ...from, patch, patch, ...at, side, side);
  };
  const isLast = ({ token }: ScatterPoint) => token === picked || token === hovered;
  for (let i = 0; i < points.length; i++) {
    const point = points[i] as ScatterPoint;
    if (point.token > 0 && !isLast(point)) paint(point);
    if (i % POINTS_A_STEP === POINTS_A_STEP - 1) yield;
  }
  for (const point of points) if (point.token > 0 && isLast(point)) paint(point);
}

function ClassMark({ radius }: { readonly radius: number }) {
  return (
    <g className="map-class">
      <circle r={radius * 0.8} />
      <path d={`M${-radius * 0.45} 0h${radius * 0.9}M0 ${-radius * 0.45}v${radius * 0.9}`} />
    </g>
  );
}
