// The link of a view: one table maps each choice to a parameter of the hash and back. Only what differs from the default is written.
// `#/explore?picture=truck&step=ista-4&head=2&token=7…`; layers and heads count from 1 as on screen, token 0 is the class token.

import { DEFAULT_CHOICES } from './appStore.ts';
import { SAMPLES } from './samples.ts';
import type { Choices, Page, PictureChoice, Step } from './state.ts';

/** Each page's part of the hash. */
const ROUTES: Readonly<Record<Page, string>> = { explore: '/explore', speed: '/speed' };

interface Parameter<T> {
  readonly write: (value: T) => string;
  /** Undefined for text that means nothing; the default stays. */
  readonly read: (text: string) => T | undefined;
}

const oneOf = <T extends string>(...values: readonly T[]): Parameter<T> => ({
  write: (value) => value,
  read: (text) => values.find((value) => value === text),
});

/** A whole number in [least, most], shown plus `shift`. */
const whole = (least: number, most: number, shift = 0): Parameter<number> => ({
  write: (value) => String(value + shift),
  read: (text) => {
    const value = Number(text) - shift;
    return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
  },
});

const flag: Parameter<boolean> = {
  write: (value) => (value ? '1' : '0'),
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
};

const eps2: Parameter<number> = {
  write: (value) => String(value),
  read: (text) => {
    const value = Number(text);
    return text !== '' && value >= 1e-4 && value <= 1 ? value : undefined;
  },
};

/** A name, or an address, which may be long. */
const model: Parameter<string> = {
  write: (value) => value,
  read: (text) => (text.length > 0 && text.length <= 2000 ? text : undefined),
};

const hash: Parameter<string> = {
  write: (value) => value,
  read: (text) => (/^[\da-f]{64}$/.test(text) ? text : undefined),
};

const terms: Parameter<string> = {
  write: (value) => value,
  read: (text) => (text.length <= 400 ? text : undefined),
};

const share: Parameter<number> = {
  write: (value) => String(value),
  read: (text) => {
    const value = Number(text);
    return text !== '' && value >= 0 && value <= 0.95 ? value : undefined;
  },
};

const step: Parameter<Step> = {
  write: (value) => ('layer' in value ? `${value.at}-${value.layer + 1}` : value.at),
  read: (text) => {
    if (text === 'picture' || text === 'embed' || text === 'head') return { at: text };
    const [, at, layer] = /^(mssa|ista)-([1-9]\d{0,2})$/.exec(text) ?? [];
    return at === 'mssa' || at === 'ista' ? { at, layer: Number(layer) - 1 } : undefined;
  },
};

/** `sample:ship`, or `own:photo.jpg`, whose pixels no link carries. */
const picture: Parameter<PictureChoice> = {
  write: (value) => (value.kind === 'sample' ? value.id : `own:${value.name}`),
  read: (text) => {
    if (text.startsWith('own:') && text.length > 4) return { kind: 'own', name: text.slice(4, 204) };
    return SAMPLES.some(({ id }) => id === text) ? { kind: 'sample', id: text } : undefined;
  },
};

type Table = {
  readonly [Key in keyof Choices]: { readonly name: string; readonly parameter: Parameter<Choices[Key]> };
};

const TABLE: Table = {
  modelId: { name: 'model', parameter: model },
  modelHash: { name: 'sha256', parameter: hash },
  modelTerms: { name: 'terms', parameter: terms },
  side: { name: 'side', parameter: whole(1, 4096) },
  hide: { name: 'hide', parameter: share },
  maskSeed: { name: 'seed', parameter: whole(0, 2 ** 31 - 1) },
  picture: { name: 'picture', parameter: picture },
  step: { name: 'step', parameter: step },
  head: { name: 'head', parameter: whole(0, 255, 1) },
  token: { name: 'token', parameter: whole(0, 1_000_000) },
  tab: { name: 'tab', parameter: oneOf('heads', 'subspaces', 'tokens', 'dictionary', 'operator') },
  mapStyle: { name: 'map', parameter: oneOf('over', 'plain', 'mask') },
  mapScope: { name: 'scale', parameter: oneOf('map', 'layer', 'all') },
  formulaOf: { name: 'formula', parameter: oneOf('released', 'paper') },
  normalisation: { name: 'norm', parameter: oneOf('unit', 'raw') },
  place: { name: 'at', parameter: oneOf('input', 'half', 'output') },
  rateUnit: { name: 'unit', parameter: oneOf('nats', 'bits') },
  perHead: { name: 'perhead', parameter: flag },
  eps2: { name: 'eps2', parameter: eps2 },
  channels: { name: 'channels', parameter: oneOf('stored', 'use') },
  heatCrop: { name: 'entries', parameter: oneOf('all', '50') },
  dimensions: { name: 'axes', parameter: oneOf('2d', '3d') },
};

const KEYS = Object.keys(TABLE) as (keyof Choices)[];

function written<Key extends keyof Choices>(key: Key, choices: Choices): [string, string] {
  const { name, parameter } = TABLE[key];
  return [name, parameter.write(choices[key])];
}

/** The hash, `#` included. */
export function hashOf(choices: Choices, page: Page = 'explore'): string {
  const query = new URLSearchParams();
  for (const key of KEYS) {
    const [name, text] = written(key, choices);
    if (text !== written(key, DEFAULT_CHOICES)[1]) query.set(name, text);
  }
  const text = query.toString();
  return `#${ROUTES[page]}${text ? `?${text}` : ''}`;
}

/** The page that a hash names; the explorer where it names none. */
export function pageFrom(hash: string): Page {
  const [route] = hash.replace(/^#/, '').split('?');
  return (Object.keys(ROUTES) as Page[]).find((page) => ROUTES[page] === route) ?? 'explore';
}

function readInto<Key extends keyof Choices>(key: Key, query: URLSearchParams, into: Partial<Choices>): void {
  const { name, parameter } = TABLE[key];
  const text = query.get(name);
  const value = text === null ? undefined : parameter.read(text);
  if (value !== undefined) Object.assign(into, { [key]: value });
}

/** What a hash chooses; parameters that mean nothing are left out. */
export function choicesFrom(hash: string): Partial<Choices> {
  const query = new URLSearchParams(hash.slice(hash.indexOf('?') + 1 || hash.length));
  const into: Partial<Choices> = {};
  for (const key of KEYS) readInto(key, query, into);
  return into;
}

/** The choices of a state, without what a link does not carry. */
export function choicesOf(state: Choices): Choices {
  return Object.fromEntries(KEYS.map((key) => [key, state[key]])) as unknown as Choices;
}
