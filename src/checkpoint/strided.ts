// Where a tensor's entries lie in a storage that other tensors may share: offset, shape and strides, counted in entries.

export interface Layout {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The product; infinite where it is beyond what a number counts exactly. */
export function entryCount(shape: readonly number[]): number {
  // An empty tensor is empty however large its other sides are.
  if (shape.includes(0)) return 0;
  const product = shape.reduce((count, side) => count * side, 1);
  return Number.isSafeInteger(product) ? product : Number.POSITIVE_INFINITY;
}

/** Row-major strides of a shape. */
export function contiguousStrides(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, shape[axis] ?? 1);
  }
  return strides;
}

/** Whether the entries lie one after the other in row-major order. Strides of sides 1 are never walked. */
export function isContiguous({ shape, strides }: Layout): boolean {
  if (shape.includes(0)) return true;
  const expected = contiguousStrides(shape);
  return shape.every((side, axis) => side === 1 || strides[axis] === expected[axis]);
}

/** Entries from the first that is read to behind the last one; 0 for an empty tensor. */
export function spanLength({ shape, strides }: Layout): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, side, axis) => last + (side - 1) * (strides[axis] ?? 0), 0) + 1;
}

const ARRAYS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

/** The entries of `span`, which begins with the first one at offset 0 of its buffer, in row-major order. Sizes are 1, 2, 4 or 8 bytes. */
export function gather(span: Uint8Array<ArrayBuffer>, layout: Layout, size: number): Uint8Array<ArrayBuffer> {
  const Numbers = ARRAYS[size as 1 | 2 | 4 | 8];
  const count = entryCount(layout.shape);
  const out = new Numbers(count);
  if (count > 0) copyStrided(new Numbers(span.buffer, 0, spanLength(layout)), out, layout);
  return new Uint8Array(out.buffer);
}

type NumberArray = { [index: number]: number | bigint; readonly length: number };

/** One pass over the output: the last axis in the inner loop, the others counted like an odometer. */
function copyStrided(from: NumberArray, out: NumberArray, { shape, strides }: Layout): void {
  const last = shape.length - 1;
  const [side, stride] = last < 0 ? [1, 0] : [shape[last] ?? 1, strides[last] ?? 0];
  const place = new Array<number>(Math.max(0, last)).fill(0);
  let start = 0;
  for (let at = 0; at < out.length; at += side) {
    for (let i = 0; i < side; i++) out[at + i] = from[start + i * stride] as number | bigint;
    for (let axis = last - 1; axis >= 0; axis--) {
      const step = strides[axis] ?? 0;
      const next = (place[axis] ?? 0) + 1;
      start += step;
      if (next < (shape[axis] ?? 0)) {
        place[axis] = next;
        break;
      }
      start -= next * step;
      place[axis] = 0;
    }
  }
}
