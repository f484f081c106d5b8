// A static server, like a web host: a folder under a path that is not the root, types by extension, text gzipped, and the headers of
// public/_headers. No dependency.
//   node e2e/serve.mjs FOLDER PREFIX PORT

import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ISOLATION } from '../scripts/isolation.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.safetensors': 'application/octet-stream',
};
const GZIPPED = new Set(['.html', '.js', '.css', '.json', '.svg']);

/** Serves `folder` at `http://localhost:PORT` + prefix, e.g. "/some/folder/". Port 0: any free one.
 * `onServed(path, bytes)` hears of every body that is sent; `headers` go with it. Returns the address and a way to end it. */
export async function serve(folder, prefix, port = 0, onServed = () => {}, headers = ISOLATION) {
  const server = createServer(async (request, response) => {
    const refuse = (status) => response.writeHead(status, { 'content-type': 'text/plain' }).end(String(status));
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!path.startsWith(prefix)) return refuse(404);
    const inside = normalize(path.slice(prefix.length) || 'index.html');
    if (inside.startsWith('..')) return refuse(403);
    const file = join(folder, inside);
    const extension = extname(file);
    try {
      const { mtimeMs } = await stat(file);
      const tag = `"${mtimeMs.toString(36)}"`;
      if (request.headers['if-none-match'] === tag) return response.writeHead(304).end();
      const bytes = await readFile(file);
      const isGzipped = GZIPPED.has(extension) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      const body = isGzipped ? gzipSync(bytes) : bytes;
      response.writeHead(200, {
        ...headers,
        'content-type': TYPES[extension] ?? 'application/octet-stream',
        'content-length': body.length,
        'cache-control': 'max-age=600',
        etag: tag,
        ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
      });
      onServed(inside, body.length);
      response.end(body);
    } catch {
      refuse(404);
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  const address = `http://localhost:${server.address().port}${prefix}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address, close };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder = 'dist', prefix = '/', port = '0'] = process.argv.slice(2);
  await stat(join(folder, 'index.html')).catch(() => {
    console.error(`${folder}/index.html does not exist: run npm run build first.`);
    process.exit(1);
  });
  console.log((await serve(folder, prefix, Number(port))).address);
}
