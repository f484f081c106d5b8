// Numbers as the page prints them: true minus, no zero before the point of a share, one way for each kind.

const MINUS = '−';
const NBSP = '\u00a0';

/** What stands for a number that is none: JavaScript's word, so that nobody takes it for a value. */
const odd = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '∞' : value === Number.NEGATIVE_INFINITY ? `${MINUS}∞` : 'NaN';

/** `value` with `digits` decimals, a true minus, and never "−0.0". */
export function fixed(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return odd(value);
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** As `fixed`, without the zero before the point: .874, −.05, 1.000. For shares, probabilities and attention. */
export const bare = (value: number, digits = 3): string => fixed(value, digits).replace(/^(−?)0\./, '$1.');

/** As `fixed`, with its sign: +9.5, −3.0, 0.0. For changes. */
export function signed(value: number, digits = 1): string {
  const text = fixed(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A share in [0, 1] as per cent: 36.4 %. */
export const percent = (share: number, digits = 1): string => `${fixed(share * 100, digits)}${NBSP}%`;

/** A whole number with groups of three: 12,480. Not by the browser's own formatter, whose first use takes tens of milliseconds. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return odd(value);
  const digits = BigInt(Math.abs(Math.round(value))).toString();
  return (value < 0 ? MINUS : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The shortest form of a setting to `figures` significant figures: .01, .0001, 1, 2.5. */
export function setting(value: number, figures = 2): string {
  if (!Number.isFinite(value)) return odd(value);
  const text = Number(Math.abs(value).toPrecision(figures)).toFixed(Math.max(0, figures - 1 - exponentOf(value)));
  const short = text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
  return (value < 0 ? MINUS : '') + short.replace(/^0\./, '.');
}

const exponentOf = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value))));

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** SI prefix and one decimal below a hundred: 0.9 M for 900,000, 6.1 M, 22.8 M, 512. */
export function si(value: number): string {
  if (!Number.isFinite(value)) return odd(value);
  // A hundred thousand and more is read in millions, as papers print parameters.
  const found = PREFIXES.find(([size]) => Math.abs(value) >= (size === 1e3 ? size : size / 10));
  if (!found) return count(value);
  const [size, prefix] = found;
  const scaled = value / size;
  return `${fixed(scaled, Math.abs(scaled) < 99.95 ? 1 : 0)}${NBSP}${prefix}`;
}

const MB = 1e6;

/** Bytes as megabytes: 3.4 MB. */
export const megabytes = (bytes: number): string => `${fixed(bytes / MB, 1)}${NBSP}MB`;

/** A load under way: 1.9 of 3.4 MB; the part alone while the whole is unknown (0). */
export const megabytesOf = (bytes: number, totalBytes: number): string =>
  totalBytes > 0 ? `${fixed(bytes / MB, 1)} of ${megabytes(totalBytes)}` : megabytes(bytes);

/** A duration: 3.1 ms, 210 ms, 1.4 s. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return odd(ms);
  if (ms >= 999.5) return `${fixed(ms / 1000, 1)}${NBSP}s`;
  return `${fixed(ms, ms < 99.95 ? 1 : 0)}${NBSP}ms`;
}
