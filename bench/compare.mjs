// This engine beside every other runtime that can run a CRATE in a browser: one Chromium, the same weights and input, by turns.
//
//   npm run --silent bench -- [--sections A,B,…] [--only NAME,…] [--rounds N] [--json FILE] [--readme] [--adapter swiftshader|default]
//
// bench/README.md says what is measured; --help lists the options. Exit code 1 when a contender failed or was wrong, 2 on a wrong command.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { BROWSER_ARGS, requireBrowser } from '../scripts/browser.mjs';
import { ROOT, requireNode } from '../scripts/install.mjs';
import { buildPage } from './compare/build.mjs';
import { parseCompare, USAGE, UsageError } from './compare/options.mjs';
import { installPeers, peerVersions } from './compare/peers.mjs';
import { machine, markdown, withTable } from './compare/report.mjs';
import { runSections } from './compare/sections.mjs';
import { serveBench } from './compare/server.mjs';
import { openTasks } from './compare/tasks.mjs';

function options() {
  try {
    return parseCompare(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return process.exit(2);
  }
}

const given = options();
if (given.help) {
  console.log(USAGE);
  process.exit(0);
}
requireNode();

const README = join(ROOT, 'README.md');
/** Told before an hour of measuring, not after. */
function checkReadme() {
  try {
    withTable(readFileSync(README, 'utf8'), '');
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}
if (given.readme) checkReadme();

const say = (text) => process.stderr.write(`${text}\n`);
/** Every contender has a page, and a browser slows down the pages that are not in front. */
const FOREGROUND = [
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
];
const args = [
  ...BROWSER_ARGS.filter((arg) => given.adapter === 'swiftshader' || !arg.startsWith('--use-webgpu-adapter')),
  ...FOREGROUND,
];

const missing = installPeers(given.contenders, say);
const broken = await buildPage(given.contenders, missing, say);
const tasks = await openTasks(say);
const server = await serveBench(tasks.files);
const executablePath = await requireBrowser();
const launch = () => chromium.launch({ executablePath, args });
const browser = await launch();
let result;
try {
  result = await runSections({ ...given, browser, launch, address: server.address, tasks, broken, say });
} finally {
  await browser.close();
  await server.close();
  await tasks.close();
}

const document = {
  schema: 'crate-explorer/bench@1',
  date: new Date().toISOString(),
  command: { sections: given.sections, only: given.contenders, rounds: given.rounds },
  machine: machine(),
  browser: `Chromium ${result.browserVersion}`,
  adapter: result.adapter,
  versions: peerVersions(),
  rows: result.rows,
};
const table = markdown(document);
console.log(table);
if (given.json) writeFileSync(given.json, `${JSON.stringify(document, null, 2)}\n`);
if (given.readme) writeFileSync(README, withTable(readFileSync(README, 'utf8'), table));
process.exit(result.rows.some(({ error }) => error) ? 1 : 0);
