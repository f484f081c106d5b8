// Where a trace obeys the theory and where it does not: pure functions from the measures of each layer to departures and sentences.
// The theory: MSSA lowers R^c within a layer; R^c at one place and the non-zeros that ISTA leaves (of Z^{ℓ+1}; in CRATE-α of its codes)
// fall from layer to layer.

import type { LayerTrace, Place } from '../model/trace.ts';
import { countsCodes, inUnit, nonzeroShare, rateGiven } from './selectors.ts';
import type { Normalisation, RateUnit } from './state.ts';

/** 'step': half < input within a layer, same U. 'rate': R^c at one place, layer to layer. 'nonzero': share of non-zeros, layer to layer. */
export type Claim = 'step' | 'rate' | 'nonzero';

/** A run of neighbouring layers at which a claim does not hold. */
export interface Departure {
  readonly claim: Claim;
  readonly operator: 'mssa' | 'ista';
  /** Null for non-zeros, which no normalisation changes. */
  readonly normalisation: Normalisation | null;
  /** Where R^c was measured; null for 'step', which compares input and half, and for non-zeros. */
  readonly place: Place | null;
  /** Non-zeros are those of the codes, not of Z^{ℓ+1}. */
  readonly ofCodes: boolean;
  /** First and last layer of the run, counted from 1. */
  readonly first: number;
  readonly last: number;
  /** 'level': neither lower nor higher, which is not what theory says either. */
  readonly direction: 'rises' | 'level';
  /** Value that the run starts from and the one it ends at; nats, or a share in [0, 1] for non-zeros. */
  readonly from: number;
  readonly to: number;
  /** Smallest and largest rise of one layer in the run, same unit; ≥ 0. */
  readonly least: number;
  readonly most: number;
}

/** What one claim came to. `holds` is null where there is nothing to compare. `text` is one sentence; R^c in it is a symbol. */
export interface Verdict {
  readonly claim: Claim;
  readonly operator: 'mssa' | 'ista';
  readonly holds: boolean | null;
  readonly text: string;
}

/** Two f32 log-determinants of equal matrices differ by less than this share of their size. */
const SAME = 1e-6;

interface Pair {
  readonly layer: number;
  readonly before: number;
  readonly after: number;
}

type Outcome = 'falls' | 'rises' | 'level' | 'unknown';

function outcome({ before, after }: Pair): Outcome {
  if (!Number.isFinite(before) || !Number.isFinite(after)) return 'unknown';
  if (Math.abs(after - before) <= SAME * Math.max(Math.abs(before), Math.abs(after))) return 'level';
  return after < before ? 'falls' : 'rises';
}

/** For each value whether it goes against "falls from layer to layer"; the first has nothing to fall from. */
export const goesAgainst = (values: readonly number[]): readonly boolean[] =>
  values.map((after, i) => {
    const before = values[i - 1];
    if (before === undefined) return false;
    const found = outcome({ layer: i + 1, before, after });
    return found === 'rises' || found === 'level';
  });

/** The comparisons that a claim makes; between layers there is one fewer than layers. */
function pairsOf(layers: readonly LayerTrace[], claim: Claim, by: Normalisation, place: Place): readonly Pair[] {
  if (claim === 'step')
    return layers.map((layer) => ({
      layer: layer.index,
      before: rateGiven(layer, 'input', by),
      after: rateGiven(layer, 'half', by),
    }));
  const value = (layer: LayerTrace): number => (claim === 'rate' ? rateGiven(layer, place, by) : nonzeroShare(layer));
  return layers.flatMap((layer, i) => {
    const previous = layers[i - 1];
    return previous ? [{ layer: layer.index, before: value(previous), after: value(layer) }] : [];
  });
}

interface Run {
  readonly direction: 'rises' | 'level';
  readonly pairs: readonly [Pair, ...Pair[]];
}

/** Neighbouring departing layers, split where the direction changes. */
function runsOf(pairs: readonly Pair[]): readonly Run[] {
  const runs: Run[] = [];
  for (const pair of pairs) {
    const direction = outcome(pair);
    if (direction !== 'rises' && direction !== 'level') continue;
    const open = runs.at(-1);
    if (open && open.direction === direction && open.pairs.at(-1)?.layer === pair.layer - 1)
      runs[runs.length - 1] = { direction, pairs: [...open.pairs, pair] };
    else runs.push({ direction, pairs: [pair] });
  }
  return runs;
}

