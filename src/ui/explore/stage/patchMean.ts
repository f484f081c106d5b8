// The mean colour of a patch.

/** Mean red, green and blue, 0 … 255, of patch `patch` (row by row) of side × side RGB bytes cut into grid × grid patches. */
export function meanOfPatch(
  rgb: Uint8ClampedArray,
  side: number,
  grid: number,
  patch: number,
): readonly [number, number, number] {
  const cell = side / grid;
  const x0 = (patch % grid) * cell;
  const y0 = Math.floor(patch / grid) * cell;
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = y0; y < y0 + cell; y++)
    for (let x = x0; x < x0 + cell; x++)
      for (const c of [0, 1, 2] as const) sums[c] += rgb[3 * (y * side + x) + c] ?? 0;
  const area = cell * cell;
  return [sums[0] / area, sums[1] / area, sums[2] / area];
}
