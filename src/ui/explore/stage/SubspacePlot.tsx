// The plane, or the space, of a head's first principal axes: tokens as their patches. Drag or arrow keys turn the space; in the plane
// arrow keys walk through the patches.

import { ticks } from 'd3-array';
import { type KeyboardEvent, type PointerEvent, type Ref, useMemo, useRef, useState } from 'react';
import type { PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { moveInGrid } from '../../maps/gridKeys.ts';
import { PatchScatter, type ScatterPoint } from '../../maps/PatchScatter.tsx';
import { percent, setting } from '../../text/numbers.ts';
import { FRONT, radius, reach, type Turn, turned } from './align.ts';
import { tokenName } from './tokenNames.ts';
import { useSeenPatches } from './usePicture.ts';

interface SubspacePlotProps {
  /** n × 3. */
  readonly coordinates: Float32Array;
  readonly variance: Float32Array;
  /** px. */
  readonly side: number;
  readonly grid: number;
  readonly picture: PictureInfo | null;
  readonly label: string;
  readonly svgRef: Ref<SVGSVGElement>;
}

/** A pointer this near to a token points at it, px. */
const NEAR = 22;
const START: Turn = { yaw: -0.6, pitch: 0.35 };
const TURN_STEP = Math.PI / 24;
/** Radians a px of dragging. */
const DRAG = 0.01;

export function SubspacePlot({ coordinates, variance, side, grid, picture, label, svgRef }: SubspacePlotProps) {
  const dimensions = useApp((state) => state.dimensions);
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const seen = useSeenPatches(picture, grid);
  const isSpace = dimensions === '3d';
  const [turn, setTurn] = useState(START);
  const [isTurning, setTurning] = useState(false);
  const drag = useRef<{ x: number; y: number; turn: Turn; hasMoved: boolean } | null>(null);

  const n = coordinates.length / 3;
  const glyph = Math.max(n > 1000 ? 5 : n > 400 ? 7 : 10, Math.min(22, (side * 0.4) / Math.sqrt(n)));
  const height = Math.round(side * 0.86);
  const margin = glyph / 2 + 22;
  const extent = isSpace ? radius(coordinates) : reach(coordinates, 2);
  const scale = (Math.min(side, height) / 2 - margin) / extent;
  const view = isSpace ? turn : FRONT;

  const points = useMemo((): readonly ScatterPoint[] => {
    const placed = Array.from({ length: n }, (_, i) => {
      const at = (axis: number) => coordinates[3 * i + axis] ?? 0;
      const [x, y, depth] = turned(at(0), at(1), at(2), view);
      return { token: i, x: side / 2 + x * scale, y: height / 2 - y * scale, depth, size: 1 };
    });
    if (!isSpace) return placed;
    return placed
      .map((point) => ({ ...point, size: 1 + (0.3 * point.depth) / extent }))
      .sort((a, b) => a.depth - b.depth);
  }, [coordinates, n, view, side, height, scale, isSpace, extent]);

  const nearest = (event: PointerEvent<HTMLElement>): number | null => {
    const frame = event.currentTarget.getBoundingClientRect();
    let best: number | null = null;
    let least = NEAR;
    for (const point of points) {
      const distance = Math.hypot(point.x - (event.clientX - frame.left), point.y - (event.clientY - frame.top));
      if (distance <= least) [best, least] = [point.token, distance];
    }
    return best;
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const held = drag.current;
    if (!held || !isSpace) return hover(nearest(event));
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (Math.hypot(dx, dy) > 3 && !held.hasMoved) {
      held.hasMoved = true;
      setTurning(true);
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    if (held.hasMoved) setTurn({ yaw: held.turn.yaw + dx * DRAG, pitch: held.turn.pitch + dy * DRAG });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const by: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const step = by[event.key];
    if (isSpace && step) setTurn((t) => ({ yaw: t.yaw + step[0] * TURN_STEP, pitch: t.pitch + step[1] * TURN_STEP }));
    else if (event.key === 'Enter' || event.key === ' ') pickToken(hovered ?? token);
    else if (event.key === 'Escape' && hovered !== null) hover(null);
    else if (event.key === 'Home') hover(0);
    else {
      const from = hovered ?? token;
      const next = from === 0 ? (step ? 0 : null) : moveInGrid(from - 1, grid, grid, event.key);
      if (next === null) return;
      hover(next + 1);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const space = { turn, side, height, length: extent * scale };
  const told = hovered ?? token;
  const hint = isSpace
    ? 'Arrow keys or dragging turn it, Enter picks the token pointed at.'
    : 'Arrow keys walk through the patches, Home is the class token, Enter picks.';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of one plot, no set of form fields
    <div
      className={isSpace ? 'subspace-frame subspace-space' : 'subspace-frame'}
      role="group"
      aria-label={`${label}. ${hint}`}
      data-own-arrows
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the plot takes keys
      tabIndex={0}
      style={{ width: side, height }}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, y: event.clientY, turn, hasMoved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={(event) => {
        const found = nearest(event);
        if (!drag.current?.hasMoved && found !== null) pickToken(found);
        drag.current = null;
        setTurning(false);
      }}
      onPointerCancel={() => {
        drag.current = null;
        setTurning(false);
      }}
      onPointerLeave={() => hover(null)}
      onKeyDown={onKeyDown}
      onBlur={() => hover(null)}
    >
      <PatchScatter
        svgRef={svgRef}
        points={points}
        width={side}
        height={height}
        grid={grid}
        picture={seen}
        glyph={glyph}
        picked={token}
        hovered={hovered}
        isMoving={!isTurning}
        label={label}
        overlay={isSpace && <SpaceAxisNames {...space} variance={variance} />}
      >
        {isSpace ? (
          <SpaceAxes {...space} />
        ) : (
          <PlaneAxes side={side} height={height} scale={scale} variance={variance} />
        )}
      </PatchScatter>
      <span className="unseen" aria-live="polite">
        {tokenName(told, grid)}, {[0, 1].map((axis) => setting(coordinates[3 * told + axis] ?? 0)).join(', ')}
      </span>
    </div>
  );
}

const ORDINALS = ['1st', '2nd', '3rd'];
const axisName = (axis: number, variance: Float32Array) => `${ORDINALS[axis]} axis, ${percent(variance[axis] ?? 0, 0)}`;

interface PlaneAxesProps {
  readonly side: number;
  readonly height: number;
  /** px a unit. */
  readonly scale: number;
  readonly variance: Float32Array;
}

function PlaneAxes({ side, height, scale, variance }: PlaneAxesProps) {
  const across = ticks(-side / 2 / scale, side / 2 / scale, 5).filter((tick) => Math.abs(tick) * scale < side / 2 - 24);
  const up = ticks(-height / 2 / scale, height / 2 / scale, 5).filter(
    (tick) => Math.abs(tick) * scale < height / 2 - 18,
  );
  return (
    <g className="subspace-axes">
      {across.map((tick) => (
        <g key={tick} className={tick === 0 ? 'is-zero' : undefined}>
          <path d={`M${side / 2 + tick * scale} 0V${height - 16}`} />
          <text x={side / 2 + tick * scale} y={height - 3} textAnchor="middle">
            {setting(tick)}
          </text>
        </g>
      ))}
      {up.map((tick) => (
        <g key={tick} className={tick === 0 ? 'is-zero' : undefined}>
          <path d={`M0 ${height / 2 - tick * scale}H${side}`} />
          <text x={0} y={height / 2 - tick * scale - 3}>
            {setting(tick)}
          </text>
        </g>
      ))}
      <text className="subspace-name" x={side} y={height - 20} textAnchor="end">
        {axisName(0, variance)}
      </text>
      <text className="subspace-name" x={side / 2 + 5} y={10}>
        {axisName(1, variance)}
      </text>
    </g>
  );
}

interface SpaceAxesProps {
  readonly turn: Turn;
  readonly side: number;
  readonly height: number;
  /** px. */
  readonly length: number;
}

/** Where each axis of space ends on screen, from the middle, px. */
const axisEnds = (turn: Turn, length: number) =>
  [0, 1, 2].map((axis) => turned(axis === 0 ? length : 0, axis === 1 ? length : 0, axis === 2 ? length : 0, turn));

function SpaceAxes({ turn, side, height, length }: SpaceAxesProps) {
  const d = axisEnds(turn, length)
    .map(([x, y]) => `M${side / 2 - x} ${height / 2 + y}L${side / 2 + x} ${height / 2 - y}`)
    .join('');
  return (
    <g className="subspace-axes is-space">
      <path d={d} />
    </g>
  );
}

function SpaceAxisNames({
  turn,
  side,
  height,
  length,
  variance,
}: SpaceAxesProps & { readonly variance: Float32Array }) {
  return (
    <g className="subspace-axes is-space">
      {axisEnds(turn, length).map(([x, y], axis) => (
        <text
          key={ORDINALS[axis]}
          x={Math.min(side - 40, Math.max(40, side / 2 + x * 1.08))}
          y={height / 2 - y * 1.08 + 4}
          textAnchor="middle"
        >
          {axisName(axis, variance)}
        </text>
      ))}
    </g>
  );
}
