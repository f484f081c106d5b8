// The command line of `npm run --silent measure`, as plain data.

import { parseArgs } from 'node:util';
import type { Pool } from '../model/config.ts';

export interface MeasureArguments {
  readonly model: string;
  readonly images: readonly string[];
  readonly json: boolean;
  readonly cpu: boolean;
  readonly help: boolean;
  readonly heads: number | undefined;
  readonly decoderHeads: number | undefined;
  readonly eta: number | undefined;
  readonly lambda: number | undefined;
  readonly pool: Pool | undefined;
  readonly mean: readonly [number, number, number] | undefined;
  readonly std: readonly [number, number, number] | undefined;
  readonly fit: 'squash' | 'crop' | undefined;
  readonly eps2: number;
  /** Names of the classes. */
  readonly labels: string | undefined;
  /** Side of the model's input, px; undefined: the trained one. */
  readonly side: number | undefined;
  /** CRATE-MAE: share of hidden patches and the seed that chooses them. */
  readonly hide: number;
  readonly seed: number;
}

export const USAGE = `usage: npm run --silent measure -- --model FILE --image FILE… [--json] [--cpu]
       [--heads K] [--decoder-heads K] [--eta 0.1] [--lambda 0.1] [--pool cls|mean]
       [--mean r,g,b] [--std r,g,b] [--fit squash|crop] [--labels FILE] [--eps2 0.01]
       [--side PX] [--hide 0.75] [--seed 1]

Runs each picture through the model on WebGPU (or, with --cpu, in float64 on the processor) and prints its trace: a table, or
with --json the document crate-explorer/trace@1, one a line when there are several pictures. FILE is what torch.save left
(.pth, .pt, .pth.tar, .t7, .bin), a .safetensors or an .npz of CRATE, CRATE-α or CRATE-MAE; nothing in it is executed. What is
not given comes from the card beside the model (FILE.json), else from the table of released models and ImageNet's mean and
standard deviation. --side interpolates the positions for larger pictures; --hide is the share of patches that CRATE-MAE does
not see, --seed which ones.`;

/** A mistake in the command: one sentence. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseMeasure(argv: readonly string[]): MeasureArguments {
  let values: ReturnType<typeof parse>['values'];
  let positionals: readonly string[];
  try {
    ({ values, positionals } = parse(argv));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replace(/\.? To specify.*$/s, '') : String(error));
  }
  const images = [...(values.image ?? []), ...positionals];
  if (!values.help) {
    if (!values.model) throw new UsageError('Missing --model FILE; --help lists the options.');
    if (images.length === 0) throw new UsageError('Missing --image FILE; --help lists the options.');
  }
  return {
    model: values.model ?? '',
    images,
    json: values.json ?? false,
    cpu: values.cpu ?? false,
    help: values.help ?? false,
    decoderHeads: number(
      'decoder-heads',
      values['decoder-heads'],
      (value) => Number.isInteger(value) && value > 0,
      'a whole number above 0',
    ),
    heads: number('heads', values.heads, (value) => Number.isInteger(value) && value > 0, 'a whole number above 0'),
    eta: number('eta', values.eta, (value) => value > 0, 'a number above 0'),
    lambda: number('lambda', values.lambda, (value) => value >= 0, 'a number of at least 0'),
    pool: oneOf('pool', values.pool, ['cls', 'mean']),
    mean: triple('mean', values.mean, () => true, 'three numbers, r,g,b'),
    std: triple('std', values.std, (value) => value > 0, 'three numbers above 0, r,g,b'),
    fit: oneOf('fit', values.fit, ['squash', 'crop']),
    eps2: number('eps2', values.eps2, (value) => value > 0, 'a number above 0') ?? 0.01,
    labels: values.labels,
    side: number('side', values.side, (value) => Number.isInteger(value) && value > 0, 'a whole number above 0'),
    hide: number('hide', values.hide, (value) => value >= 0 && value <= 1, 'a share from 0 to 1') ?? 0.75,
    seed: number('seed', values.seed, (value) => Number.isInteger(value) && value >= 0, 'a whole number') ?? 1,
  };
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      image: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      cpu: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      heads: { type: 'string' },
      'decoder-heads': { type: 'string' },
      eta: { type: 'string' },
      lambda: { type: 'string' },
      pool: { type: 'string' },
      mean: { type: 'string' },
      std: { type: 'string' },
      fit: { type: 'string' },
      eps2: { type: 'string' },
      labels: { type: 'string' },
      side: { type: 'string' },
      hide: { type: 'string' },
      seed: { type: 'string' },
    },
  });

function number(name: string, text: string | undefined, isGood: (value: number) => boolean, what: string) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || !isGood(value)) {
    throw new UsageError(`--${name} takes ${what}, not “${text}”.`);
  }
  return value;
}

function oneOf<T extends string>(name: string, text: string | undefined, values: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = values.find((value) => value === text);
  if (!found) throw new UsageError(`--${name} takes ${values.join(' or ')}, not “${text}”.`);
  return found;
}

function triple(name: string, text: string | undefined, isGood: (value: number) => boolean, what: string) {
  if (text === undefined) return undefined;
  const [r, g, b, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const all = [r, g, b];
  if (
    more.length > 0 ||
    r === undefined ||
    g === undefined ||
    b === undefined ||
    !all.every((v) => Number.isFinite(v) && isGood(v as number))
  ) {
    throw new UsageError(`--${name} takes ${what}, not “${text}”.`);
  }
  return [r, g, b] as const;
}
