// The constants that no state dict holds: given, saved beside the tensors, told by a shape, or those of the released model of the same
// sizes. Wrong heads give wrong numbers without a word, so where nothing decides they are asked for.

import type { CrateConfig, CrateKind, Pool } from '../model/config.ts';
import type { ConstantKey, FoundConstant, GivenConstants, Origin } from '../model/findings.ts';
import { CheckpointError } from './errors.ts';
import type { Sizes } from './sizes.ts';

type Metadata = Readonly<Record<string, string | number | boolean | null>>;

interface Released {
  readonly name: string;
  readonly heads: number;
  readonly L: number;
}

/** The released models by width; their K·p is d. MATH.md §1, §3, §11. */
const CRATES: ReadonlyMap<number, Released> = new Map([
  [384, { name: 'Tiny', heads: 6, L: 12 }],
  [576, { name: 'Small', heads: 12, L: 12 }],
  [768, { name: 'Base', heads: 12, L: 12 }],
  [1024, { name: 'Large', heads: 16, L: 24 }],
]);
const ALPHAS: ReadonlyMap<number, Released> = new Map([
  [768, { name: 'B', heads: 12, L: 12 }],
  [1024, { name: 'L', heads: 16, L: 24 }],
]);
/** Patch sides that they were released with, px. */
const PATCHES: Readonly<Record<CrateKind, readonly number[]>> = {
  crate: [16],
  'crate-alpha': [8, 14, 16, 32],
  'crate-mae': [16],
};

export interface ReleasedModel {
  readonly name: string;
  readonly heads: number;
}

const sameWidth = (kind: CrateKind, { d, inner }: Sizes): Released | undefined =>
  inner === d ? (kind === 'crate-alpha' ? ALPHAS : CRATES).get(d) : undefined;

/** The released model of these sizes, whose heads are known; null: there is none. Width alone decides nothing: depth and patch must fit. */
export function releasedModel(kind: CrateKind, sizes: Sizes): ReleasedModel | null {
  const found = sameWidth(kind, sizes);
  const { L, patchSize, headWidth } = sizes;
  if (!found || found.L !== L) return null;
  // The segmentation notebooks' demo: six heads of 128, told by its patches and its two maps.
  if (headWidth !== null) {
    return found.name === 'Base' && patchSize === 8 ? { name: 'CRATE-Base/8 (segmentation demo)', heads: 6 } : null;
  }
  if (!PATCHES[kind].includes(patchSize)) return null;
  const { name, heads } = found;
  if (kind === 'crate-alpha') return { name: `CRATE-α-${name}/${patchSize}`, heads };
  return { name: kind === 'crate-mae' ? `CRATE-MAE-${name}` : `CRATE-${name}`, heads };
}

const ETA = 0.1;
/** CRATE-MAE's encoder blocks have another default than the classifier's. */
const LAMBDA: Readonly<Record<CrateKind, number>> = { crate: 0.1, 'crate-alpha': 0.1, 'crate-mae': 0.5 };

/** Where training scripts keep a constant beside the tensors. */
const SAVED: Readonly<Record<ConstantKey, readonly string[]>> = {
  heads: ['heads', 'num_heads', 'n_heads', 'n_head'],
  decoderHeads: ['decoder_heads', 'decoder_num_heads'],
  eta: ['eta', 'ista_step', 'step_size', 'ista'],
  lambda: ['lambda', 'lambd', 'lmbda'],
  pool: ['pool'],
};

/** A constant that was saved under one of its names, in whatever object ("args.heads"); undefined: none, or several that differ. */
function savedIn(metadata: Metadata, key: ConstantKey): number | string | undefined {
  const values = Object.entries(metadata).flatMap(([path, value]) => {
    const name = path.slice(path.lastIndexOf('.') + 1);
    return SAVED[key].includes(name) && (typeof value === 'number' || typeof value === 'string') ? [value] : [];
  });
  const distinct = new Set(values.map(String));
  if (distinct.size !== 1) return undefined;
  const [value] = values;
  return key === 'pool' || typeof value === 'number' ? value : Number(value);
}

