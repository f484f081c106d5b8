// Tokens as points of a plane, each drawn as the patch of the picture it came from; the class token is a marked dot.
// Points move to new places over --ms-move unless the plot is being turned.

import { Fragment, type ReactNode, useId } from 'react';
import { Ring } from './Ring.tsx';
import './maps.css';

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
  /** What the model sees, as a data: URL; square. */
  readonly pictureUrl: string | null;
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

export function PatchScatter(props: PatchScatterProps) {
  const {
    points,
    width,
    height,
    grid,
    pictureUrl,
    glyph,
    picked,
    hovered,
    isMoving,
    children,
    overlay,
    label,
    svgRef,
  } = props;
  const id = useId();
  const patch = PICTURE_SIDE / grid;
  // The picked and the hovered token are drawn last, over the rest.
  const rank = (token: number) => (token === hovered ? 2 : token === picked ? 1 : 0);
  const ordered = points
    .map((point, i) => ({ point, i }))
    .sort((a, b) => rank(a.point.token) - rank(b.point.token) || a.i - b.i);
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
      {pictureUrl && (
        <defs>
          <image id={id} href={pictureUrl} width={PICTURE_SIDE} height={PICTURE_SIDE} className="map-pixelated" />
        </defs>
      )}
      {children}
      {ordered.map(({ point: { token, x, y, size } }) => {
        const side = glyph * size;
        const place = { transform: `translate(${x}px, ${y}px)` };
        const ring = token === picked ? 'picked' : token === hovered ? 'hovered' : null;
        return (
          <g key={token} className={isMoving ? 'map-point map-point-moving' : 'map-point'} style={place}>
            {token === 0 ? (
              <ClassMark radius={side / 2} />
            ) : (
              <Fragment>
                {pictureUrl && (
                  <svg
                    x={-side / 2}
                    y={-side / 2}
                    width={side}
                    height={side}
                    viewBox={`${((token - 1) % grid) * patch} ${Math.floor((token - 1) / grid) * patch} ${patch} ${patch}`}
                    aria-hidden="true"
                  >
                    <use href={`#${id}`} />
                  </svg>
                )}
                <rect className="map-point-edge" x={-side / 2} y={-side / 2} width={side} height={side} />
              </Fragment>
            )}
            {ring && <Ring x={-side / 2 - 1} y={-side / 2 - 1} side={side + 2} kind={ring} />}
          </g>
        );
      })}
      {overlay}
    </svg>
  );
}

function ClassMark({ radius }: { readonly radius: number }) {
  return (
    <g className="map-class">
      <circle r={radius * 0.8} />
      <path d={`M${-radius * 0.45} 0h${radius * 0.9}M0 ${-radius * 0.45}v${radius * 0.9}`} />
    </g>
  );
}
