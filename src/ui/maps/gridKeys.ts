// Moving through a grid of cells with the keyboard: which cell a key leads to. Cells count row by row from 0.

/** The cell that `key` leads to from `index`; null when the key does not move. Moves stop at the edges. */
export function moveInGrid(
  index: number,
  rows: number,
  columns: number,
  key: string,
  withControl = false,
): number | null {
  const row = Math.floor(index / columns);
  const column = index % columns;
  const at = (r: number, c: number) =>
    Math.min(rows - 1, Math.max(0, r)) * columns + Math.min(columns - 1, Math.max(0, c));
  switch (key) {
    case 'ArrowLeft':
      return at(row, column - 1);
    case 'ArrowRight':
      return at(row, column + 1);
    case 'ArrowUp':
      return at(row - 1, column);
    case 'ArrowDown':
      return at(row + 1, column);
    case 'Home':
      return withControl ? 0 : at(row, 0);
    case 'End':
      return withControl ? rows * columns - 1 : at(row, columns - 1);
    case 'PageUp':
      return at(0, column);
    case 'PageDown':
      return at(rows - 1, column);
    default:
      return null;
  }
}

/** The cell under a point given as shares of the grid's width and height; edges belong to the last cell. */
export function cellAt(x: number, y: number, rows: number, columns: number): number {
  const clamp = (value: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(value * count)));
  return clamp(y, rows) * columns + clamp(x, columns);
}
