// npm start: from a fresh clone to the page in a browser. Installs what is missing, starts Vite, prints the address; Ctrl+C ends it.

import { ROOT, requireNode, requirePackages } from './install.mjs';

requireNode();
requirePackages();

/** Whether somebody sits before a screen on which a browser can open. */
function hasScreen() {
  const { CI, BROWSER, DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env;
  if (CI || BROWSER === 'none') return false;
  if (process.platform !== 'linux') return true;
  return Boolean(DISPLAY || WAYLAND_DISPLAY || WSL_DISTRO_NAME);
}

// Only now: before the installation there is no Vite.
const { createServer } = await import('vite');
// Where the port is taken, Vite takes the next free one; what is printed is where it listens.
const server = await createServer({ root: ROOT, server: { open: hasScreen() } });
await server.listen();
server.printUrls();
console.log('  Ctrl+C ends it.');
