// Where the columns of the rail stand: picture, embed, MSSA and ISTA of each layer, head. All in px from the left of the track.

export interface Column {
  readonly x: number;
  readonly width: number;
}

export interface LayerColumns extends Column {
  readonly mssa: Column;
  readonly ista: Column;
}

export interface RailGeometry {
  /** Null where the dock leaves it out. */
  readonly picture: Column | null;
  readonly embed: Column | null;
  readonly head: Column | null;
  readonly layers: readonly LayerColumns[];
  /** Width of one half-step. */
  readonly half: number;
  /** Width of everything; more than the track's when the half-steps are at their smallest, then the track scrolls. */
  readonly width: number;
}

export interface RailSizes {
  readonly picture: number;
  readonly embed: number;
  readonly head: number;
  /** Most space between layers; many layers have less. */
  readonly gap: number;
  /** Between embed or head and the layers. */
  readonly gutter: number;
  readonly minHalf: number;
  readonly maxHalf: number;
}

export const WIDE_RAIL: RailSizes = { picture: 34, embed: 52, head: 48, gap: 10, gutter: 14, minHalf: 8, maxHalf: 124 };
export const NARROW_RAIL: RailSizes = { ...WIDE_RAIL, picture: 30, embed: 46, head: 42, gutter: 10 };
/** "decoder" is a longer word than "head". */
export const withDecoder = (sizes: RailSizes): RailSizes => ({ ...sizes, head: 62 });
/** The dock of a phone: layers alone, wide enough for a thumb. */
export const DOCK_RAIL: RailSizes = { picture: 0, embed: 0, head: 0, gap: 6, gutter: 0, minHalf: 24, maxHalf: 60 };

export function railGeometry(trackWidth: number, L: number, sizes: RailSizes): RailGeometry {
  const embedX = sizes.picture ? sizes.picture + sizes.gap : 0;
  const start = sizes.embed ? embedX + sizes.embed + sizes.gutter : 0;
  const end = sizes.head ? sizes.gutter + sizes.head : 0;
  const available = Math.max(0, trackWidth - start - end);
  const gap = Math.min(sizes.gap, Math.max(2, Math.round((available / Math.max(1, L)) * 0.1)));
  const fitting = Math.floor(((available - gap * (L - 1)) / Math.max(1, L) - 1) / 2);
  const half = Math.min(sizes.maxHalf, Math.max(sizes.minHalf, fitting));
  // The pitch stays fractional where columns fill the track, so that the last layer ends where the track does.
  const isFilled = half === fitting;
  const pitch = isFilled ? (available - (2 * half + 1)) / Math.max(1, L - 1) : 2 * half + 1 + gap;
  const layers = Array.from({ length: L }, (_, layer): LayerColumns => {
    const x = Math.round(start + layer * pitch);
    return {
      x,
      width: 2 * half + 1,
      mssa: { x, width: half },
      ista: { x: x + half + 1, width: half },
    };
  });
  const last = layers.at(-1);
  const layersEnd = last ? last.x + last.width : start;
  return {
    picture: sizes.picture ? { x: 0, width: sizes.picture } : null,
    embed: sizes.embed ? { x: embedX, width: sizes.embed } : null,
    head: sizes.head ? { x: layersEnd + sizes.gutter, width: sizes.head } : null,
    layers,
    half,
    width: layersEnd + end,
  };
}

/** What a key of this width can hold. */
export function keyContents(width: number): { readonly word: boolean; readonly glyph: boolean } {
  return { word: width >= 40, glyph: width >= 62 || (width >= 24 && width < 40) };
}