/** Widths of a head that are in use, the commonest first. */
const COMMON_WIDTHS = [64, 32, 48, 16, 128, 96];
const MOST_OPTIONS = 8;

/** Head counts that leave a width people use, those with the commonest widths first, and `first` (if it divides) before all. */
export function plausibleHeads(inner: number, first?: number): readonly number[] {
  const heads: number[] = [];
  for (let p = 8; p <= 128; p++) if (inner % p === 0) heads.push(inner / p);
  const rank = (count: number): number => {
    if (count === first) return -1;
    // One head is what a missing output map tells by itself.
    if (count === 1) return COMMON_WIDTHS.length + 1;
    const place = COMMON_WIDTHS.indexOf(inner / count);
    return place < 0 ? COMMON_WIDTHS.length : place;
  };
  return heads.sort((a, b) => rank(a) - rank(b) || a - b).slice(0, MOST_OPTIONS);
}

interface HeadsQuestion {
  readonly key: 'heads' | 'decoderHeads';
  readonly inner: number;
  readonly given: number | undefined;
  readonly saved: number | string | undefined;
  readonly released: ReleasedModel | null;
  /** Heads of the released model of the same width, whatever its depth. */
  readonly likely: number | undefined;
  /** Null: there is an output map. Else the sentence that says why there is 1 head. */
  readonly single: string | null;
}

function refuseHeads(heads: number, inner: number): void {
  if (Number.isInteger(heads) && heads >= 1 && inner % heads === 0) return;
  throw new CheckpointError(
    'contradiction',
    `${heads} heads do not divide the projection's ${inner} rows; give a divisor of ${inner}.`,
  );
}

function headsOf({ key, inner, given, saved, released, likely, single }: HeadsQuestion): FoundConstant {
  const options = plausibleHeads(inner, likely);
  if (single !== null) {
    if (given !== undefined && given !== 1) {
      throw new CheckpointError(
        'contradiction',
        `${given} heads were given, but the file has no output map (to_out), so it has 1 head.`,
      );
    }
    return { key, value: 1, origin: 'shape', note: single, options: [1] };
  }
  if (given !== undefined) {
    refuseHeads(given, inner);
    return { key, value: given, origin: 'given', note: `${given} heads, as given.`, options };
  }
  if (typeof saved === 'number' && Number.isInteger(saved) && saved >= 1 && inner % saved === 0) {
    return { key, value: saved, origin: 'file', note: `${saved} heads, as saved beside the tensors.`, options };
  }
  if (released) {
    const note = `${released.heads} heads, as in ${released.name}; the file does not say.`;
    return { key, value: released.heads, origin: 'table', note, options };
  }
  const note = `The file does not say how many heads share the ${inner} rows of the projection, and no released model has its sizes.`;
  return { key, value: null, origin: 'unknown', note, options };
}

function numberOf(
  key: 'eta' | 'lambda',
  symbol: string,
  least: (value: number) => boolean,
  { given, saved, fallback }: { given: number | undefined; saved: number | string | undefined; fallback: number },
): FoundConstant {
  const from = (value: number, origin: Origin, where: string): FoundConstant => {
    if (!(Number.isFinite(value) && least(value))) {
      throw new CheckpointError(
        'contradiction',
        `${symbol} = ${value} is no ISTA step: η must be above 0, λ 0 or more.`,
      );
    }
    return { key, value, origin, note: `${symbol} = ${value}, ${where}.`, options: [] };
  };
  if (given !== undefined) return from(given, 'given', 'as given');
  if (typeof saved === 'number' && Number.isFinite(saved) && least(saved)) {
    return from(saved, 'file', 'as saved beside the tensors');
  }
  return from(fallback, 'code', 'as in the released code; no file says');
}

