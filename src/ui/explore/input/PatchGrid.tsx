// The patches over the picture, to point at and pick: with a pointer, or as a grid of cells by keyboard.

import { type KeyboardEvent, memo, type PointerEvent, useId, useState } from 'react';
import { neighbour } from '../../useShortcuts.ts';
import { tokenPlace } from '../stage/tokenNames.ts';
import { patchAt, type Rect } from './pictureGeometry.ts';

interface PatchGridProps {
  /** Patches a side. */
  readonly side: number;
  /** Where the crop lies, px. */
  readonly crop: Rect;
  readonly picked: number;
  readonly hovered: number | null;
  readonly onHover: (token: number | null) => void;
  readonly onPick: (token: number) => void;
}

const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Patches a side up to which every cell is in the document; beyond, the rows that are spoken of are. */
const WHOLE_GRID = 28;

/** Rows that are in the document: all of a small grid, else those of the active and of the picked patch. */
function rowsOf(side: number, active: number, picked: number): readonly number[] {
  if (side <= WHOLE_GRID) return Array.from({ length: side }, (_, row) => row);
  const rows = [active, picked].filter((token) => token > 0).map((token) => Math.floor((token - 1) / side));
  return [...new Set(rows)].sort((a, b) => a - b);
}

interface RowProps {
  readonly id: string;
  readonly side: number;
  readonly row: number;
  readonly picked: number;
}

/** Cells carry names and the pick for a screen reader; the rings are drawn in the picture. */
const Row = memo(function Row({ id, side, row, picked }: RowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot lie over a picture
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus and points at the active cell
    <div role="row" aria-rowindex={row + 1} className="patch-row">
      {Array.from({ length: side }, (_, column) => {
        const token = 1 + row * side + column;
        return (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={token}
            id={`${id}-${token}`}
            role="gridcell"
            aria-colindex={column + 1}
            className="patch-cell"
            aria-selected={token === picked}
            aria-label={tokenPlace(token, side)}
          />
        );
      })}
    </div>
  );
});

export function PatchGrid({ side, crop, picked, hovered, onHover, onPick }: PatchGridProps) {
  const id = useId();
  const [isFocused, setFocused] = useState(false);
  const last = side * side;
  const active = hovered !== null && hovered > 0 ? hovered : Math.max(1, Math.min(last, picked));
  const tokenUnder = (event: PointerEvent<HTMLDivElement> | React.MouseEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return (
      1 +
      patchAt(event.clientX - box.left, event.clientY - box.top, side, {
        x: 0,
        y: 0,
        width: box.width,
        height: box.height,
      })
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    const row = Math.floor((active - 1) / side);
    if (arrow) {
      const next = neighbour(active, side, arrow[0], arrow[1]);
      onHover(next);
      if (event.altKey) onPick(next);
    } else if (event.key === 'Home') onHover(event.ctrlKey ? 1 : 1 + row * side);
    else if (event.key === 'End') onHover(event.ctrlKey ? last : (row + 1) * side);
    else if (event.key === 'Enter' || event.key === ' ') onPick(active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot lie over a picture
    <div
      role="grid"
      tabIndex={0}
      className="patch-grid"
      style={{ left: crop.x, top: crop.y, width: crop.width, height: crop.height }}
      aria-label={`Patches, ${side} by ${side}. Arrows point, Enter picks.`}
      aria-rowcount={side}
      aria-colcount={side}
      aria-activedescendant={isFocused ? `${id}-${active}` : undefined}
      onPointerMove={(event) => {
        const token = tokenUnder(event);
        if (token !== hovered) onHover(token);
      }}
      onPointerLeave={() => onHover(null)}
      onClick={(event) => onPick(tokenUnder(event))}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        setFocused(true);
        // A ring to steer by, unless the pointer already shows one.
        if (event.currentTarget.matches(':focus-visible')) onHover(active);
      }}
      onBlur={() => {
        setFocused(false);
        onHover(null);
      }}
    >
      {rowsOf(side, active, picked).map((row) => (
        <Row key={row} id={id} side={side} row={row} picked={picked} />
      ))}
    </div>
  );
}