const NORMALISATIONS: readonly Normalisation[] = ['unit', 'raw'];
const PLACES: readonly Place[] = ['input', 'half', 'output'];

/** Every departure of a trace: both normalisations, all three places. Non-zeros first, then MSSA's steps, then R^c by layer. */
export function diagnose(layers: readonly LayerTrace[]): readonly Departure[] {
  const find = (claim: Claim, normalisation: Normalisation | null, place: Place | null): readonly Departure[] =>
    runsOf(pairsOf(layers, claim, normalisation ?? 'unit', place ?? 'half')).map(({ direction, pairs }) => {
      const rises = pairs.map(({ before, after }) => Math.max(0, after - before));
      return {
        claim,
        operator: claim === 'nonzero' ? 'ista' : 'mssa',
        normalisation,
        place,
        ofCodes: claim === 'nonzero' && countsCodes(layers),
        first: pairs[0].layer,
        last: (pairs.at(-1) ?? pairs[0]).layer,
        direction,
        from: pairs[0].before,
        to: (pairs.at(-1) ?? pairs[0]).after,
        least: Math.min(...rises),
        most: Math.max(...rises),
      };
    });
  return [
    ...find('nonzero', null, null),
    ...NORMALISATIONS.flatMap((by) => find('step', by, null)),
    ...NORMALISATIONS.flatMap((by) => PLACES.flatMap((place) => find('rate', by, place))),
  ];
}

/** The same departures, those that the chosen measure shows first; otherwise in the order they came. */
export function byRelevance(
  departures: readonly Departure[],
  normalisation: Normalisation,
  place: Place,
): readonly Departure[] {
  const rank = (departure: Departure): number =>
    (departure.normalisation === null || departure.normalisation === normalisation ? 0 : 2) +
    (departure.place === null || departure.place === place ? 0 : 1);
  return [...departures].sort((a, b) => rank(a) - rank(b));
}

/** "layer 2", "layers 2 to 6". */
const layerSpan = (first: number, last: number): string =>
  first === last ? `layer ${first}` : `layers ${first} to ${last}`;

/** A non-negative amount: one decimal, or two figures where it is smaller than one. */
const amount = (value: number): string =>
  (value >= 0.95 ? value.toFixed(1) : value.toPrecision(2)).replace(/^0\./, '.');

/** "36.4 to 58.6", with as many decimals (at most 4) as it takes to tell the ends apart. */
function span(from: number, to: number): string {
  for (let digits = 1; digits < 4; digits++) {
    if (from.toFixed(digits) !== to.toFixed(digits)) return `${from.toFixed(digits)} to ${to.toFixed(digits)}`;
  }
  return `${from.toFixed(4)} to ${to.toFixed(4)}`;
}

/** Where a departure is: "Layers 2 to 6", "Layer 1, raw", "Layer 2, unit, measured at input". */
export function departureWhere({ first, last, normalisation, place }: Departure): string {
  const parts = [layerSpan(first, last).replace('l', 'L')];
  if (normalisation) parts.push(normalisation);
  if (place) parts.push(`measured at ${place}`);
  return parts.join(', ');
}

/** What a departure is and by how much; rates in `unit`. R^c in it is a symbol. */
export function departureWhat(departure: Departure, unit: RateUnit): string {
  const { claim, direction, first, last } = departure;
  const single = first === last;
  if (claim === 'nonzero') {
    const [from, to] = [departure.from * 100, departure.to * 100];
    const what = departure.ofCodes ? 'non-zeros of the codes' : 'non-zeros';
    return direction === 'level' ? `${what} stay at ${amount(to)} %` : `${what} rise, ${span(from, to)} %`;
  }
  const [least, most] = [inUnit(departure.least, unit), inUnit(departure.most, unit)];
  if (claim === 'step') {
    if (direction === 'level') return 'MSSA leaves R^c as it is';
    return `MSSA raises R^c by ${single || amount(least) === amount(most) ? amount(most) : `${amount(least)} to ${amount(most)}`} ${unit}`;
  }
  if (direction === 'level') return `R^c stays at ${amount(inUnit(departure.to, unit))} ${unit}`;
  if (single) return `R^c rises by ${amount(most)} ${unit}`;
  return `R^c rises, ${span(inUnit(departure.from, unit), inUnit(departure.to, unit))} ${unit}`;
}

