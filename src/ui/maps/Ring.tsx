// Rings around a patch: solid for the picked token, dashed for the one under the pointer. Dark and white, so they show on any map or picture.

export interface RingProps {
  readonly x: number;
  readonly y: number;
  /** Side of the patch, px. */
  readonly side: number;
  readonly kind: 'picked' | 'hovered';
}

/** Inside an <svg>. */
export function Ring({ x, y, side, kind }: RingProps) {
  const box = { x, y, width: side, height: side };
  return kind === 'picked' ? (
    <g fill="none">
      <rect {...box} stroke="#0c0f11" strokeOpacity={0.85} strokeWidth={4} />
      <rect {...box} stroke="#fff" strokeWidth={2} />
    </g>
  ) : (
    <g fill="none">
      <rect {...box} stroke="#0c0f11" strokeOpacity={0.55} strokeWidth={3} />
      <rect {...box} stroke="#fff" strokeWidth={1.5} strokeDasharray="3 3" />
    </g>
  );
}

export interface RingsProps {
  /** Cells a side, and side of the map in px. */
  readonly grid: number;
  readonly side: number;
  /** Patches, row by row from 0. */
  readonly picked: number | null;
  readonly hovered: number | null;
}

/** The overlay of a square map. */
export function Rings({ grid, side, picked, hovered }: RingsProps) {
  const cell = side / grid;
  const at = (patch: number) => ({ x: (patch % grid) * cell, y: Math.floor(patch / grid) * cell, side: cell });
  return (
    <svg className="map-rings" width={side} height={side} viewBox={`0 0 ${side} ${side}`} aria-hidden="true">
      {picked !== null && <Ring {...at(picked)} kind="picked" />}
      {hovered !== null && <Ring {...at(hovered)} kind="hovered" />}
    </svg>
  );
}
