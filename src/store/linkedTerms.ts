// The terms of a checkpoint of one's own in a link: what a person gave that the file does not say, so that the link gives the same numbers
// on another machine. `heads:3;mean:0,0,0`, one text a link; what is as it would be anyway is left out.

import type { GivenConstants } from '../model/findings.ts';
import type { OpenedFile, Preparation } from './state.ts';

/** What a link says of a checkpoint's terms. */
export interface LinkedTerms {
  readonly given: GivenConstants;
  readonly preparation: Partial<Preparation>;
  /** Name of the list of class names that the link's view had, which no link carries; '' when it had none of its own. */
  readonly labelsFrom: string;
}

type Three = readonly [number, number, number];

const three = (text: string): Three | undefined => {
  const [r, g, b, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (more.length > 0 || r === undefined || g === undefined || b === undefined) return undefined;
  return [r, g, b].every(Number.isFinite) ? [r, g, b] : undefined;
};
const heads = (text: string): number | undefined => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined);
const amount = (text: string, isGood: (value: number) => boolean): number | undefined => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && isGood(value) ? value : undefined;
};
const oneOf = <T extends string>(text: string, ...values: readonly T[]): T | undefined =>
  values.find((value) => value === text);

/** The text of a file's terms, against those it would have without anybody's doing. */
export function termsText({ given, preparation }: OpenedFile, usual: Preparation): string {
  const { mean, std, fit, patchPixels, labels, labelsFrom } = preparation;
  const parts: [string, string | number | undefined][] = [
    ['heads', given.heads],
    ['decoder', given.decoderHeads],
    ['eta', given.eta],
    ['lambda', given.lambda],
    ['pool', given.pool],
    ['mean', String(mean) === String(usual.mean) ? undefined : String(mean)],
    ['std', String(std) === String(usual.std) ? undefined : String(std)],
    ['fit', fit === usual.fit ? undefined : fit],
    ['pixels', patchPixels === usual.patchPixels ? undefined : patchPixels],
    ['names', labels === null || labelsFrom === usual.labelsFrom ? undefined : labelsFrom.replaceAll(/[;:]/g, '_')],
    ['unnamed', labels === null && usual.labels !== null ? 1 : undefined],
  ];
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}:${value}`])).join(';');
}

/** What a text says; parts that mean nothing are left out. */
export function termsFrom(text: string): LinkedTerms {
  const parts = new Map(
    text.split(';').map((part) => {
      const at = part.indexOf(':');
      return [part.slice(0, at), part.slice(at + 1)] as const;
    }),
  );
  const read = <T>(name: string, parse: (value: string) => T | undefined): T | undefined => {
    const value = parts.get(name);
    return value === undefined ? undefined : parse(value);
  };
  const known = <T extends object>(values: T) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
      readonly [Key in keyof T]?: Exclude<T[Key], undefined>;
    };
  return {
    given: known({
      heads: read('heads', heads),
      decoderHeads: read('decoder', heads),
      eta: read('eta', (value) => amount(value, (number) => number > 0)),
      lambda: read('lambda', (value) => amount(value, (number) => number >= 0)),
      pool: read('pool', (value) => oneOf(value, 'cls', 'mean')),
    }),
    preparation: known({
      mean: read('mean', three),
      std: read('std', (value) => {
        const found = three(value);
        return found?.every((number) => number > 0) ? found : undefined;
      }),
      fit: read('fit', (value) => oneOf(value, 'crop', 'squash')),
      patchPixels: read('pixels', (value) => oneOf(value, 'plain', 'patch')),
      labels: parts.get('unnamed') === '1' ? null : undefined,
    }),
    labelsFrom: parts.get('names') ?? '',
  };
}
