// Bundles the bench page, and each contender or family of them by itself, so that one that does not build leaves the others whole.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { build } from 'vite';
import { BENCH, bundleOf, moduleOf } from './peers.mjs';

const PAGE = join(BENCH, 'compare/page');
export const BUILT = join(BENCH, 'out/page');

async function bundle(name, input) {
  await build({
    configFile: false,
    root: PAGE,
    base: './',
    publicDir: false,
    logLevel: 'error',
    build: {
      target: 'esnext',
      // TensorFlow.js sends a function's text to its threads, which no longer works when names are shortened: they never answer.
      minify: name !== 'tfjs-wasm',
      outDir: BUILT,
      emptyOutDir: false,
      modulePreload: false,
      chunkSizeWarningLimit: 10_000,
      rollupOptions: {
        input: { [name]: input },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: `${name}-[name]-[hash].js` },
      },
    },
  });
}

const linesOf = (error) =>
  stripVTControlCharacters(String(error?.message ?? error))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** `missing`: why a contender cannot run, by contender. Returns the same with what did not build. */
export async function buildPage(contenders, missing, say) {
  rmSync(BUILT, { recursive: true, force: true });
  await bundle('main', join(PAGE, 'main.mjs'));
  const broken = { ...missing };
  const able = contenders.filter((contender) => !broken[contender]);
  for (const name of new Set(able.map(bundleOf))) {
    try {
      await bundle(name, join(PAGE, `contenders/${moduleOf(name)}.mjs`));
    } catch (error) {
      const why = `does not build: ${linesOf(error).slice(0, 3).join(' ')}`;
      for (const contender of able) if (bundleOf(contender) === name) broken[contender] = why;
      say(`${name}: ${why}`);
    }
  }
  return broken;
}
