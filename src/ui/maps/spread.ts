// Keeping labels apart along a line without changing their order.

/** Places near `wanted`, at least `gap` apart, at most `end` where that is possible; in the order of the input. */
export function spread(wanted: readonly number[], gap: number, end: number): readonly number[] {
  const order = wanted.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  const places = new Array<number>(wanted.length);
  let last = Number.NEGATIVE_INFINITY;
  for (const { place, index } of order) {
    last = Math.max(place, last + gap);
    places[index] = last;
  }
  // What ran over the end is pushed back, from the last to the first.
  let limit = end;
  for (const { index } of order.reverse()) {
    const place = Math.min(places[index] ?? 0, limit);
    places[index] = place;
    limit = place - gap;
  }
  return places;
}
