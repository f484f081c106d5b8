// Which of a file's dicts holds the weights. People save a state dict bare, under a key beside epoch and optimizer, nested, as an averaged
// copy beside the model, or the whole module as an object; all of them end as tensors by dotted name.

import { CheckpointError } from './errors.ts';
import { PickleGlobal, PickleObject } from './pickle.ts';
import { TorchTensor } from './torchObjects.ts';

export type PlainValue = string | number | boolean | null;

export interface Unwrapped {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Keys that led there; WHOLE_MODULE at the end where a module was pickled as an object. */
  readonly wrapper: readonly string[];
  /** Plain values beside and among the tensors, by dotted path from the outermost object. */
  readonly metadata: ReadonlyMap<string, PlainValue>;
  /** Tensors of a single number beside the state dict (best_acc1), by path. */
  readonly scalars: ReadonlyMap<string, TorchTensor>;
}

/** Last of the wrapper's keys when torch.save was given the model itself; its class is in the metadata under this name. */
export const WHOLE_MODULE = '<whole module>';

/** Keys under which weights are saved, the likeliest first. */
const WRAPPERS: readonly string[] = [
  'state_dict',
  'model',
  'model_state_dict',
  'model_state',
  'module',
  'net',
  'network',
  'params',
  'weights',
  'teacher',
  'student',
];
/** Averaged copies: the weights only where nothing else is. */
const AVERAGED = /(?:^|_)ema(?:_|$)|averag|shadow|(?:^|_)swa(?:_|$)/i;
/** Containers that training keeps for itself. */
const TRAINING =
  /^(?:optim|opt$|opt_|sched|lr_sched|scaler$|amp$|grad_scaler|rng_state|random_state|loops$|callbacks$)/i;

/** Containers within containers that are looked into; a module tree is some ten deep. */
const MAX_DEPTH = 64;
/** Places on the way to tensors: containers that are shared count as often as they are reached. */
const MAX_VISITS = 200_000;
/** Places looked at in search of the weights, an optimizer's included. */
const MAX_SEARCHED = 1_000_000;
const MAX_METADATA = 1000;
/** Places looked at for metadata, entries of lists included. */
const MAX_METADATA_VISITS = 50_000;
/** Longest text or list that is kept as metadata. */
const MAX_TEXT = 4096;
const MAX_SCALARS = 16;
/** Longest key that is a name. */
const MAX_KEY = 500;
/** Letters of a tensor's name that count as much as a place: names of many long keys take the memory. */
const LETTERS_A_VISIT = 64;

type Entry = readonly [key: string, value: unknown];

/** Places that may still be looked at. Below 0: there were more. */
interface Visits {
  left: number;
}

const isModule = (node: unknown): node is PickleObject =>
  node instanceof PickleObject &&
  node.state instanceof Map &&
  node.state.get('_parameters') instanceof Map &&
  node.state.get('_modules') instanceof Map;

/** What a module's state_dict() lists, one level of it. */
function* moduleEntries({ state }: PickleObject, visits: Visits): Generator<Entry> {
  const parts = state as ReadonlyMap<unknown, unknown>;
  const temporary: unknown = parts.get('_non_persistent_buffers_set');
  const skipped: readonly unknown[] = Array.isArray(temporary) ? temporary : [];
  visits.left -= skipped.length;
  if (visits.left < 0) return;
  const isSkipped = new Set(skipped);
  yield* namedEntries(parts.get('_parameters'), visits);
  for (const entry of namedEntries(parts.get('_buffers'), visits)) if (!isSkipped.has(entry[0])) yield entry;
  yield* namedEntries(parts.get('_modules'), visits);
}

/** Entries of a dict whose keys are names or numbers. */
function* namedEntries(map: unknown, visits: Visits): Generator<Entry> {
  if (!(map instanceof Map)) return;
  for (const [key, value] of map) {
    if (--visits.left < 0) return;
    if (typeof key === 'number' || (typeof key === 'string' && key.length <= MAX_KEY)) yield [String(key), value];
  }
}

/**
 * What lies one level below: of dicts, lists, modules, and objects with attributes (argparse.Namespace). None of anything else. All that is
 * looked at is counted, passed over or not: objects may share a dict of a million keys that are no names.
 */