/** @throws CheckpointError 'contradiction' when what was given cannot be; 'missing-tensor' */
export function constantsOf(
  kind: CrateKind,
  sizes: Sizes,
  given: GivenConstants,
  metadata: Metadata,
): readonly FoundConstant[] {
  const { d, inner, hasOutputMap, decoder } = sizes;
  if (!hasOutputMap && inner !== d) {
    throw new CheckpointError(
      'missing-tensor',
      `The output map of MSSA (to_out.0.weight) is missing, and the projection of ${inner} rows does not fit width ${d} without it.`,
    );
  }
  const released = releasedModel(kind, sizes);
  const likely = sameWidth(kind, sizes)?.heads;
  const single = hasOutputMap ? null : '1 head: without an output map (to_out) there can be no more.';
  const constants: FoundConstant[] = [
    headsOf({ key: 'heads', inner, given: given.heads, saved: savedIn(metadata, 'heads'), released, likely, single }),
  ];
  if (decoder) {
    const fits = released !== null && decoder.inner === d ? released : null;
    const saved = savedIn(metadata, 'decoderHeads');
    constants.push(
      headsOf({
        key: 'decoderHeads',
        inner: decoder.inner,
        given: given.decoderHeads,
        saved,
        released: fits,
        likely,
        single,
      }),
    );
  }
  const saved = { eta: savedIn(metadata, 'eta'), lambda: savedIn(metadata, 'lambda'), pool: savedIn(metadata, 'pool') };
  constants.push(
    numberOf('eta', 'ISTA step η', (value) => value > 0, { given: given.eta, saved: saved.eta, fallback: ETA }),
    numberOf('lambda', 'Sparsity weight λ', (value) => value >= 0, {
      given: given.lambda,
      saved: saved.lambda,
      fallback: LAMBDA[kind],
    }),
  );
  if (kind !== 'crate-mae') constants.push(poolOf(given.pool, saved.pool));
  return constants;
}

function poolOf(given: Pool | undefined, saved: number | string | undefined): FoundConstant {
  const options: readonly Pool[] = ['cls', 'mean'];
  const key = 'pool' as const;
  const what: Readonly<Record<Pool, string>> = {
    cls: 'The class token is pooled',
    mean: 'The mean over all tokens is pooled',
  };
  if (given !== undefined) return { key, value: given, origin: 'given', note: `${what[given]}, as given.`, options };
  if (saved === 'cls' || saved === 'mean') {
    return { key, value: saved, origin: 'file', note: `${what[saved]}, as saved beside the tensors.`, options };
  }
  return { key, value: 'cls', origin: 'code', note: `${what.cls}, as in the released models; no file says.`, options };
}

/** The configuration, or null while a constant has to be given. */
export function configOf(kind: CrateKind, sizes: Sizes, constants: readonly FoundConstant[]): CrateConfig | null {
  const value = (key: ConstantKey) => constants.find((constant) => constant.key === key)?.value ?? null;
  const [heads, eta, lambda] = [value('heads'), value('eta'), value('lambda')];
  const decoderHeads = value('decoderHeads');
  if (typeof heads !== 'number' || typeof eta !== 'number' || typeof lambda !== 'number') return null;
  if (sizes.decoder && typeof decoderHeads !== 'number') return null;
  const { imageSize, patchSize, classes, d, L, inner, atoms, headWidth, decoder } = sizes;
  return {
    kind,
    imageSize,
    patchSize,
    classes,
    d,
    L,
    K: heads,
    p: inner / heads,
    eta,
    lambda,
    pool: value('pool') === 'mean' ? 'mean' : 'cls',
    ...(kind === 'crate-alpha' ? { atoms } : {}),
    ...(headWidth === null ? {} : { headWidth }),
    ...(decoder && typeof decoderHeads === 'number'
      ? { decoder: { L: decoder.L, K: decoderHeads, p: decoder.inner / decoderHeads } }
      : {}),
  };
}
