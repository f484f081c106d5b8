// What a visit costs: the JavaScript that index.html loads before anything else, the weights that come with the page, and the WebGPU engine
// with its kernels by itself.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './install.mjs';

const JAVASCRIPT_LIMIT = 250_000; // bytes, gzipped
const MODEL_LIMIT = 4_000_000; // bytes
const ENGINE_LIMIT = 60_000; // bytes, gzipped

const dist = join(ROOT, 'dist');
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** Scripts and module preloads of index.html, without what its inline scripts load later. */
function eagerScripts() {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? [];
  return tags.flatMap((tag) => {
    const isEager = tag.startsWith('<script') || /rel="modulepreload"/.test(tag);
    const [, path] = /(?:src|href)="([^"]+\.js)"/.exec(tag) ?? [];
    return isEager && path ? [path] : [];
  });
}

const within = (title, what, bytes, limit) => ({
  title,
  isGood: bytes > 0 && bytes <= limit,
  sentence: `${what}: ${kilobytes(bytes)} of at most ${kilobytes(limit)}${bytes > limit ? ', TOO LARGE' : ''}`,
});

/** Bytes of the engine and all that it imports, as a page would be served it, gzipped. */
async function engineBytes() {
  // Not before the packages are there.
  const { build } = await import('vite');
  const input = join(ROOT, 'src/engine/gpuEngine.ts');
  const { output } = await build({
    configFile: false,
    root: ROOT,
    publicDir: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', rollupOptions: { input, preserveEntrySignatures: 'strict' } },
  });
  return output.reduce((sum, file) => sum + ('code' in file ? gzipSync(file.code).length : 0), 0);
}

/** One entry a limit; all of them failures when there is no build. */
export async function checkSizes(isBuilt) {
  const titles = ['size of the JavaScript', 'size of the model', 'size of the engine'];
  if (!isBuilt || !existsSync(join(dist, 'index.html'))) {
    return titles.map((title) => ({ title, isGood: false, sentence: `${title}: there is no build to look at` }));
  }
  const scripts = eagerScripts();
  const gzipped = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(dist, path))).length, 0);
  const models = readdirSync(join(dist, 'models')).filter(
    (name) => name.endsWith('.safetensors') && !name.includes('.recorded'),
  );
  const largest = Math.max(0, ...models.map((name) => statSync(join(dist, 'models', name)).size));
  return [
    within(titles[0], `JavaScript before the first paint, gzipped, ${scripts.length} files`, gzipped, JAVASCRIPT_LIMIT),
    within(titles[1], `Weights of a shipped model, ${models.length} of them, the largest`, largest, MODEL_LIMIT),
    within(titles[2], 'The WebGPU engine with its kernels, gzipped', await engineBytes(), ENGINE_LIMIT),
  ];
}
