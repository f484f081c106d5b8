// The sheet's fields as a person fills them in, laid over what was found: what is shown, what is wrong with it, and what will be loaded.

import type { ConstantKey, FoundConstant, GivenConstants } from '../../../model/findings.ts';
import type { PatchPixels } from '../../../model/reconstruction.ts';
import type { OpenedFile, Preparation, Terms } from '../../../store/state.ts';

export type Three<T> = readonly [T, T, T];

export interface NormalisationPreset {
  readonly id: string;
  readonly name: string;
  readonly mean: Three<number>;
  readonly std: Three<number>;
}

export const NORMALISATIONS: readonly NormalisationPreset[] = [
  { id: 'imagenet', name: 'ImageNet', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { id: 'cifar10', name: 'CIFAR-10', mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  { id: 'half', name: '0.5 and 0.5: from −1 to 1', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  { id: 'none', name: 'none: from 0 to 1', mean: [0, 0, 0], std: [1, 1, 1] },
];
export const OWN_NUMBERS = 'own';

/** What was filled in by hand, as text; what is absent is as found. */
export interface Draft {
  readonly constants: Readonly<Partial<Record<ConstantKey, string>>>;
  /** Id of a preset, or OWN_NUMBERS. */
  readonly normalisation?: string;
  readonly mean?: Three<string>;
  readonly std?: Three<string>;
  readonly fit?: Preparation['fit'];
  readonly patchPixels?: PatchPixels;
  /** The names that are known are not to be used. */
  readonly withoutLabels?: boolean;
}

export const NO_CHANGES: Draft = { constants: {} };

export type FieldKey = ConstantKey | 'mean' | 'std';

export interface Reading {
  /** Texts of the constants' fields. */
  readonly texts: Readonly<Partial<Record<ConstantKey, string>>>;
  readonly normalisation: string;
  readonly mean: Three<string>;
  readonly std: Three<string>;
  readonly fit: Preparation['fit'];
  readonly patchPixels: PatchPixels;
  readonly labels: readonly string[] | null;
  /** Sentences, by the field that is wrong. */
  readonly errors: Readonly<Partial<Record<FieldKey, string>>>;
  /** Fields that nothing fills, in the order of the form. */
  readonly missing: readonly ConstantKey[];
  /** What differs from what was found. */
  readonly changed: ReadonlySet<ConstantKey | 'normalisation' | 'fit' | 'patchPixels' | 'labels'>;
  /** Null while something is missing or wrong. */
  readonly terms: Terms | null;
}

const textOf = (value: number | string | null): string => (value === null ? '' : String(value));
const three = <T, U>([a, b, c]: Three<T>, of: (value: T) => U): Three<U> => [of(a), of(b), of(c)];
const isSame = (a: Three<number>, b: Three<number>): boolean => a.every((value, i) => value === b[i]);

export const presetOf = (mean: Three<number>, std: Three<number>): string =>
  NORMALISATIONS.find((preset) => isSame(preset.mean, mean) && isSame(preset.std, std))?.id ?? OWN_NUMBERS;

/** A number as people type it, a decimal comma too; NaN for anything else. */
export function numberIn(text: string): number {
  const plain = text.trim().replace('−', '-').replace(',', '.');
  return plain === '' ? Number.NaN : Number(plain);
}

export const isNoMean = (text: string): boolean => !Number.isFinite(numberIn(text));
export const isNoStd = (text: string): boolean => !(numberIn(text) > 0 && Number.isFinite(numberIn(text)));

/** The divisors of `inner` beside `heads`, below and above. */
function nearestDivisors(inner: number, heads: number): readonly number[] {
  const divides = (value: number) => inner % value === 0;
  const whole = Math.max(1, Math.min(inner, Math.round(heads)));
  let [below, above] = [whole, whole];
  while (below > 1 && !divides(below)) below--;
  while (above < inner && !divides(above)) above++;
  return below === above ? [below] : [below, above];
}

/** What is wrong with a number of heads whose projection has `inner` rows, one sentence; null: nothing. */
export function headsError(text: string, inner: number): string | null {
  const heads = numberIn(text);
  if (!Number.isInteger(heads) || heads < 1) return 'A whole number from 1 is needed.';
  if (inner % heads === 0) return null;
  const near = nearestDivisors(inner, heads);
  return `${heads} does not divide the projection’s ${inner} rows; ${near.join(' and ')} ${near.length > 1 ? 'do' : 'does'}.`;
}

/** Rows of the projection that the heads share. */
export const innerOf = (key: ConstantKey, { findings }: OpenedFile): number =>
  key === 'decoderHeads' ? (findings.sizes.decoder?.inner ?? 0) : findings.sizes.inner;

function constantError(key: ConstantKey, text: string, opened: OpenedFile): string | null {
  if (key === 'heads' || key === 'decoderHeads') return headsError(text, innerOf(key, opened));
  if (key === 'eta') return numberIn(text) > 0 ? null : 'η is the size of a step: a number above 0.';
  if (key === 'lambda') return numberIn(text) >= 0 ? null : 'λ is a weight: a number from 0.';
  return null;
}

const asGiven = (key: ConstantKey, text: string): GivenConstants =>
  key === 'pool' ? { pool: text === 'mean' ? 'mean' : 'cls' } : { [key]: numberIn(text) };

const isFilledDifferently = ({ key, value }: FoundConstant, text: string): boolean =>
  value === null || (key === 'pool' ? text !== value : numberIn(text) !== value);

export function readDraft(opened: OpenedFile, draft: Draft): Reading {
  const { findings, preparation } = opened;
  const texts: Partial<Record<ConstantKey, string>> = {};
  const errors: Partial<Record<FieldKey, string>> = {};
  const missing: ConstantKey[] = [];
  const changed = new Set<ConstantKey | 'normalisation' | 'fit' | 'patchPixels' | 'labels'>();
  let given: GivenConstants = opened.given;

  for (const constant of findings.constants) {
    const { key } = constant;
    const filled = draft.constants[key];
    const text = filled ?? textOf(constant.value);
    texts[key] = text;
    if (text.trim() === '' && constant.value === null) {
      missing.push(key);
      continue;
    }
    if (filled === undefined || !isFilledDifferently(constant, filled)) continue;
    changed.add(key);
    const error = constantError(key, text, opened);
    if (error) errors[key] = error;
    else given = { ...given, ...asGiven(key, text) };
  }

  const found = presetOf(preparation.mean, preparation.std);
  const normalisation = draft.normalisation ?? found;
  const preset = NORMALISATIONS.find(({ id }) => id === normalisation);
  const mean = preset ? three(preset.mean, String) : (draft.mean ?? three(preparation.mean, String));
  const std = preset ? three(preset.std, String) : (draft.std ?? three(preparation.std, String));
  const [means, stds] = [three(mean, numberIn), three(std, numberIn)];
  if (mean.some(isNoMean)) errors.mean = 'The mean is three numbers: red, green, blue.';
  if (std.some(isNoStd)) errors.std = 'The std is three numbers above 0: the picture is divided by them.';
  if (!isSame(means, preparation.mean) || !isSame(stds, preparation.std)) changed.add('normalisation');

  const fit = draft.fit ?? preparation.fit;
  if (fit !== preparation.fit) changed.add('fit');
  const patchPixels = draft.patchPixels ?? preparation.patchPixels;
  if (patchPixels !== preparation.patchPixels) changed.add('patchPixels');
  const labels = draft.withoutLabels ? null : preparation.labels;
  if (labels !== preparation.labels) changed.add('labels');

  const isWhole = missing.length === 0 && Object.keys(errors).length === 0;
  const labelsFrom = labels ? preparation.labelsFrom : '';
  const terms = isWhole
    ? { given, preparation: { mean: means, std: stds, fit, labels, labelsFrom, patchPixels } }
    : null;
  return { texts, normalisation, mean, std, fit, patchPixels, labels, errors, missing, changed, terms };
}
