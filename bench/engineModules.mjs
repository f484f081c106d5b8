// What the benches of the engine share: src/ as modules in Node, and SwiftShader where there is no other driver.

import { spawnSync } from 'node:child_process';
import { createServer } from 'vite';

/** `ssrLoadModule` loads a module of src/ with its WGSL. Close it at the end. */
export const openServer = () =>
  createServer({
    root: new URL('..', import.meta.url).pathname,
    server: { middlewareMode: true, watch: null, ws: false },
    appType: 'custom',
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true, include: [] },
  });

const AGAIN = 'CRATE_EXPLORER_BENCH';

/** Without a Vulkan driver in the environment, runs this very script on SwiftShader: a process must know its driver at its start. */
export async function onSoftware() {
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES || process.env[AGAIN]) return;
  const server = await openServer();
  const { swiftShaderEnvironment } = await server.ssrLoadModule('/src/engine/swiftShader.ts');
  const software = swiftShaderEnvironment();
  await server.close();
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...software, [AGAIN]: '1' },
  });
  process.exit(status ?? 1);
}
