// Keeping a point cloud recognisable from one view to the next: principal axes have no sign, so they are turned to match.

/**
 * Coordinates (n × axes, row-major) with the sign of each axis chosen to agree best with `previous`: an axis is flipped where its inner
 * product with the previous axis is negative. Unchanged when the sizes differ or there is no previous.
 */
export function alignSigns(coordinates: Float32Array, previous: Float32Array | null, axes: number): Float32Array {
  if (!previous || previous.length !== coordinates.length) return coordinates;
  const flip = Array.from({ length: axes }, (_, axis) => {
    let product = 0;
    for (let i = axis; i < coordinates.length; i += axes) product += (coordinates[i] ?? 0) * (previous[i] ?? 0);
    return product < 0 ? -1 : 1;
  });
  return coordinates.map((value, i) => value * (flip[i % axes] ?? 1));
}

/** A turn of the cloud: about the upright axis, then towards the eye. Radians. */
export interface Turn {
  readonly yaw: number;
  readonly pitch: number;
}

export const FRONT: Turn = { yaw: 0, pitch: 0 };

/** A point of space as the eye sees it: x to the right, y up, depth towards the eye; lengths are kept. */
export function turned(x: number, y: number, z: number, { yaw, pitch }: Turn): readonly [number, number, number] {
  const across = x * Math.cos(yaw) + z * Math.sin(yaw);
  const into = -x * Math.sin(yaw) + z * Math.cos(yaw);
  return [across, y * Math.cos(pitch) - into * Math.sin(pitch), y * Math.sin(pitch) + into * Math.cos(pitch)];
}

/** Largest distance from the origin along any of the first `axes` of three coordinates; 1 for a cloud at the origin. */
export function reach(coordinates: Float32Array, axes: 2 | 3): number {
  let most = 0;
  for (let i = 0; i < coordinates.length; i++)
    if (axes === 3 || i % 3 < 2) most = Math.max(most, Math.abs(coordinates[i] ?? 0));
  return most || 1;
}

/** Largest length of a point of space; 1 for a cloud at the origin. */
export function radius(coordinates: Float32Array): number {
  let most = 0;
  for (let i = 0; i + 2 < coordinates.length; i += 3)
    most = Math.max(most, Math.hypot(coordinates[i] ?? 0, coordinates[i + 1] ?? 0, coordinates[i + 2] ?? 0));
  return most || 1;
}
