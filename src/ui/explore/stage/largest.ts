// The first few of many classes, and what a class without a name is called.

/** Indices of the `count` largest values, the largest first; among equals the first ones. Cheap for a few of many. */
export function largest(values: readonly number[], count: number): readonly number[] {
  const before = (a: number, b: number) => (values[b] ?? 0) - (values[a] ?? 0) || a - b;
  if (count * 8 > values.length) return Array.from(values.keys()).sort(before).slice(0, count);
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const last = kept.at(-1);
    if (kept.length === count && last !== undefined && before(last, i) < 0) continue;
    let at = kept.length;
    while (at > 0 && before(kept[at - 1] as number, i) > 0) at--;
    kept.splice(at, 0, i);
    if (kept.length > count) kept.pop();
  }
  return kept;
}

/** The class's name, or "class 281" where nobody named it and the label is its number. */
export const classLabel = (label: string, index: number): string =>
  label === '' || label === String(index) ? `class ${index}` : label;
