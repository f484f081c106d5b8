// How many maps stand abreast and how large they are: whole multiples of the patch grid that fill the width without running over it.

export interface TileLayout {
  readonly columns: number;
  /** Side of a map, px; a multiple of the grid. */
  readonly side: number;
  /** px between columns. */
  readonly gap: number;
}

/** Below this width two stand abreast, as on a phone. */
const NARROW = 480;
const WIDEST_GAP = 16;

/** Maps a row for K heads: three up to six heads, four up to twelve, six beyond; two (three) on a phone. */
export function columnsFor(K: number, width: number): number {
  if (K === 1) return 1;
  if (width < NARROW) return K > 6 ? 3 : 2;
  return K <= 6 ? Math.min(3, K) : K <= 12 ? 4 : 6;
}

/** `cap` is the largest side wanted. */
export function tileLayout(width: number, K: number, grid: number, cap: number): TileLayout {
  const columns = columnsFor(K, width);
  const least = width < NARROW ? 6 : 10;
  const room = Math.min(cap, (width - (columns - 1) * least) / columns);
  const side = Math.max(1, Math.floor(room / grid)) * grid;
  const gap = columns > 1 ? Math.min(WIDEST_GAP, Math.floor((width - columns * side) / (columns - 1))) : 0;
  return { columns, side, gap };
}
