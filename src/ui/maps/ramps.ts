// Colour scales of the maps: the nine stops of --seq-* and --div-* of the theme at hand, and how a value becomes a colour.

/** sRGB bytes. */
export type Rgb = readonly [number, number, number];

export interface Ramps {
  /** Non-negative quantities; nine stops. */
  readonly seq: readonly Rgb[];
  /** Signed quantities, symmetric about the fifth of nine stops. */
  readonly div: readonly Rgb[];
  /** Where data is drawn; also an exact zero. */
  readonly paper: Rgb;
}

/** How values map to a ramp. `zeroIsPaper`: an exact zero is paper and all else starts .9 of a step up the ramp. */
export type Scale =
  | { readonly kind: 'seq'; readonly max: number; readonly zeroIsPaper: boolean }
  | { readonly kind: 'div'; readonly limit: number };

const STOPS = 9;
const STEPS = STOPS - 1;
/** Where non-zeros start, in steps of the ramp. */
const NON_ZERO_START = 0.9;
/** Entries of a painter's table: finer than 8 bits of colour can show. */
const TABLE = 1024;

/** "#rrggbb" or "#rgb" (a minifier shortens) to bytes. @throws Error naming the token when its value is no such colour. */
export function parseColour(text: string, name: string): Rgb {
  const digits = /^#([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text.trim())?.[1];
  if (!digits) throw new Error(`invalid colour of ${name}: "${text.trim()}"`);
  const wide = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const byte = (at: number) => Number.parseInt(wide.slice(at, at + 2), 16);
  return [byte(0), byte(2), byte(4)];
}

/** Reads the tokens through `tokenValue`, e.g. a computed style's `getPropertyValue`. */
export function readRamps(tokenValue: (token: string) => string): Ramps {
  const stops = (kind: string) =>
    Array.from({ length: STOPS }, (_, i) => parseColour(tokenValue(`--${kind}-${i}`), `--${kind}-${i}`));
  return { seq: stops('seq'), div: stops('div'), paper: parseColour(tokenValue('--paper'), '--paper') };
}

/** Colour at t in [0, 1] (clamped): linear in sRGB between neighbouring stops. */
export function rampAt(stops: readonly Rgb[], t: number): Rgb {
  const along = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(along));
  const low = stops[i];
  const high = stops[i + 1];
  if (!low || !high) throw new RangeError(`invalid ramp: ${stops.length} stops`);
  const f = along - i;
  const mix = (c: 0 | 1 | 2) => Math.round(low[c] + (high[c] - low[c]) * f);
  return [mix(0), mix(1), mix(2)];
}

/** Position on the ramp of a non-zero value at t in [0, 1] of its scale, where zero is paper. */
export const nonZeroAt = (t: number): number =>
  (NON_ZERO_START + Math.min(1, Math.max(0, t)) * (STEPS - NON_ZERO_START)) / STEPS;

/** Position on the ramp, or null for an exact zero that is paper (and for what is no number). */
export function positionOf(scale: Scale, value: number): number | null {
  if (Number.isNaN(value)) return null;
  if (scale.kind === 'div') return scale.limit > 0 ? Math.min(1, Math.max(0, 0.5 + value / (2 * scale.limit))) : 0.5;
  const t = scale.max > 0 ? value / scale.max : 0;
  if (!scale.zeroIsPaper) return Math.min(1, Math.max(0, t));
  return value === 0 ? null : nonZeroAt(t);
}

export function colourOf(scale: Scale, ramps: Ramps, value: number): Rgb {
  const position = positionOf(scale, value);
  return position === null ? ramps.paper : rampAt(scale.kind === 'div' ? ramps.div : ramps.seq, position);
}

/** Writes the colour of a value as opaque RGBA bytes at `out[at…]`; made once a scale, called once an entry. */
export type Painter = (value: number, out: Uint8ClampedArray, at: number) => void;

export function painterOf(scale: Scale, ramps: Ramps): Painter {
  const stops = scale.kind === 'div' ? ramps.div : ramps.seq;
  const table = new Uint8ClampedArray(3 * TABLE);
  for (let i = 0; i < TABLE; i++) table.set(rampAt(stops, i / (TABLE - 1)), 3 * i);
  const [red, green, blue] = ramps.paper;
  return (value, out, at) => {
    const position = positionOf(scale, value);
    if (position === null) {
      out[at] = red;
      out[at + 1] = green;
      out[at + 2] = blue;
    } else {
      const i = 3 * Math.round(position * (TABLE - 1));
      out[at] = table[i] ?? 0;
      out[at + 1] = table[i + 1] ?? 0;
      out[at + 2] = table[i + 2] ?? 0;
    }
    out[at + 3] = 255;
  };
}

/** Largest of the values, 0 for none; `leaveOut` is an index that does not count. */
export function maximum(values: ArrayLike<number>, leaveOut = -1): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) if (i !== leaveOut) largest = Math.max(largest, values[i] ?? 0);
  return largest;
}

/** Entries that a quantile is taken from at most: of more, evenly spread ones; the limit is a round number anyway. */
const SAMPLE = 1 << 15;

/** At most SAMPLE of the entries that `counts`, evenly spread over the array. */
export function sampled(values: Float32Array, counts: (value: number, index: number) => boolean): Float32Array {
  // Rows are often of even length; an odd step walks through the columns, too.
  const step = values.length <= SAMPLE ? 1 : Math.ceil(values.length / SAMPLE) | 1;
  const out = new Float32Array(Math.ceil(values.length / step));
  let kept = 0;
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] as number;
    if (counts(value, i)) out[kept++] = value;
  }
  return out.subarray(0, kept);
}

/**
 * A round symmetric limit for signed values: the `share` quantile of |value|, rounded up to 1, 2 or 5 × 10^k, so that a few outliers
 * do not wash the map out. 1 when all are zero. `counts` leaves entries out.
 */
export function symmetricLimit(
  values: Float32Array,
  share = 0.99,
  counts: (value: number) => boolean = () => true,
): number {
  const magnitude = sampled(values, counts).map(Math.abs).sort();
  const quantile = magnitude[Math.min(magnitude.length - 1, Math.floor(share * magnitude.length))] ?? 0;
  return roundUp(quantile);
}

/** The next of 1, 2, 5 × 10^k at or above a positive number; 1 for zero. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((candidate) => value <= candidate * decade * (1 + 1e-9)) ?? 10;
  return Number((step * decade).toPrecision(1));
}
