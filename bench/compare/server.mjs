// The bench's server: its built page, the other runtimes' files, and tasks made on request. Every answer makes the page cross-origin
// isolated, for threads and for fine timers.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { BUILT } from './build.mjs';
import { packageFolder } from './peers.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

const FOLDERS = {
  '/page/': BUILT,
  '/ort/': join(packageFolder('onnxruntime-web'), 'dist'),
  '/tfjs-wasm/': join(packageFolder('@tensorflow/tfjs-backend-wasm'), 'dist'),
};

const HTML = `<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<script type="module" src="/page/main.js"></script>`;

/** `files(name)`: the bytes of a task, or null. Returns the address, without a slash at its end, and a way to end it. */
export async function serveBench(files) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    try {
      const [type, body] = await answer(path, files);
      response.writeHead(200, {
        'content-type': type,
        'content-length': body.length,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      response.end(body);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404');
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://localhost:${server.address().port}`, close };
}

async function answer(path, files) {
  if (path === '/') return [TYPES['.html'], Buffer.from(HTML)];
  if (path.startsWith('/task/')) {
    const body = await files(path.slice('/task/'.length));
    if (!body) throw new Error(`no task: ${path}`);
    return ['application/octet-stream', body];
  }
  const [prefix, folder] = Object.entries(FOLDERS).find(([each]) => path.startsWith(each)) ?? [];
  const inside = normalize(path.slice(prefix?.length ?? 0));
  if (!folder || inside.startsWith('..')) throw new Error(`no file: ${path}`);
  return [TYPES[extname(path)] ?? 'application/octet-stream', await readFile(join(folder, inside))];
}
