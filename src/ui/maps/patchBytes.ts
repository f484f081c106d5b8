// A picture as bytes and its hidden patches: what CRATE-MAE saw, what its decoder made, and the two pasted together.

/** side × side × RGB bytes, row-major. */
export type PictureBytes = Uint8ClampedArray;

/** How many patches are hidden. */
export const hiddenCount = (hidden: Uint8Array): number => hidden.reduce((sum, is) => sum + (is ? 1 : 0), 0);

/** Whether there is a grid × grid entry for every patch. */
export const fitsGrid = (hidden: Uint8Array | null, grid: number): hidden is Uint8Array =>
  hidden !== null && hidden.length === grid * grid;

/** Calls `then` with the first byte and the patch of every pixel. */
function forEachPixel(side: number, grid: number, then: (at: number, patch: number) => void): void {
  const cell = side / grid;
  if (!Number.isInteger(cell)) throw new RangeError(`invalid side: ${side} is no multiple of ${grid}`);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / cell) * grid;
    for (let x = 0; x < side; x++) then(3 * (y * side + x), row + Math.floor(x / cell));
  }
}

/** The reconstruction where patches were hidden, the picture itself where they were seen, as the papers' figures show it. */
export function pasteVisible(
  reconstruction: PictureBytes,
  original: PictureBytes,
  hidden: Uint8Array,
  side: number,
): PictureBytes {
  const out = new Uint8ClampedArray(reconstruction);
  forEachPixel(side, Math.sqrt(hidden.length), (at, patch) => {
    if (!hidden[patch]) out.set(original.subarray(at, at + 3), at);
  });
  return out;
}

/**
 * Root of the mean squared difference of the bytes, over red, green and blue of the hidden patches, 0 … 255; null when none is hidden.
 * Of pictures as they are drawn, clipped to 8 bits: not the loss that the model was trained by.
 */
export function hiddenDifference(
  reconstruction: PictureBytes,
  original: PictureBytes,
  hidden: Uint8Array,
  side: number,
): number | null {
  let sum = 0;
  let bytes = 0;
  forEachPixel(side, Math.sqrt(hidden.length), (at, patch) => {
    if (!hidden[patch]) return;
    for (let c = at; c < at + 3; c++) sum += ((reconstruction[c] as number) - (original[c] as number)) ** 2;
    bytes += 3;
  });
  return bytes > 0 ? Math.sqrt(sum / bytes) : null;
}
