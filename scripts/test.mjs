// npm test: every runner, each also when one before it failed; ends with one line over all of them, `N passed, N failed`.
// Types, lint, build and each limit of what was built count as one; a test that was skipped or did not run counts as failed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBrowser } from './browser.mjs';
import { ROOT, requireNode, requirePackages } from './install.mjs';
import { checkSizes } from './sizes.mjs';
import { checkWorkerEntries } from './workerEntries.mjs';

requireNode();
requirePackages();

const reports = mkdtempSync(join(tmpdir(), 'crate-explorer-test-'));
const tallies = [];

function say(title) {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 100 - title.length))}`);
}

/** Runs a package's program in this Node, its output straight through; true when it ended with 0. */
function runs(packageName, program, args, env = {}) {
  const folder = join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { status } = spawnSync(process.execPath, [join(folder, bin[program]), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return status === 0;
}

function count(title, passed, failed) {
  tallies.push({ title, passed, failed });
}
const countOne = (title, isGood) => count(title, isGood ? 1 : 0, isGood ? 0 : 1);

/** A report that was not written stands for one failure; so does a runner that fails although all of its tests passed. */
function countReport(title, path, isGood, tally) {
  let passed = 0;
  let failed = 0;
  try {
    ({ passed, failed } = tally(JSON.parse(readFileSync(path, 'utf8'))));
  } catch (error) {
    console.error(`${title}: no report (${error.message})`);
  }
  if (failed === 0 && (!isGood || passed === 0)) failed = 1;
  count(title, passed, failed);
}

/** Vitest: a file that does not load has no tests of its own, and counts as one failure. */
function tallyVitest({ numTotalTests, numPassedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests + broken.length };
}

/** Playwright: errors are those outside of any test. */
const tallyPlaywright = ({ stats, errors }) => ({
  passed: stats.expected,
  failed: stats.unexpected + stats.skipped + stats.flaky + errors.length,
});

say('types');
countOne('types', runs('typescript', 'tsc', []));

say('lint');
countOne('lint', runs('@biomejs/biome', 'biome', ['ci', '.']));

// Before vitest: the kernel tests compute on the SwiftShader that the browser brings.
say('browser');
let browser = null;
try {
  browser = await requireBrowser();
  console.log(`Chromium with WebGPU: ${browser}`);
} catch (error) {
  console.error(error.message);
}
const withBrowser = browser ? { CHROME_PATH: browser } : {};

say('unit and kernel tests');
const unitReport = join(reports, 'vitest.json');
const isUnitGood = runs(
  'vitest',
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`],
  withBrowser,
);
countReport('unit and kernel tests', unitReport, isUnitGood, tallyVitest);

say('build');
// Yesterday's build must not stand in for one that fails.
rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const isBuilt = runs('vite', 'vite', ['build']);
countOne('build', isBuilt);
for (const { title, isGood, sentence } of [...(await checkSizes(isBuilt)), checkWorkerEntries(isBuilt)]) {
  console.log(sentence);
  countOne(title, isGood);
}

say('journeys');
if (browser) {
  const report = join(reports, 'playwright.json');
  const isGood = runs('@playwright/test', 'playwright', ['test', '--reporter=list,json'], {
    ...withBrowser,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  countReport('journeys', report, isGood, tallyPlaywright);
} else {
  console.error('The journeys did not run: there is no browser for them.');
  count('journeys', 0, 1);
}

rmSync(reports, { recursive: true, force: true });
say('all');
for (const { title, passed, failed } of tallies) console.log(`${title}: ${passed} passed, ${failed} failed`);
const sum = (key) => tallies.reduce((total, tally) => total + tally[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') > 0 ? 1 : 0);
