// Where things lie in the picture on screen, and what is said about its size.

import type { PictureInfo } from '../../../store/state.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The largest size with the picture's shape that fits `room` px across and `height` px down. */
export function fitted(picture: { readonly width: number; readonly height: number }, room: number, height: number) {
  const scale = Math.min(room / picture.width, height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale, scale };
}

/** The crop in px of the screen. */
export const scaledCrop = (crop: Rect, scale: number): Rect => ({
  x: crop.x * scale,
  y: crop.y * scale,
  width: crop.width * scale,
  height: crop.height * scale,
});

/** Patch `index` (row by row, from 0) of a `side` × `side` grid over `crop`. */
export function patchRect(index: number, side: number, crop: Rect): Rect {
  const [width, height] = [crop.width / side, crop.height / side];
  return { x: crop.x + (index % side) * width, y: crop.y + Math.floor(index / side) * height, width, height };
}

/** The patch under a point of the crop, both in the same px; the edges belong to the outer patches. */
export function patchAt(x: number, y: number, side: number, crop: Rect): number {
  const along = (offset: number, length: number) =>
    Math.max(0, Math.min(side - 1, Math.floor((offset / length) * side)));
  return along(y - crop.y, crop.height) * side + along(x - crop.x, crop.width);
}

/** Rules of a `side` × `side` grid, the outer ones left out, as an SVG path. */
export function gridPath(side: number, crop: Rect): string {
  let path = '';
  for (let i = 1; i < side; i++) {
    const [x, y] = [crop.x + (i * crop.width) / side, crop.y + (i * crop.height) / side];
    path += `M${x} ${crop.y}v${crop.height}M${crop.x} ${y}h${crop.width}`;
  }
  return path;
}

/** Distortion that nobody sees, as a share. */
const NOT_SEEN = 0.04;

/** "640 × 480", "crop 480 to 32 × 32", "8 × 8 patches"; `side` 0 while no model is known. */
export function captionParts(picture: PictureInfo, side: number): readonly string[] {
  const { width, height, crop, side: seen } = picture;
  const [w, h] = [Math.round(crop.width), Math.round(crop.height)];
  const isWhole = w === width && h === height;
  const size = `${seen} × ${seen}`;
  const made = !isWhole
    ? w === h
      ? `crop ${w} to ${size}`
      : // Whole pixels after resizing leave a crop a little off the square: a patch is not seen squashed by it.
        `crop ${w} × ${h}${Math.abs(w / h - 1) > NOT_SEEN ? ', squashed' : ''} to ${size}`
    : w !== h
      ? `squashed to ${size}`
      : w === seen
        ? 'seen as it is'
        : `scaled to ${size}`;
  return [`${width} × ${height}`, made, ...(side > 0 ? [`${side} × ${side} patches`] : [])];
}
