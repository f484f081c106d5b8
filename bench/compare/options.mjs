// The command line of the comparison, as plain data.

import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const SECTIONS = ['A', 'shipped', 'B', 'gemm', 'logdet', 'cold'];
export const CONTENDERS = [
  'ours-webgpu',
  'ours-webgpu-measured',
  'ours-cpu',
  'ort-webgpu',
  'ort-wasm',
  'tfjs-webgpu',
  'tfjs-wasm',
  'jax-webgpu',
];

export const USAGE = `usage: npm run --silent bench -- [--sections ${SECTIONS.join(',')}] [--only NAME,…] [--rounds N]
       [--json FILE] [--readme] [--adapter swiftshader|default]

Runs this engine and other runtimes on the same weights and input, by turns in one Chromium, each held to float64 first, and prints
a table. The first run installs the other runtimes into bench/node_modules. Progress goes to standard error.

--sections  A: CRATE 6 × 192, 65 tokens; shipped: public/models/crate-cifar10; B: CRATE-S at 224 px; gemm: products at five shapes;
            logdet: R^c of twelve heads 197 × 48; cold: first inference of A in a new browser. Without it: all.
--only      ${CONTENDERS.slice(0, 4).join(', ')},
            ${CONTENDERS.slice(4).join(', ')}. Without it: all.
--rounds    rounds of every section; without it five, no more for a contender that has taken a minute
--json      a file for rows and machine
--readme    writes the table between <!-- bench --> and <!-- /bench --> in README.md
--adapter   swiftshader, the same everywhere (the default), or the browser's own choice
Exit code: 0; 1 when a contender failed or was wrong, which its row says; 2 when the command is wrong.`;

/** A mistake in the command: one sentence. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseCompare(argv) {
  const values = parse(argv);
  return {
    help: values.help === true,
    sections: listed('sections', values.sections, SECTIONS),
    contenders: listed('only', values.only, CONTENDERS),
    /** Undefined: as many as fit a minute, at most five. */
    rounds: rounds(values.rounds),
    json: values.json === undefined ? undefined : writable(values.json),
    readme: values.readme === true,
    adapter: listed('adapter', values.adapter, ['swiftshader', 'default'])[0],
  };
}

function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      options: {
        sections: { type: 'string' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
        readme: { type: 'boolean' },
        adapter: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error.message.replace(/\.? To specify.*$/s, '')}. --help lists the options.`);
  }
}

/** Names separated by commas, in the order of `known`; without any, all of them. */
function listed(option, text, known) {
  if (text === undefined) return known;
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const stranger = names.find((name) => !known.includes(name));
  if (names.length === 0 || stranger !== undefined) {
    throw new UsageError(`--${option} takes ${known.join(', ')}, not “${stranger ?? text}”.`);
  }
  return known.filter((name) => names.includes(name));
}

function rounds(text) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 1) {
    throw new UsageError(`--rounds takes a whole number above 0, not “${text}”.`);
  }
  return value;
}

/** Told before an hour of measuring, not after. */
function writable(text) {
  const path = resolve(text);
  if (text === '' || !existsSync(dirname(path))) throw new UsageError(`--json: there is no folder ${dirname(path)}.`);
  if (existsSync(path) && statSync(path).isDirectory()) throw new UsageError(`--json: ${text} is a folder.`);
  return path;
}
