// The mask of a map: the fewest entries that together hold a share of its mass.

/**
 * Indices of the largest entries whose sum first reaches `share` of the total, DINO's rule (of mass, not of entries). `leaveOut` is an index
 * that neither counts nor is kept.
 */
export function topMass(values: ArrayLike<number>, share: number, leaveOut = -1): ReadonlySet<number> {
  const order = Array.from({ length: values.length }, (_, i) => i)
    .filter((i) => i !== leaveOut)
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  const total = order.reduce((sum, i) => sum + (values[i] ?? 0), 0);
  const kept = new Set<number>();
  let mass = 0;
  for (const i of order) {
    if (mass >= share * total) break;
    kept.add(i);
    mass += values[i] ?? 0;
  }
  return kept;
}
