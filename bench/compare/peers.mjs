// The other runtimes: installed into bench/node_modules by the bench alone, at first use.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BENCH = fileURLToPath(new URL('..', import.meta.url));

/** The packages that the contenders of a family run on; none for our own. A family is a contender's first word. */
const PACKAGES = {
  ort: ['onnxruntime-web'],
  tfjs: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-backend-wasm'],
  jax: ['@jax-js/jax'],
};

export const familyOf = (contender) => contender.split('-')[0];

/** The bundle that a contender is in, by itself where the others of its family shall not fail with it (build.mjs), and its module. */
const OWN_BUNDLES = { 'ours-cpu': 'oursCpu', 'tfjs-wasm': 'tfjs' };
export const bundleOf = (contender) => (contender in OWN_BUNDLES ? contender : familyOf(contender));
export const moduleOf = (bundle) => OWN_BUNDLES[bundle] ?? bundle;

export const packageFolder = (name) => join(BENCH, 'node_modules', name);

const versionOf = (name) => {
  const path = join(packageFolder(name), 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : null;
};

const wanted = () => JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8')).dependencies;
const isThere = (name) => versionOf(name) === wanted()[name];

/** Installs what of these packages is not there. Returns why that failed, or null. */
export function installOwn(packages, say) {
  const lacking = () => packages.filter((name) => !isThere(name));
  if (lacking().length === 0) return null;
  say(`installing into bench/node_modules: ${lacking().join(', ')}`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: BENCH,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (lacking().length === 0) return null;
  return status === 0 ? 'its package is not what bench/package.json names' : 'npm could not install its package';
}

/** Installs what the contenders need and is not there. Returns, by contender, why it cannot run. */
export function installPeers(contenders, say) {
  const packagesOf = (contender) => PACKAGES[familyOf(contender)] ?? [];
  const why = installOwn([...new Set(contenders.flatMap(packagesOf))], say);
  if (why === null) return {};
  return Object.fromEntries(
    contenders.filter((contender) => !packagesOf(contender).every(isThere)).map((contender) => [contender, why]),
  );
}

export const peerVersions = () =>
  Object.fromEntries(
    Object.values(PACKAGES)
      .flat()
      .map((name) => [name.replace('@tensorflow/', ''), versionOf(name)]),
  );
