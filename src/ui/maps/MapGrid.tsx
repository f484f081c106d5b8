// The interactive frame of a map: a grid that a pointer, a keyboard and a screen reader can walk cell by cell. It draws nothing itself.
// One cell is in the accessibility tree at a time, the one that was walked to, so that a map of thousands of entries stays light.
// biome-ignore-all lint/a11y/useSemanticElements: a table cannot hold a canvas; the roles carry the same meaning

import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useState } from 'react';
import { cellAt, moveInGrid } from './gridKeys.ts';
import './maps.css';

export interface MapGridProps {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** CSS px. */
  readonly width: number;
  readonly height: number;
  /** The cell under pointer or keyboard, wherever it is pointed at; null for none. */
  readonly active: number | null;
  /** Where the keyboard starts when nothing is pointed at. */
  readonly start: number;
  readonly isSelected?: (index: number) => boolean;
  /** What a screen reader says of a cell, e.g. "row 5, column 6, attention .031". */
  readonly cellLabel: (index: number) => string;
  readonly onMove: (index: number | null) => void;
  readonly onPick: (index: number) => void;
  /** Shown beside the cell while the pointer or the focus is in this very map. */
  readonly tip?: ((index: number) => ReactNode) | undefined;
  readonly children: ReactNode;
}

export function MapGrid(props: MapGridProps) {
  const { label, rows, columns, width, height, active, start, isSelected, cellLabel, onMove, onPick, tip, children } =
    props;
  const id = useId();
  const [isInside, setInside] = useState(false);
  const cell = Math.min(rows * columns - 1, Math.max(0, active ?? start));
  const row = Math.floor(cell / columns);
  const column = cell % columns;
  const box = {
    left: (column * width) / columns,
    top: (row * height) / rows,
    width: width / columns,
    height: height / rows,
  };

  const under = (event: PointerEvent<HTMLElement>): number => {
    const frame = event.currentTarget.getBoundingClientRect();
    return cellAt(
      (event.clientX - frame.left) / frame.width,
      (event.clientY - frame.top) / frame.height,
      rows,
      columns,
    );
  };
  const leave = () => {
    setInside(false);
    onMove(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return;
    if (event.key === 'Escape' && active !== null) leave();
    else if (event.key === 'Enter' || event.key === ' ') onPick(cell);
    else {
      const next = moveInGrid(cell, rows, columns, event.key, event.ctrlKey);
      if (next === null) return;
      setInside(true);
      onMove(next);
    }
    // The page's own keys (arrows step through the layers) must not act as well.
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="map-grid"
      role="grid"
      aria-label={label}
      aria-rowcount={rows}
      aria-colcount={columns}
      aria-activedescendant={`${id}-${cell}`}
      tabIndex={0}
      style={{ width, height }}
      onPointerMove={(event) => {
        setInside(true);
        onMove(under(event));
      }}
      onPointerLeave={leave}
      onClick={(event) => {
        // A click that a key or a screen reader makes has no place of its own.
        const frame = event.currentTarget.getBoundingClientRect();
        const hasPlace = event.detail > 0;
        const x = (event.clientX - frame.left) / frame.width;
        const y = (event.clientY - frame.top) / frame.height;
        onPick(hasPlace ? cellAt(x, y, rows, columns) : cell);
      }}
      onKeyDown={onKeyDown}
      onBlur={() => {
        if (isInside) leave();
      }}
    >
      <div aria-hidden="true">{children}</div>
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus and names this cell by aria-activedescendant */}
      <div role="row" aria-rowindex={row + 1} className="map-cell" style={box}>
        {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
        <div
          role="gridcell"
          key={cell}
          id={`${id}-${cell}`}
          aria-colindex={column + 1}
          aria-selected={isSelected?.(cell) ?? false}
          aria-label={cellLabel(cell)}
        />
      </div>
      {tip && isInside && active !== null && (
        <MapTip box={box} width={width}>
          {tip(cell)}
        </MapTip>
      )}
    </div>
  );
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Above its cell; below where there is no room, flush with the nearer side of the map. */
function MapTip({ box, width, children }: { readonly box: Box; readonly width: number; readonly children: ReactNode }) {
  const GAP = 8;
  const above = box.top > 56;
  const across = box.left + box.width / 2 < width / 2 ? { left: box.left } : { right: width - box.left - box.width };
  const down = above ? { top: box.top - GAP, transform: 'translateY(-100%)' } : { top: box.top + box.height + GAP };
  return (
    <div className="map-tip" aria-hidden="true" style={{ ...across, ...down }}>
      {children}
    </div>
  );
}
