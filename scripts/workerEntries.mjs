// Whether a built worker's entry is imported by what it loads later. WebKit would then evaluate it once more, and two sessions would answer.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './install.mjs';

const TITLE = 'entries of the workers';
const ENTRY = /^[\w-]+\.worker-[\w-]+\.js$/;

/** Whether an import, static or dynamic, of a text of JavaScript names the file. */
export const isImporting = (text, file) =>
  new RegExp(`(?:\\bfrom|\\bimport)\\s*\\(?\\s*["'\`]\\./${file.replaceAll('.', '\\.')}["'\`]`).test(text);

/** As checkSizes (sizes.mjs): a failure when there is no build, or no worker in it. */
export function checkWorkerEntries(isBuilt) {
  const assets = join(ROOT, 'dist/assets');
  if (!isBuilt || !existsSync(assets)) {
    return { title: TITLE, isGood: false, sentence: `${TITLE}: there is no build to look at` };
  }
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const entries = scripts.filter((name) => ENTRY.test(name));
  const importers = scripts.flatMap((name) => {
    const text = readFileSync(join(assets, name), 'utf8');
    return entries.filter((entry) => isImporting(text, entry)).map((entry) => `${name} imports ${entry}`);
  });
  const isGood = entries.length > 0 && importers.length === 0;
  const found = importers.length > 0 ? importers.join(', ') : `${entries.length}, imported by no other script`;
  return { title: TITLE, isGood, sentence: `Entries of workers: ${found}` };
}