/** 'Layers 2 to 6: non-zeros rise, 36.4 to 58.6 %'. */
export const departureText = (departure: Departure, unit: RateUnit): string =>
  `${departureWhere(departure)}: ${departureWhat(departure, unit)}`;

/** "at layers 2, 4 and 6 to 8"; a count when there are more than three runs. */
export function listed(layers: readonly number[], total: number, at: string): string {
  const spans: [number, number][] = [];
  for (const layer of layers) {
    const open = spans.at(-1);
    if (open && open[1] === layer - 1) open[1] = layer;
    else spans.push([layer, layer]);
  }
  if (spans.length > 3) return `${at} ${layers.length} of ${total} layers`;
  const words = spans.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const tail = words.pop() ?? '';
  return `${at} ${layers.length === 1 ? 'layer' : 'layers'} ${words.length ? `${words.join(', ')} and ${tail}` : tail}`;
}

const subjectOf = (claim: Claim, layers: readonly LayerTrace[]): string =>
  claim === 'step' ? 'MSSA' : claim === 'rate' ? 'R^c' : countsCodes(layers) ? 'Non-zeros of the codes' : 'Non-zeros';

const VERB: Readonly<Record<Claim, { falls: string; rises: string; not: string }>> = {
  step: { falls: 'lowers R^c', rises: 'raises R^c', not: 'does not lower R^c' },
  rate: { falls: 'falls', rises: 'rises', not: 'does not fall' },
  nonzero: { falls: 'fall', rises: 'rise', not: 'do not fall' },
};

/** One claim as subject and predicate, without the remark on theory. */
function judge(
  claim: Claim,
  pairs: readonly Pair[],
  layers: readonly LayerTrace[],
): Omit<Verdict, 'operator' | 'claim'> {
  const found = pairs.map((pair) => ({ layer: pair.layer, is: outcome(pair) }));
  const at = claim === 'step' ? 'in' : 'at';
  const subject = subjectOf(claim, layers);
  const verb = VERB[claim];
  // MSSA is what acts, R^c what is measured.
  const measured = claim === 'nonzero' ? subject : 'R^c';
  const plural = claim === 'nonzero';
  const unknown = found.filter(({ is }) => is === 'unknown').map(({ layer }) => layer);
  if (unknown.length)
    return {
      holds: null,
      text: `${measured} ${plural ? 'are' : 'is'} not finite ${listed(unknown, pairs.length, at)}, so the fall cannot be judged.`,
    };
  if (!found.length)
    return {
      holds: null,
      text: `With one layer, ${measured.replace('N', 'n')} ${plural ? 'have' : 'has'} no earlier layer to fall from.`,
    };
  const against = found.filter(({ is }) => is !== 'falls');
  if (!against.length) return { holds: true, text: `${subject} ${verb.falls} ${at} every layer, as theory says.` };
  const word = against.some(({ is }) => is === 'level') ? verb.not : verb.rises;
  const first = against[0]?.layer ?? 0;
  const toTheEnd = claim !== 'step' && against.length > 1 && first + against.length - 1 === layers.at(-1)?.index;
  const where = toTheEnd
    ? `after layer ${first - 1}`
    : listed(
        against.map(({ layer }) => layer),
        pairs.length,
        at,
      );
  return { holds: false, text: `${subject} ${word} ${where}, against theory.` };
}

/**
 * The sentences over the charts, for the chosen normalisation and place. MSSA's own step is named when it, or R^c by layer, does not
 * hold; when both hold "R^c falls at every layer" says it.
 */
export function verdicts(
  layers: readonly LayerTrace[],
  normalisation: Normalisation,
  place: Place,
): readonly Verdict[] {
  if (!layers.length) return [];
  const of = (claim: Claim): Verdict => ({
    claim,
    operator: claim === 'nonzero' ? 'ista' : 'mssa',
    ...judge(claim, pairsOf(layers, claim, normalisation, place), layers),
  });
  const [step, rate, nonzero] = [of('step'), of('rate'), of('nonzero')];
  const all = step.holds && rate.holds ? [rate, nonzero] : [step, rate, nonzero];
  // Theory is named once; later departures are "against it".
  return all.map((verdict, i) =>
    all.slice(0, i).some(({ text }) => text.includes('theory'))
      ? { ...verdict, text: verdict.text.replace('against theory', 'against it') }
      : verdict,
  );
}
