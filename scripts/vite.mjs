// Runs a TypeScript module of src/ in Node through Vite, as the page would load it (WGSL files inlined).

import { createServer } from 'vite';

/** Loads `path` (from the project's root), hands its exports to `use`, closes Vite. */
export async function withModule(path, use) {
  const server = await createServer({
    root: new URL('..', import.meta.url).pathname,
    server: { middlewareMode: true, watch: null, ws: false },
    appType: 'custom',
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  try {
    return await use(await server.ssrLoadModule(path));
  } finally {
    await server.close();
  }
}