function* entriesOf(node: unknown, visits: Visits): Generator<Entry> {
  if (node instanceof Map) yield* namedEntries(node, visits);
  else if (Array.isArray(node)) {
    for (const [i, value] of node.entries()) {
      if (--visits.left < 0) return;
      yield [String(i), value];
    }
  } else if (isModule(node)) yield* moduleEntries(node, visits);
  else if (node instanceof PickleObject) {
    yield* namedEntries(node.entries, visits);
    // An object with slots has a pair of dicts for its state.
    const states = Array.isArray(node.state) ? node.state.slice(0, 2) : [node.state];
    for (const state of states) yield* namedEntries(state, visits);
  }
}

const tooMuch = (what: string): CheckpointError =>
  new CheckpointError(
    'too-large',
    `The file ${what}, as no state dict does. Save the state dict alone with torch.save.`,
  );

const isContainer = (value: unknown): boolean =>
  value instanceof Map || Array.isArray(value) || value instanceof PickleObject;

/**
 * Calls `visit` for all below `root`, in order; it says whether to go deeper. Cycles end where they close.
 * @returns false when `limit` places did not suffice
 */
function walk(root: unknown, limit: number, visit: (value: unknown, path: readonly string[]) => boolean): boolean {
  const visits: Visits = { left: limit };
  const path: string[] = [];
  const above = new Set<unknown>();
  const enter = (node: unknown, letters: number): void => {
    above.add(node);
    for (const [key, value] of entriesOf(node, visits)) {
      const length = letters + key.length + 1;
      visits.left -= Math.floor(length / LETTERS_A_VISIT);
      if (visits.left < 0) break;
      path.push(key);
      if (visit(value, path) && isContainer(value) && !above.has(value) && path.length < MAX_DEPTH) {
        enter(value, length);
      }
      path.pop();
    }
    above.delete(node);
  };
  enter(root, 0);
  return visits.left >= 0;
}

const hasAxes = (value: unknown): boolean => value instanceof TorchTensor && value.layout.shape.length > 0;

/** How many tensors lie below a container. Each is counted once, however often it is shared. */
class Counts {
  readonly visits: Visits = { left: MAX_SEARCHED };
  private readonly known = new Map<unknown, { readonly all: number; readonly withAxes: number }>();

  below(node: unknown, depth = 0): { readonly all: number; readonly withAxes: number } {
    const known = this.known.get(node);
    if (known) return known;
    let [all, withAxes] = [0, 0];
    // For cycles: what closes one adds nothing.
    this.known.set(node, { all, withAxes });
    for (const [key, value] of entriesOf(node, this.visits)) {
      if (value instanceof TorchTensor) {
        all++;
        if (hasAxes(value)) withAxes++;
      } else if (depth < MAX_DEPTH && isContainer(value) && !TRAINING.test(key)) {
        const inner = this.below(value, depth + 1);
        all += inner.all;
        withAxes += inner.withAxes;
      }
    }
    this.refuseTooMany();
    const count = { all, withAxes };
    this.known.set(node, count);
    return count;
  }

  /** @throws CheckpointError 'too-large' */
  refuseTooMany(): void {
    if (this.visits.left < 0) throw tooMuch(`refers to more than ${MAX_SEARCHED} values`);
  }
}

interface Candidate {
  readonly key: string;
  readonly node: unknown;
  readonly count: number;
  readonly rank: number;
}

const rankOf = (key: string): number => {
  const rank = WRAPPERS.indexOf(key);
  if (rank >= 0) return rank;
  return AVERAGED.test(key) ? 2 * WRAPPERS.length : Number.POSITIVE_INFINITY;
};

/** Where the weights are, from the outermost object inwards. */
function findWeights(root: unknown, counts: Counts): { readonly node: unknown; readonly wrapper: readonly string[] } {
  const wrapper: string[] = [];
  let node = root;
  while (!isModule(node) && wrapper.length < MAX_DEPTH) {
    let direct = 0;
    const inner: Candidate[] = [];
    for (const [key, value] of entriesOf(node, counts.visits)) {
      if (hasAxes(value)) direct++;
      if (!isContainer(value) || TRAINING.test(key)) continue;
      const count = counts.below(value).withAxes;
      if (count > 0) inner.push({ key, node: value, count, rank: rankOf(key) });
    }
    counts.refuseTooMany();
    const chosen = choose(inner, direct);
    if (!chosen) break;
    wrapper.push(chosen.key);
    node = chosen.node;
  }
  if (isModule(node)) wrapper.push(WHOLE_MODULE);
  return { node, wrapper };
}

