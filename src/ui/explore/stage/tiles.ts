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

/** A patch should not be smaller than this in a map, px. */
const LEAST_CELL = 5;

/**
 * Maps a row for K heads: three up to six heads, four up to twelve, six beyond unless patches would be lost in them; two (three) on a phone.
 */
export function columnsFor(K: number, width: number, grid = 1): number {
  if (K === 1) return 1;
  if (width < NARROW) return K > 6 && width / 3 >= LEAST_CELL * grid ? 3 : 2;
  if (K <= 6) return Math.min(3, K);
  return K <= 12 || width / 6 < LEAST_CELL * grid ? 4 : 6;
}

/** `cap` is the largest side wanted. */
export function tileLayout(width: number, K: number, grid: number, cap: number): TileLayout {
  const columns = columnsFor(K, width, grid);
  const least = width < NARROW ? 6 : 10;
  const room = Math.min(cap, (width - (columns - 1) * least) / columns);
  const side = Math.max(1, Math.floor(room / grid)) * grid;
  const gap = columns > 1 ? Math.min(WIDEST_GAP, Math.floor((width - columns * side) / (columns - 1))) : 0;
  return { columns, side, gap };
}

/** A picture shown at less than this share of its room gives up whole pixels for size. */
const LEAST_SHARE = 0.7;

/**
 * Side of a picture of `pixels` × `pixels` in `room` px: whole multiples of its pixels, which are multiples of the grid too; where they leave
 * too much of the room empty, or do not fit at all, the largest multiple of the grid.
 */
export function pictureSide(room: number, pixels: number, grid: number): number {
  const whole = Math.floor(room / pixels) * pixels;
  return whole >= LEAST_SHARE * room ? whole : Math.max(1, Math.floor(room / grid)) * grid;
}

export interface DecoderLayout {
  /** Side of the reconstruction and of the two pictures beside it, px. */
  readonly large: number;
  readonly small: number;
  /** The two stand under the large one. */
  readonly isStacked: boolean;
}

/** Most that the reconstruction takes, px and share of the width. */
const LARGEST_DECODED = 560;
const LARGE_SHARE = 0.67;
/** Height of a caption, px. */
const CAPTION = 20;

/** The reconstruction with two pictures of half its side beside it, or under it where there is little room. */
export function decoderLayout(width: number, pixels: number, grid: number): DecoderLayout {
  const gap = width < NARROW ? 8 : WIDEST_GAP;
  if (width < NARROW) {
    const large = pictureSide(width, pixels, grid);
    return { large, small: pictureSide((large - gap) / 2, pixels, grid), isStacked: true };
  }
  const large = pictureSide(Math.min(LARGEST_DECODED, width * LARGE_SHARE), pixels, grid);
  // Two of them and the caption between are as high as the large one.
  const room = Math.min(width - gap - large, (large - CAPTION - WIDEST_GAP) / 2);
  return { large, small: pictureSide(room, pixels, grid), isStacked: false };
}
