// Before anything else can run: the right Node, and the packages of package-lock.json. Plain Node, since nothing is installed yet.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Vite's range; `engines` in package.json says the same to npm. */
const isNewEnough = ([major, minor]) => (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

/** Ends the process with a sentence on an older Node. */
export function requireNode() {
  const version = process.versions.node.split('.').map(Number);
  if (isNewEnough(version)) return;
  console.error(
    `CRATE Explorer needs Node 20.19, 22.12 or later, and this is ${process.versions.node}: install one from https://nodejs.org.`,
  );
  process.exit(1);
}

const packagesIn = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** Whether node_modules holds what the lock file says. Optional packages may be absent: most are for other systems. */
function isInstalled() {
  const installedPath = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = packagesIn(installedPath);
  return Object.entries(packagesIn(join(ROOT, 'package-lock.json'))).every(([path, { version, optional, link }]) => {
    if (path === '' || link) return true;
    return installed[path] ? installed[path].version === version : optional === true;
  });
}

function npm(...args) {
  console.log(`> npm ${args.join(' ')}`);
  // On Windows npm is a .cmd file, which only a shell runs.
  return spawnSync('npm', args, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

/** Installs what is missing; ends the process with a sentence when that fails. */
export function requirePackages() {
  if (isInstalled()) return;
  const quietly = ['--include=dev', '--no-audit', '--no-fund'];
  // `npm ci` takes the lock file at its word; `npm install` mends one that no longer fits package.json.
  if (npm('ci', ...quietly) || npm('install', ...quietly)) return;
  console.error('The packages could not be installed: see what npm says above (a network or registry out of reach?).');
  process.exit(1);
}