/** Of the dicts that hold the most tensors the one with the likeliest key; one of another name only if nothing lies beside it. */
function choose(inner: readonly Candidate[], direct: number): Candidate | undefined {
  const named = inner.filter(({ rank, count }) => Number.isFinite(rank) && count > direct);
  const most = Math.max(0, ...named.map(({ count }) => count));
  const [best] = named.filter(({ count }) => 2 * count >= most).sort((a, b) => a.rank - b.rank || b.count - a.count);
  if (best) return best;
  return inner.length === 1 && direct === 0 ? inner[0] : undefined;
}

/** Finds the state dict in what a file unpickles to. No tensors at all is an empty one. @throws CheckpointError 'too-large' */
export function unwrap(root: unknown): Unwrapped {
  const counts = new Counts();
  const { node, wrapper } = findWeights(root, counts);
  const tensors = new Map<string, TorchTensor>();
  const isWhole = walk(node, MAX_VISITS, (value, path) => {
    if (value instanceof TorchTensor) tensors.set(path.join('.'), value);
    if (!isContainer(value) || (path.length === 1 && TRAINING.test(path[0] ?? ''))) return false;
    return counts.below(value).all > 0;
  });
  if (!isWhole) {
    throw tooMuch(`lists more than ${MAX_VISITS} tensors and values`);
  }
  return { tensors, wrapper, ...valuesBeside(root, node, wrapper) };
}

/**
 * What would have made the first tensor whose kind is not read, itself or below, training's own left out: torch._utils._rebuild_qtensor,
 * say. Null: there is none.
 */
export function unreadTensor(root: unknown): string | null {
  let name: string | null = null;
  walk([root], MAX_VISITS, (value, path) => {
    if (TRAINING.test(path.at(-1) ?? '')) return false;
    if (value instanceof PickleObject && /^torch\.(?:Tensor$|_utils\._rebuild_)/.test(value.name)) name ??= value.name;
    return name === null;
  });
  return name;
}

/** Plain values that are no part of an optimizer or of a module's own bookkeeping, and single numbers beside the weights. */
function valuesBeside(
  root: unknown,
  weights: unknown,
  wrapper: readonly string[],
): Pick<Unwrapped, 'metadata' | 'scalars'> {
  const metadata = new Map<string, PlainValue>();
  const scalars = new Map<string, TorchTensor>();
  if (isModule(weights)) metadata.set(wrapper.join('.'), weights.name);
  const budget = { left: MAX_METADATA_VISITS };
  walk(root, MAX_METADATA_VISITS, (value, path) => {
    if (value === weights || isModule(root) || isModule(value)) return false;
    if (isContainer(value) && TRAINING.test(path.at(-1) ?? '')) return false;
    if (value instanceof TorchTensor) {
      const isBeside = weights !== root && value.layout.shape.length === 0;
      if (isBeside && scalars.size < MAX_SCALARS) scalars.set(path.join('.'), value);
      return false;
    }
    const plain = metadata.size < MAX_METADATA ? plainOf(value, budget) : undefined;
    if (plain !== undefined) metadata.set(path.join('.'), plain);
    return plain === undefined && budget.left > 0;
  });
  return { metadata, scalars };
}

/** A plain value as it is kept: integers beyond 2^53 as text, lists of plain values as JSON. Undefined for everything else. */
function plainOf(value: unknown, budget: { left: number }): PlainValue | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return value.length <= MAX_TEXT ? value : undefined;
  if (value instanceof PickleGlobal) return value.name;
  if (!Array.isArray(value)) return undefined;
  const json = listJson(value, 0, budget);
  return json !== undefined && json.length <= MAX_TEXT ? json : undefined;
}

/** JSON of a list of plain values, at most four lists deep; undefined where something else is in it. */
function listJson(list: readonly unknown[], depth: number, budget: { left: number }): string | undefined {
  if (depth > 4 || list.length > MAX_TEXT) return undefined;
  const parts: string[] = [];
  let length = 0;
  for (const item of list) {
    if (budget.left-- <= 0) return undefined;
    const part = Array.isArray(item) ? listJson(item, depth + 1, budget) : itemJson(plainOf(item, budget));
    length += part?.length ?? 0;
    if (part === undefined || length > MAX_TEXT) return undefined;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

/** JSON has no infinities and no NaN: they become text. */
const itemJson = (plain: PlainValue | undefined): string | undefined =>
  plain === undefined
    ? undefined
    : JSON.stringify(typeof plain === 'number' && !Number.isFinite(plain) ? `${plain}` : plain);
